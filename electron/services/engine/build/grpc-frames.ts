import type { ServerHttp2Stream } from 'node:http2';

/** gRPC status codes that we send. */
export const GRPC = { OK: 0, CANCELLED: 1, UNKNOWN: 2, NOT_FOUND: 5, UNIMPLEMENTED: 12 } as const;

/** Largest message taken from the engine. Its requests are tiny; more than this is a fault. */
const MAX_MESSAGE = 16 * 1024 * 1024;

/** Splits a gRPC body into messages: a flag byte (0: not compressed), four bytes of length, the message. Any chunk border will do. */
export class FrameDecoder {
  private rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const messages: Buffer[] = [];
    let at = 0;
    while (bytes.length - at >= 5) {
      if (bytes[at] !== 0) throw new Error('a compressed gRPC message, which nobody asked for');
      const length = bytes.readUInt32BE(at + 1);
      if (length > MAX_MESSAGE) throw new Error(`a gRPC message of ${length} bytes`);
      if (bytes.length - at - 5 < length) break;
      messages.push(bytes.subarray(at + 5, at + 5 + length));
      at += 5 + length;
    }
    this.rest = at === bytes.length ? Buffer.alloc(0) : bytes.subarray(at);
    return messages;
  }
}

/** One message with its five bytes before it. */
export function frame(message: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(5 + message.length);
  out[0] = 0;
  out.writeUInt32BE(message.length, 1);
  out.set(message, 5);
  return out;
}

/** Sends the response headers and has the trailers follow when the stream is ended. */
export function beginResponse(stream: ServerHttp2Stream, status: () => { code: number; message?: string }): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    const { code, message } = status();
    stream.sendTrailers({ 'grpc-status': String(code), ...(message ? { 'grpc-message': encodeURIComponent(message) } : {}) });
  });
}

/** A response without a body: the status alone. */
export function refuse(stream: ServerHttp2Stream, code: number, message: string): void {
  if (stream.destroyed) return;
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(code), 'grpc-message': encodeURIComponent(message) },
    { endStream: true },
  );
}
