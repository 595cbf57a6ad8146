import type path from 'node:path';
import { GangwayError } from '../../../shared/errors/codes.ts';

export interface TlsFiles {
  ca?: string;
  cert?: string;
  key?: string;
  verify: boolean;
}

/** Where an engine listens. `shown` is for people: it never holds credentials. */
export type EngineAddress = { kind: 'socket'; path: string; shown: string } | { kind: 'tcp'; host: string; port: number; tls?: TlsFiles; shown: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** All that finding the engine depends on, so that every system's rules are tested on every system. */
export interface AddressInput {
  env: Environment;
  platform: NodeJS.Platform;
  /** The user's home folder, absolute. */
  home: string;
  /** Whether a socket file or a pipe is there. */
  exists: (path: string) => boolean;
  /** The text of a file; throws where there is none. */
  readFile: (path: string) => string;
  path: path.PlatformPath;
}

/** A unix socket or a Windows pipe by its path. */
export function socketAddress(place: string): EngineAddress {
  const pipe = /^[\\/]{2}[.?][\\/]pipe[\\/]/i.test(place);
  return { kind: 'socket', path: place, shown: pipe ? `npipe://${place.replaceAll('\\', '/')}` : `unix://${place}` };
}

/**
 * Reads a host as DOCKER_HOST and contexts spell it: unix://, npipe://, tcp://, http(s):// or a bare host:port.
 * `origin` names where it was written, for the error.
 */
export function parseEngineHost(text: string, options: { platform: NodeJS.Platform; origin: string; tls?: () => TlsFiles | undefined }): EngineAddress {
  const { origin } = options;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const rest = scheme ? text.slice(scheme.length + 3) : text;
  const shown = scheme && ['unix', 'npipe', 'fd'].includes(scheme) ? text : `${scheme ? `${scheme}://` : ''}${rest.slice(rest.lastIndexOf('@') + 1)}`;
  switch (scheme) {
    case 'unix':
      return socketAddress(rest === '' ? '/var/run/docker.sock' : rest);
    case 'npipe':
      if (options.platform !== 'win32') throw invalid(`${origin} is ${shown}, but named pipes exist on Windows only.`);
      return socketAddress(rest === '' ? '//./pipe/docker_engine' : rest.replaceAll('\\', '/'));
    case 'ssh':
      throw invalid(
        `${origin} is ${shown}. Gangway does not build over SSH.`,
        'Add that computer as a device instead: Gangway then deploys to it over SSH. To build, unset it or choose a local engine.',
      );
    case 'fd':
      throw invalid(`${origin} is ${shown}: fd:// is an address for the engine itself, not for its clients.`);
    case undefined:
    case 'tcp':
    case 'http':
    case 'https':
      return tcpAddress(rest, scheme, shown, options);
    default:
      throw invalid(`${origin} is ${shown}: "${scheme}" is no way to reach an engine.`, 'Use unix://, npipe://, tcp:// or https://.');
  }
}

function tcpAddress(rest: string, scheme: string | undefined, shown: string, options: { origin: string; tls?: () => TlsFiles | undefined }): EngineAddress {
  let url: URL;
  try {
    url = new URL(`http://${rest}`);
  } catch {
    throw invalid(`${options.origin} is "${shown}", which is no address.`, 'Use for example tcp://192.0.2.7:2376.');
  }
  if (url.hostname === '') throw invalid(`${options.origin} is "${shown}", which names no computer.`);
  if (url.pathname !== '/' && url.pathname !== '') throw invalid(`${options.origin} is "${shown}": a path after the port is not supported.`);
  const tls = options.tls?.() ?? (scheme === 'https' ? { verify: true } : undefined);
  // The docker command line's default ports: 2375 plain, 2376 with TLS. URL drops a ":80", so it is read from the text.
  const written = /:(\d+)$/.exec(url.host)?.[1] ?? /:(\d+)\/?$/.exec(rest)?.[1];
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { kind: 'tcp', host, port: written ? Number(written) : tls ? 2376 : 2375, shown, ...(tls ? { tls } : {}) };
}

/** ca.pem, cert.pem and key.pem of a folder, those that are there. */
export function readTlsFolder(input: Pick<AddressInput, 'readFile' | 'path'>, folder: string): Omit<TlsFiles, 'verify'> {
  const read = (name: string): string | undefined => {
    try {
      return input.readFile(input.path.join(folder, name));
    } catch {
      return undefined;
    }
  };
  const [ca, cert, key] = [read('ca.pem'), read('cert.pem'), read('key.pem')];
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}

/** ~/.docker, or DOCKER_CONFIG. */
export function dockerConfigFolder({ env, home, path }: Pick<AddressInput, 'env' | 'home' | 'path'>): string {
  return env.DOCKER_CONFIG || path.join(home, '.docker');
}

/** An address as it may be shown: user and password of a URL are taken out. */
export const withoutCredentials = (text: string): string => text.replace(/(\/\/)[^/\s"']*@/g, '$1');

/** ENGINE_CONTEXT_INVALID. */
export function invalid(message: string, hint?: string): GangwayError {
  return new GangwayError('ENGINE_CONTEXT_INVALID', message, hint ? { hint } : {});
}
