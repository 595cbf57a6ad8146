import type { Agent, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import type Dockerode from 'dockerode';
import { referenceInPath } from '../../../shared/docker/image-reference.ts';
import type { FixSystem } from '../../../shared/doctor/fixes.ts';
import type { EngineAddress } from './engine-host.ts';
import { classifyEngineError, EngineHttpError, type ErrorScene } from './engine-errors.ts';
import { agentFor, dialOver, type EngineHandle } from './transport.ts';

/** One way to an engine. */
export interface EngineLink {
  /** For requests made here, and for builds. */
  docker: EngineHandle;
  agent: Agent;
  address: EngineAddress;
  system: FixSystem;
  /** dockerode over the same agent, for logs, exec and events; loaded on first use. */
  dockerode(): Promise<Dockerode>;
  close(): void;
}

/** One request of the Engine API. `body` is streamed; `json` is sent whole. */
export interface EngineRequest {
  method: 'GET' | 'POST' | 'DELETE' | 'HEAD';
  /** Without a version and without a query. */
  path: string;
  query?: Record<string, string | number | string[] | undefined>;
  body?: Readable;
  /** X-Registry-Auth, already base64url. */
  registryAuth?: string;
  signal?: AbortSignal;
  /** What is being done, for the error: "pull busybox:latest". */
  doing: string;
}

/** Makes a link to an address. Nothing is connected yet. */
export function openLink(address: EngineAddress, system: FixSystem): EngineLink {
  const agent = agentFor(address);
  let loaded: Promise<Dockerode> | undefined;
  const link: EngineLink = {
    docker: {
      modem: { dial: dialOver(address, agent), headers: {} },
      getImage: (name) => ({ inspect: () => ask(link, { method: 'GET', path: `/images/${referenceInPath(name)}/json`, doing: `look at ${name}` }) }),
    },
    agent,
    address,
    system,
    dockerode() {
      loaded ??= loadDockerode(address, agent);
      return loaded;
    },
    close: () => agent.destroy(),
  };
  return link;
}

async function loadDockerode(address: EngineAddress, agent: Agent): Promise<Dockerode> {
  const { default: Docker } = await import('dockerode');
  // docker-modem inspects the options of every request to unlimited depth for its debug line, sockets of the agent included.
  Object.defineProperty(agent, inspect.custom, { value: () => 'Agent', enumerable: false });
  const tls = address.kind === 'tcp' ? address.tls : undefined;
  const target =
    address.kind === 'socket'
      ? { socketPath: address.path, host: undefined, port: undefined }
      : { socketPath: undefined, host: address.host, port: address.port };
  const options = { ...target, protocol: tls ? 'https' : 'http', pathPrefix: '/', ca: tls?.ca, cert: tls?.cert, key: tls?.key, agent, timeout: undefined };
  return withoutDockerEnvironment(() => new Docker(options as unknown as Dockerode.DockerOptions));
}

// docker-modem reads DOCKER_HOST and certificate files in its constructor whatever it is given, and may throw on them.
function withoutDockerEnvironment<T>(body: () => T): T {
  const kept = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = '';
  try {
    return body();
  } finally {
    if (kept === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = kept;
  }
}

/** Sends a request and resolves with the answer's stream, whose status is a success. Throws GangwayError, or the signal's reason. */
export async function send(link: EngineLink, request: EngineRequest): Promise<IncomingMessage> {
  const { signal } = request;
  signal?.throwIfAborted();
  const query = Object.fromEntries(Object.entries(request.query ?? {}).filter(([, value]) => value !== undefined));
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      link.docker.modem.dial(
        {
          path: Object.keys(query).length > 0 ? `${request.path}?` : request.path,
          method: request.method,
          options: { _query: query },
          ...(request.body ? { file: request.body } : {}),
          ...(request.registryAuth === undefined ? {} : { authconfig: { base64: request.registryAuth } }),
          ...(signal ? { abortSignal: signal } : {}),
        },
        (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result as IncomingMessage)),
      );
    });
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    request.body?.destroy();
    throw new EngineHttpError(status, messageOf(await readText(answer, 64 * 1024)));
  } catch (thrown) {
    request.body?.destroy();
    signal?.throwIfAborted();
    throw classifyEngineError(thrown, sceneOf(link, request.doing, false));
  }
}

/** As `send`, with the whole answer parsed as JSON (undefined where it is empty). */
export async function ask<T>(link: EngineLink, request: EngineRequest): Promise<T> {
  const answer = await send(link, request);
  try {
    const text = await readText(answer, 64 * 1024 * 1024);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch (thrown) {
    request.signal?.throwIfAborted();
    throw classifyEngineError(thrown, sceneOf(link, request.doing, true));
  }
}

/** Where an error happened. */
export const sceneOf = (link: Pick<EngineLink, 'address' | 'system'>, doing: string, connected: boolean): ErrorScene => ({
  shown: link.address.shown,
  system: link.system,
  doing,
  connected,
});

async function readText(stream: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      stream.destroy();
      throw new Error(`the engine's answer is longer than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8').trim();
}

// The engine answers errors as {"message": "..."}; a proxy in front of it answers anything.
function messageOf(text: string): string {
  try {
    const parsed = JSON.parse(text) as { message?: unknown; cause?: unknown } | null;
    if (typeof parsed?.message === 'string') return parsed.message;
  } catch {
    // not JSON: the text itself is what was said
  }
  return text === '' ? 'it did not say why' : text;
}
