import { promisify } from 'node:util';
import zlib from 'node:zlib';

const deflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.deflateRaw);

/** Largest content of one stored deflate block (RFC 1951, 3.2.4). */
const STORED_BLOCK = 0xffff;

/** Contents are cut into pieces of exactly this size, so that the bytes do not depend on how a stream was chunked. */
export const PIECE = 16 * STORED_BLOCK;

/** Deflate blocks that end a segment at a byte border and forget what came before, so that segments can be joined. */
const SEGMENT: zlib.ZlibOptions = { level: 6, memLevel: 9, finishFlush: zlib.constants.Z_FULL_FLUSH };

/**
 * Writes one single gzip member, piece by piece: some pieces deflated, others as stored blocks. One member, since it is
 * unknown whether the portal that unpacks an .spx reads more than the first. Stored, since image archives inside are
 * compressed already and a second pass over gigabytes gains nothing. The header is constant: no time, no name, system unknown.
 */
export class GzipWriter {
  #crc = 0;
  #length = 0;
  /** Bytes given to `write` so far. */
  offset = 0;
  readonly #write: (chunks: Buffer[]) => Promise<void>;

  constructor(write: (chunks: Buffer[]) => Promise<void>) {
    this.#write = write;
  }

  async begin(): Promise<void> {
    await this.#emit([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])]);
  }

  /** Adds a piece as stored blocks: five bytes for every 65,535. */
  async stored(piece: Buffer): Promise<void> {
    this.#count(piece);
    const chunks: Buffer[] = [];
    for (let at = 0; at < piece.length; at += STORED_BLOCK) {
      const part = piece.subarray(at, at + STORED_BLOCK);
      const head = Buffer.alloc(5);
      head.writeUInt16LE(part.length, 1);
      head.writeUInt16LE(part.length ^ 0xffff, 3);
      chunks.push(head, part);
    }
    await this.#emit(chunks);
  }

  /** Adds a piece deflated where that gains at least a twentieth, else stored. True when it was deflated. */
  async deflated(piece: Buffer): Promise<boolean> {
    const packed = await deflateRaw(piece, SEGMENT);
    if (packed.length > piece.length * 0.95) {
      await this.stored(piece);
      return false;
    }
    this.#count(piece);
    await this.#emit([packed]);
    return true;
  }

  /** Ends the member: an empty last block, the checksum and the length modulo 2^32. */
  async end(): Promise<void> {
    const tail = Buffer.alloc(10);
    tail.writeUInt8(0x03, 0);
    tail.writeUInt32LE(this.#crc, 2);
    tail.writeUInt32LE(this.#length % 0x1_0000_0000, 6);
    await this.#emit([tail]);
  }

  #count(piece: Buffer): void {
    this.#crc = zlib.crc32(piece, this.#crc);
    this.#length += piece.length;
  }

  async #emit(chunks: Buffer[]): Promise<void> {
    for (const chunk of chunks) this.offset += chunk.length;
    await this.#write(chunks);
  }
}

/** Cuts any stream of bytes into pieces of PIECE bytes; the last one is shorter. */
export async function* pieces(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    let rest = chunk;
    while (size + rest.length >= PIECE) {
      const need = PIECE - size;
      yield Buffer.concat([...kept, rest.subarray(0, need)], PIECE);
      kept = [];
      size = 0;
      rest = rest.subarray(need);
    }
    if (rest.length > 0) {
      kept.push(rest);
      size += rest.length;
    }
  }
  if (size > 0) yield Buffer.concat(kept, size);
}
