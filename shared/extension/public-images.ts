import { parseImageReference } from '../docker/image-reference.ts';

/**
 * Images of Docker Hub's official library (and a few without an owner part) that compose files of robots use: nobody builds these under
 * their plain name. A name that is not listed and has no registry counts as one's own.
 */
const OFFICIAL = new Set([
  'adminer',
  'almalinux',
  'alpine',
  'amazoncorretto',
  'busybox',
  'caddy',
  'cassandra',
  'chronograf',
  'consul',
  'couchdb',
  'debian',
  'docker',
  'eclipse-mosquitto',
  'eclipse-temurin',
  'elasticsearch',
  'emqx',
  'fedora',
  'golang',
  'gradle',
  'haproxy',
  'hello-world',
  'httpd',
  'influxdb',
  'kapacitor',
  'kibana',
  'logstash',
  'mariadb',
  'maven',
  'memcached',
  'mongo',
  'mongo-express',
  'mysql',
  'nats',
  'neo4j',
  'nginx',
  'node',
  'openjdk',
  'php',
  'postgres',
  'python',
  'rabbitmq',
  'redis',
  'registry',
  'ros',
  'ruby',
  'rust',
  'swift',
  'telegraf',
  'tomcat',
  'traefik',
  'ubuntu',
  'vault',
  'wordpress',
  'zookeeper',
]);

/**
 * How likely an image is built from the sources beside the compose file. own: a plain name that is not an official image.
 * maybe: "owner/name" on Docker Hub, which may be one's own. public: it names a registry or a digest, or is official.
 */
export type Ownership = 'own' | 'maybe' | 'public';

export function ownershipOf(reference: string): Ownership {
  const found = parseImageReference(reference);
  if (!found || found.registry !== undefined || found.digest !== undefined) return 'public';
  const parts = found.repository.split('/');
  if (parts.length > 1) return parts[0] === 'library' ? 'public' : 'maybe';
  return OFFICIAL.has(found.repository) ? 'public' : 'own';
}
