import { constants, gunzip, gzip } from 'node:zlib';
import { availableParallelism } from 'node:os';

/** Uncompressed bytes of one gzip member. Every layer is cut here, so its bytes never depend on how it came in. */
export const PIECE = 1 << 20;

/** zlib level of a member: on 1 MiB pieces, level 5 costs a quarter less time than pigz's 6 for about one percent of size. */
const LEVEL = 5;

/** Room for a member of incompressible bytes (five bytes per 16 kB stored block, header and trailer), so that one trip to the thread pool does it. */
const MEMBER_LIMIT = PIECE + (PIECE >> 12) + 64;

/**
 * One gzip member with a header of ours: no name, no time, OS "unknown". zlib writes the OS it was built for, so the same bytes
 * would differ between Windows, macOS and Linux. Runs in Node's thread pool.
 */
export function compressMember(bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(bytes, { level: LEVEL, chunkSize: MEMBER_LIMIT }, (error, member) => {
      if (error) { reject(error); return; }
      member[9] = 255;
      resolve(member);
    });
  });
}

/** The bytes of one member again; rejects where its checksum does not fit. */
export function expandMember(member: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gunzip(member, { chunkSize: PIECE + 1, maxOutputLength: PIECE, finishFlush: constants.Z_FINISH }, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}

/**
 * How many pieces may be between hash and disk at once, over all layers of a transfer. Enough to keep every core busy while one waits for
 * its turn to be written; each costs its own MiB and up to one more compressed.
 */
export class PieceBudget {
  private readonly free: Buffer[] = [];
  private taken = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly limit = Math.min(24, Math.max(6, availableParallelism() * 2 + 2))) {}

  /** A buffer of PIECE bytes. Never waits: ask `ready` between chunks. */
  take(): Buffer {
    this.taken += 1;
    return this.free.pop() ?? Buffer.allocUnsafeSlow(PIECE);
  }

  give(piece: Buffer): void {
    this.taken -= 1;
    if (this.free.length < this.limit) this.free.push(piece);
    if (this.taken < this.limit) {
      const waiting = this.waiting;
      this.waiting = [];
      for (const go of waiting) go();
    }
  }

  /** Null: go on at once. */
  ready(): Promise<void> | null {
    return this.taken < this.limit ? null : new Promise((resolve) => { this.waiting.push(resolve); });
  }
}
