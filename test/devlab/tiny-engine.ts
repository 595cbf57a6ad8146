import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface TinyEngine {
  socket: string;
  env: { DOCKER_HOST: string };
  /** Every request so far: "GET /info?x=1". */
  requests: { line: string; headers: IncomingMessage['headers'] }[];
  /** Connections open now. */
  open(): number;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * A server that speaks real HTTP on a unix socket and answers as much of the Engine API as a test needs, to force faults that
 * a real engine will not make on demand. Keys are "GET /info"; what has no handler is answered as a healthy Docker would.
 */
export async function tinyEngine(handlers: Record<string, Handler> = {}, api = '1.45', at?: string): Promise<TinyEngine> {
  const dir = await mkdtemp(path.join(tmpdir(), 'gangway-tiny-'));
  const socket = at ?? path.join(dir, 'e.sock');
  const requests: TinyEngine['requests'] = [];
  const sockets = new Set<Socket>();
  const usual: Record<string, Handler> = {
    'GET /_ping': (_, response) => response.writeHead(200, { 'Api-Version': api, 'Builder-Version': '2', Server: 'Docker/26.1.5 (linux)' }).end('OK'),
    'GET /version': (_, response) => json(response, { Version: '26.1.5', ApiVersion: api, Os: 'linux', Arch: 'amd64', Components: [{ Name: 'Engine' }] }),
    'GET /info': (_, response) =>
      json(response, {
        Name: 'elsewhere',
        OSType: 'linux',
        Driver: 'overlay2',
        DriverStatus: [],
        NCPU: 2,
        MemTotal: 4e9,
        DockerRootDir: '/var/lib/docker',
        KernelVersion: '0',
      }),
  };
  const server = createServer((request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    const key = `${request.method} ${(request.url ?? '').split('?')[0]}`;
    const handler = handlers[key] ?? usual[key];
    if (handler) handler(request, response);
    else json(response, { message: `no handler for ${key}` }, 404);
  });
  server.on('connection', (one) => {
    sockets.add(one);
    one.on('close', () => sockets.delete(one));
  });
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });
  return {
    socket,
    env: { DOCKER_HOST: `unix://${socket}` },
    requests,
    open: () => sockets.size,
    async close() {
      for (const one of sockets) one.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Answers with JSON. */
export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}
