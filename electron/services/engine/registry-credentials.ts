import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { dockerConfigFolder, type Environment } from './engine-host.ts';

/** What a registry is told. `identityToken` stands instead of a password where a helper keeps one. */
export type RegistryCredentials = { serverAddress: string } & ({ username: string; password: string } | { identityToken: string });

export interface CredentialsInput {
  env: Environment;
  home: string;
  platform: NodeJS.Platform;
  signal?: AbortSignal;
}

interface DockerConfig {
  auths?: Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
}

/** The key under which Docker Hub's credentials lie (docker/cli, registry.IndexServer). */
const HUB = 'https://index.docker.io/v1/';
const HUB_HOSTS = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);
/** A helper that asks a locked keychain may hang; then the pull goes on without credentials. */
const HELPER_TIMEOUT = 20_000;

/**
 * Credentials of the user's Docker configuration for a registry ("docker.io", "registry.example:5000"), or null. The order is
 * the docker command line's: the helper of that registry, else the common store, else the file itself.
 */
export async function registryCredentials(registry: string, input: CredentialsInput): Promise<RegistryCredentials | null> {
  const config = await readConfig(input);
  const key = HUB_HOSTS.has(registry) ? HUB : registry;
  const helper = (config.credHelpers ? byHost(config.credHelpers, key) : undefined) ?? config.credsStore;
  if (helper) {
    const found = await askHelper(helper, key, input);
    if (found) return found;
  }
  const entry = config.auths ? byHost(config.auths, key) : undefined;
  return entry ? fromEntry(entry, key) : null;
}

/**
 * X-Registry-Auth for these credentials: base64url JSON. "{}" without any, which a push needs and a pull allows. Padded as Go's
 * URLEncoding is: Docker takes an unpadded one for no credentials without a word, Podman refuses it.
 */
export function registryAuthHeader(credentials: RegistryCredentials | null): string {
  const body = !credentials
    ? {}
    : 'identityToken' in credentials
      ? { identitytoken: credentials.identityToken, serveraddress: credentials.serverAddress }
      : { username: credentials.username, password: credentials.password, serveraddress: credentials.serverAddress };
  return Buffer.from(JSON.stringify(body)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

async function readConfig({ env, home, platform }: CredentialsInput): Promise<DockerConfig> {
  const p = platform === 'win32' ? path.win32 : path.posix;
  try {
    const parsed: unknown = JSON.parse(await readFile(p.join(dockerConfigFolder({ env, home, path: p }), 'config.json'), 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

// Old entries are whole URLs ("https://registry.example/v1/"); they mean their host.
function byHost<T>(entries: Record<string, T>, key: string): T | undefined {
  if (entries[key] !== undefined) return entries[key];
  const host = hostOf(key);
  const found = Object.keys(entries).find((name) => hostOf(name) === host);
  return found === undefined ? undefined : entries[found];
}

const hostOf = (text: string): string => text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

function fromEntry(entry: NonNullable<DockerConfig['auths']>[string], serverAddress: string): RegistryCredentials | null {
  if (entry.identitytoken) return { serverAddress, identityToken: entry.identitytoken };
  if (entry.username && entry.password) return { serverAddress, username: entry.username, password: entry.password };
  const decoded = entry.auth ? Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, '') : '';
  const colon = decoded.indexOf(':');
  return colon > 0 ? { serverAddress, username: decoded.slice(0, colon), password: decoded.slice(colon + 1) } : null;
}

// The protocol of docker-credential-helpers: the server on stdin, {Username, Secret} on stdout, "<token>" as the user of a token.
async function askHelper(name: string, server: string, { env, signal, platform }: CredentialsInput): Promise<RegistryCredentials | null> {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) return null;
  const stdout = await new Promise<string | null>((resolve) => {
    const program = `docker-credential-${name}${platform === 'win32' ? '.exe' : ''}`;
    const options = { env: { ...env }, timeout: HELPER_TIMEOUT, maxBuffer: 1024 * 1024, windowsHide: true, ...(signal ? { signal } : {}) };
    const child = execFile(program, ['get'], options, (error, out) => resolve(error ? null : out));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${server}\n`);
  });
  if (stdout === null) return null;
  try {
    const { Username, Secret } = JSON.parse(stdout) as { Username?: unknown; Secret?: unknown };
    if (typeof Username !== 'string' || typeof Secret !== 'string' || Secret === '') return null;
    return Username === '<token>' ? { serverAddress: server, identityToken: Secret } : { serverAddress: server, username: Username, password: Secret };
  } catch {
    return null;
  }
}
