import { constants, createGzip, type Gzip, gunzip } from 'node:zlib';
import { availableParallelism } from 'node:os';

/** Uncompressed bytes of one gzip member. Every layer is cut here, so its bytes never depend on how it came in. */
export const PIECE = 1 << 20;

/** zlib level of a member: on 1 MiB pieces, level 5 costs a quarter less time than pigz's 6 for about one percent of size. */
const LEVEL = 5;

/** zlib streams can be reset; the types of Node 20 say so only of some. */
type ReusableGzip = Gzip & { reset(): void };

/** Compressions at once. Node's pool has four threads for all: on few cores one is left for the disk. */
const AT_ONCE = availableParallelism() > 2 ? 4 : 3;

/**
 * Compresses pieces in Node's thread pool, a few at once. The compressors are kept and reset: a new one per piece would cost 1.3 MB of memory each time and
 * seconds of garbage collection over an image.
 */
class Compressors {
  private readonly idle: ReusableGzip[] = [];
  private made = 0;
  private readonly waiting: ((gzip: ReusableGzip) => void)[] = [];

  async member(bytes: Uint8Array): Promise<Buffer> {
    const gzip = await this.borrow();
    try {
      const member = await run(gzip, bytes);
      gzip.reset();
      this.giveBack(gzip);
      return member;
    } catch (error) {
      gzip.destroy();
      this.made -= 1;
      throw error;
    }
  }

  private borrow(): ReusableGzip | Promise<ReusableGzip> {
    const gzip = this.idle.pop();
    if (gzip) return gzip;
    if (this.made < AT_ONCE) {
      this.made += 1;
      // Every write is a whole member.
      return createGzip({ level: LEVEL, chunkSize: PIECE, flush: constants.Z_FINISH }) as ReusableGzip;
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private giveBack(gzip: ReusableGzip): void {
    const next = this.waiting.shift();
    if (next) next(gzip);
    else this.idle.push(gzip);
  }
}

function run(gzip: Gzip, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const take = (part: Buffer): void => {
      parts.push(part);
    };
    gzip.on('data', take).once('error', reject);
    gzip.write(bytes, () => {
      gzip.off('data', take).off('error', reject);
      resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    });
  });
}

const compressors = new Compressors();

/**
 * One gzip member with a header of ours: no name, no time, OS "unknown". zlib writes the OS it was built for, so the same bytes
 * would differ between Windows, macOS and Linux.
 */
export async function compressMember(bytes: Uint8Array): Promise<Buffer> {
  const member = await compressors.member(bytes);
  member[9] = 255;
  return member;
}

/** The bytes of one member again; rejects where its checksum does not fit. */
export function expandMember(member: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gunzip(member, { chunkSize: PIECE + 1, maxOutputLength: PIECE, finishFlush: constants.Z_FINISH }, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    );
  });
}

/**
 * How many pieces may be between hash and disk at once, over all layers of a transfer. Enough to keep every core busy while some wait for
 * their turn to be written; each costs its own MiB and up to one more compressed.
 */
export class PieceBudget {
  private readonly free: Buffer[] = [];
  private taken = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly limit = 16) {}

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
    return this.taken < this.limit
      ? null
      : new Promise((resolve) => {
          this.waiting.push(resolve);
        });
  }
}
