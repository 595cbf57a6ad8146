import { dockerContext } from './docker-context.ts';
import { engineCandidates } from './engine-candidates.ts';
import { type AddressInput, dockerConfigFolder, type EngineAddress, parseEngineHost, readTlsFolder, socketAddress, type TlsFiles } from './engine-host.ts';

/** `chosen`: someone named this engine, so no other may be used. Else `addresses` are tried in order; `looked` is every place. */
export interface FoundAddresses {
  chosen: boolean;
  addresses: EngineAddress[];
  looked: string[];
}

/**
 * Where the engine is, in the docker command line's order: DOCKER_HOST, DOCKER_CONTEXT, the current context of config.json,
 * then the sockets and pipes that the usual products make.
 */
export function findEngineAddresses(input: AddressInput): FoundAddresses {
  const host = input.env.DOCKER_HOST?.trim();
  if (host) return chosen(parseEngineHost(host, { platform: input.platform, origin: 'DOCKER_HOST', tls: () => tlsFromEnv(input) }));
  const context = dockerContext(input);
  if (context) return chosen(context);
  const looked = engineCandidates(input);
  return { chosen: false, looked, addresses: looked.filter((place) => input.exists(place)).map((place) => socketAddress(place)) };
}

const chosen = (address: EngineAddress): FoundAddresses => ({ chosen: true, addresses: [address], looked: [address.shown] });

/** The TLS files of DOCKER_TLS_VERIFY / DOCKER_TLS and DOCKER_CERT_PATH (default: the Docker config folder), or none. */
function tlsFromEnv(input: AddressInput): TlsFiles | undefined {
  const verify = Boolean(input.env.DOCKER_TLS_VERIFY);
  if (!verify && !input.env.DOCKER_TLS) return undefined;
  const folder = input.env.DOCKER_CERT_PATH || dockerConfigFolder(input);
  return { ...readTlsFolder(input, folder), verify };
}
