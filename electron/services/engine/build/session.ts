import { createHash, randomBytes } from 'node:crypto';
import { performServerHandshake, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { EngineHandle as Docker } from '../transport.ts';
import { beginResponse, frame, FrameDecoder, GRPC, refuse } from './grpc-frames.ts';

/** One gRPC method that the engine may call on us while it builds. `unary` answers one message with one. */
export type SessionMethod =
  | { kind: 'unary'; answer(message: Buffer): Promise<Uint8Array> }
  | { kind: 'stream'; serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]): void };

/** An answer that is an error on purpose, with its gRPC code. */
export class GrpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** SERVING, from grpc.health.v1: the engine asks every second and drops a session that does not answer. */
const SERVING = Uint8Array.from([0x08, 0x01]);

export interface BuildSession {
  id: string;
  /** Ends it and closes the socket. Safe to call twice. */
  close(): void;
  /** Rejects never; resolves when the engine or we have closed it. */
  closed: Promise<void>;
}

/**
 * Opens `POST /session` and serves gRPC on the connection that the engine hands back: it is the client there, we are the server.
 * @param methods by path, e.g. "/moby.filesync.v1.FileSync/DiffCopy"; the engine calls only what is announced here
 * @param sharedKey same key, same context folder: the engine then keeps what it received and asks only for what changed
 */
export async function openSession(
  docker: Docker,
  options: { name: string; sharedKey: string; methods: Readonly<Record<string, SessionMethod>>; signal: AbortSignal },
): Promise<BuildSession> {
  const id = randomBytes(16).toString('hex');
  const methods: Record<string, SessionMethod> = {
    ...options.methods,
    '/grpc.health.v1.Health/Check': { kind: 'unary', answer: () => Promise.resolve(SERVING) },
  };
  const socket = await hijack(docker, id, options.name, options.sharedKey, Object.keys(methods), options.signal);
  const session = performServerHandshake(socket, { settings: { maxConcurrentStreams: 1000, initialWindowSize: 1 << 20 } });
  const streams = new Set<ServerHttp2Stream>();
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
    streams.add(stream);
    stream.once('close', () => streams.delete(stream));
    // A stream that the engine resets is its decision; the build's own answer says why.
    stream.on('error', () => undefined);
    const method = methods[String(headers[':path'])];
    if (!method) refuse(stream, GRPC.UNIMPLEMENTED, `${String(headers[':path'])} is not offered`);
    else if (method.kind === 'stream') method.serve(stream, headers, rawHeaders);
    else serveUnary(stream, method.answer);
  });
  session.on('error', () => undefined);
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    session.once('close', resolve);
    socket.once('close', () => resolve());
  });
  const close = (): void => endSession(session, socket, streams);
  options.signal.addEventListener('abort', close, { once: true });
  void closed.then(() => options.signal.removeEventListener('abort', close));
  return { id, close, closed };
}

function endSession(session: ServerHttp2Session, socket: Duplex, streams: Set<ServerHttp2Stream>): void {
  for (const stream of streams) stream.destroy();
  if (!session.destroyed) session.destroy();
  socket.destroy();
}

/**
 * The key by which the engine finds the files it received before. A stranger who guessed it could slip in files of equal size and
 * time, so it depends on who and where we are, as the docker client's does.
 */
export function sharedKeyOf(who: readonly string[], folder: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['gangway', ...who, folder]))
    .digest('hex');
}

function serveUnary(stream: ServerHttp2Stream, answer: (message: Buffer) => Promise<Uint8Array>): void {
  const decoder = new FrameDecoder();
  let asked = false;
  const failed = (error: unknown): void =>
    refuse(stream, error instanceof GrpcError ? error.code : GRPC.UNKNOWN, error instanceof Error ? error.message : String(error));
  stream.on('data', (chunk: Buffer) => {
    try {
      const message = decoder.push(chunk)[0];
      if (message === undefined || asked) return;
      asked = true;
      answer(message)
        .then((reply) => {
          if (stream.destroyed) return;
          beginResponse(stream, () => ({ code: GRPC.OK }));
          stream.end(frame(reply));
        })
        .catch(failed);
    } catch (error) {
      failed(error);
    }
  });
}

/** The raw connection behind an upgraded request. An empty body with a length is sent: an ending chunk would run into the HTTP/2 bytes. */
function hijack(docker: Docker, id: string, name: string, sharedKey: string, methods: string[], signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const headers = {
      Upgrade: 'h2c',
      'X-Docker-Expose-Session-Uuid': id,
      'X-Docker-Expose-Session-Name': headerText(name),
      'X-Docker-Expose-Session-Sharedkey': sharedKey,
      'X-Docker-Expose-Session-Grpc-Method': methods,
    };
    const dial = {
      path: '/session',
      method: 'POST',
      hijack: true,
      file: Buffer.alloc(0),
      abortSignal: signal,
      headers,
      statusCodes: { 101: true, 200: true, 400: 'bad request', 500: 'server error' },
    };
    docker.modem.dial(dial as unknown as Parameters<typeof docker.modem.dial>[0], (error: unknown, socket: unknown) => {
      if (error) reject(error instanceof Error ? error : new Error(String(error)));
      else if (isDuplex(socket)) resolve(socket);
      else reject(new Error('the engine did not open a session'));
    });
  });
}

const isDuplex = (value: unknown): value is Duplex => typeof value === 'object' && value !== null && 'write' in value && 'destroy' in value;

/** Header values are ASCII; a folder's name need not be. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '_');
