import { createHash } from 'node:crypto';
import { type AddressInput, dockerConfigFolder, type EngineAddress, invalid, parseEngineHost, readTlsFolder } from './engine-host.ts';

/**
 * The engine of the Docker context in use (DOCKER_CONTEXT, else currentContext of config.json), or null for "default".
 * Layout: docker/cli, cli/context/store: contexts/meta/<sha256 of the name>/meta.json and contexts/tls/<same>/docker/*.pem.
 */
export function dockerContext(input: AddressInput): EngineAddress | null {
  const folder = dockerConfigFolder(input);
  const named = input.env.DOCKER_CONTEXT;
  const name = named || currentContext(input, folder);
  if (!name || name === 'default') return null;
  const id = createHash('sha256').update(name).digest('hex');
  const origin = `the Docker context "${name}"`;
  const because = named ? 'DOCKER_CONTEXT names it' : 'config.json names it';
  let text: string;
  try {
    text = input.readFile(input.path.join(folder, 'contexts', 'meta', id, 'meta.json'));
  } catch {
    throw invalid(
      `The Docker context "${name}" does not exist (${because}).`,
      'List them with "docker context ls"; go back with "docker context use default".',
    );
  }
  const endpoint = readEndpoint(text, name);
  const files = readTlsFolder(input, input.path.join(folder, 'contexts', 'tls', id, 'docker'));
  const withTls = Boolean(files.ca || files.cert);
  const address = parseEngineHost(endpoint.host, {
    platform: input.platform,
    origin,
    ...(withTls ? { tls: () => ({ ...files, verify: !endpoint.skipVerify }) } : {}),
  });
  return { ...address, shown: `${address.shown} (context ${name})` };
}

function readEndpoint(text: string, name: string): { host: string; skipVerify: boolean } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid(`The file of the Docker context "${name}" is not valid JSON.`);
  }
  const endpoint = (parsed as { Endpoints?: { docker?: { Host?: unknown; SkipTLSVerify?: unknown } } } | null)?.Endpoints?.docker;
  if (typeof endpoint?.Host !== 'string' || endpoint.Host === '') throw invalid(`The Docker context "${name}" names no engine.`);
  return { host: endpoint.Host, skipVerify: endpoint.SkipTLSVerify === true };
}

// A config.json that cannot be read is no reason to refuse: the docker command line warns and goes on with the default.
function currentContext(input: AddressInput, folder: string): string | undefined {
  try {
    const config = JSON.parse(input.readFile(input.path.join(folder, 'config.json'))) as { currentContext?: unknown } | null;
    return typeof config?.currentContext === 'string' ? config.currentContext : undefined;
  } catch {
    return undefined;
  }
}
