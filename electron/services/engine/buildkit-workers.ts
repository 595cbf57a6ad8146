import type { ClientHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { parsePlatform, type Platform } from '../../../shared/docker/platform.ts';
import type { EngineLink } from './connection.ts';

/**
 * Platforms that the engine's own BuildKit says it can run, or null where it cannot be asked. This is what
 * `docker buildx inspect` shows: moby.buildkit.v1.Control/ListWorkers over an upgraded connection to /grpc (Docker 20.10 and
 * later). BuildKit finds out by starting a small program of each architecture.
 */
export async function askBuildkitPlatforms(link: EngineLink, signal: AbortSignal): Promise<Platform[] | null> {
  let socket: Duplex | undefined;
  let session: ClientHttp2Session | undefined;
  try {
    socket = await upgradeToBuildkit(link, signal);
    const open = socket;
    const { connect } = await import('node:http2');
    session = connect('http://buildkit', { createConnection: () => open });
    const body = await buildkitCall(session, '/moby.buildkit.v1.Control/ListWorkers', signal);
    const platforms = readWorkers(body)
      .map((text) => parsePlatform(text))
      .filter((one): one is Platform => one !== null);
    return platforms.length > 0 ? [...new Set(platforms)] : null;
  } catch {
    return null;
  } finally {
    session?.destroy();
    socket?.destroy();
  }
}

/** A connection to the engine's BuildKit, ready for HTTP/2. */
export function upgradeToBuildkit(link: EngineLink, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    link.docker.modem.dial(
      // An empty body, so that no chunked end is written into the connection once it is HTTP/2.
      { path: '/grpc', method: 'POST', hijack: true, file: Buffer.alloc(0), headers: { Upgrade: 'h2c' }, abortSignal: signal, statusCodes: { 101: true } },
      (error: Error | null, result: unknown) => {
        if (error) return reject(error);
        const duplex = result as Duplex;
        duplex.on('error', () => undefined);
        return resolve(duplex);
      },
    );
  });
}

/** One gRPC question with one answer. Rejects where the answer is empty, which an error without a message is too. */
export function buildkitCall(
  session: ClientHttp2Session,
  path: string,
  signal: AbortSignal,
  ask: { message?: Buffer; headers?: Record<string, string> } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...ask.headers }, { signal });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => {
      const all = Buffer.concat(chunks);
      // One gRPC frame: a byte for compression, four for the length, then the message.
      if (all.length < 5 || all[0] !== 0) reject(new Error('no answer'));
      else resolve(all.subarray(5, 5 + all.readUInt32BE(1)));
    });
    stream.on('close', () => reject(new Error('closed')));
    const message = ask.message ?? Buffer.alloc(0);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([head, message]));
  });
}

/** ListWorkersResponse {record = 1}, WorkerRecord {platforms = 3}, pb.Platform {Architecture = 1, OS = 2, Variant = 3}, as "os/arch/variant". */
export function readWorkers(message: Buffer): string[] {
  return messageFields(message, 1)
    .flatMap((record) => messageFields(record, 3))
    .map((platform) => {
      const [architecture = '', os = '', variant = ''] = [1, 2, 3].map((number) => messageFields(platform, number)[0]?.toString('utf8'));
      return `${os}/${architecture}${variant ? `/${variant}` : ''}`;
    });
}

/** The length-delimited fields of a protobuf message with this number; others are stepped over. */
export function messageFields(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; at < message.length; shift *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
    throw new Error('message ends within a number');
  };
  while (at < message.length) {
    const key = varint();
    const kind = key & 7;
    if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const length = varint();
      if (at + length > message.length) throw new Error('message ends within a field');
      if (key >>> 3 === wanted) found.push(message.subarray(at, at + length));
      at += length;
    } else throw new Error(`wire type ${kind}`);
  }
  return found;
}
