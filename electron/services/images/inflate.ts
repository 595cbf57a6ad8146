import { createGunzip, type Gunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { GangwayError } from '../../../shared/errors/codes.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Bytes of the beginning that `compressionOf` needs. */
const MAGIC_BYTES = 4;

/** What a file or blob is compressed with, by its first bytes. */
export function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return 'zstd';
  // A skippable frame, with which zstd:chunked and pzstd begin.
  return (head[0]! & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18 ? 'zstd' : 'none';
}

/** Something that bytes are pushed into, and that says when to wait. */
export interface Pushed {
  write(bytes: Buffer): void;
  ready(): Promise<void> | null;
}

/** Bytes pushed in, expanded bytes pushed on to `out`. */
export interface Inflater extends Pushed {
  end(): Promise<void>;
  destroy(): void;
}

export function createInflater(compression: Compression, out: Pushed): Inflater {
  if (compression === 'gzip') return new GunzipInflater(out);
  if (compression === 'zstd') return new ZstdInflater(out);
  return { write: (bytes) => out.write(bytes), ready: () => out.ready(), end: () => Promise.resolve(), destroy: () => undefined };
}

/** Finds out the compression from the first bytes, however finely they are cut, then expands. */
export class SniffingInflater implements Inflater {
  private head: Buffer = Buffer.alloc(0);
  private inner: Inflater | null = null;
  compression: Compression = 'none';

  constructor(private readonly out: Pushed) {}

  /** Whether any byte came. */
  get empty(): boolean {
    return this.inner === null && this.head.length === 0;
  }

  write(bytes: Buffer): void {
    if (this.inner) {
      this.inner.write(bytes);
      return;
    }
    this.head = this.head.length === 0 ? bytes : Buffer.concat([this.head, bytes]);
    if (this.head.length >= MAGIC_BYTES) this.choose();
  }

  ready(): Promise<void> | null {
    return this.inner?.ready() ?? null;
  }

  async end(): Promise<void> {
    if (!this.inner && this.head.length > 0) this.choose();
    await this.inner?.end();
  }

  destroy(): void {
    this.inner?.destroy();
  }

  private choose(): void {
    this.compression = compressionOf(this.head);
    this.inner = createInflater(this.compression, this.out);
    this.inner.write(this.head);
    this.head = Buffer.alloc(0);
  }
}

const invalid = (what: string, cause: unknown): GangwayError =>
  new GangwayError('ARCHIVE_INVALID', `The ${what} data cannot be expanded: it is damaged.`, { cause });
const truncated = (what: string, cause?: unknown): GangwayError => new GangwayError('ARCHIVE_TRUNCATED', `The ${what} data ends in the middle.`, { cause });

/** gzip, also of several members, in Node's thread pool. */
class GunzipInflater implements Inflater {
  private readonly gunzip: Gunzip = createGunzip({ chunkSize: 256 << 10 });
  private blocked: Promise<void> | null = null;
  private failure: unknown = null;
  private readonly ended: Promise<void>;

  constructor(out: Pushed) {
    const { gunzip } = this;
    this.ended = new Promise((resolve) => {
      gunzip.once('close', resolve);
      gunzip.once('end', resolve);
    });
    gunzip.on('error', (error: NodeJS.ErrnoException) => {
      this.failure ??= error.code === 'Z_BUF_ERROR' ? truncated('gzip', error) : invalid('gzip', error);
    });
    gunzip.on('data', (bytes: Buffer) => {
      if (this.failure !== null) return;
      try {
        out.write(bytes);
        const wait = out.ready();
        if (wait) {
          gunzip.pause();
          wait.then(
            () => gunzip.resume(),
            (error: unknown) => {
              this.failure ??= error;
              gunzip.resume();
            },
          );
        }
      } catch (error) {
        this.failure = error;
        gunzip.destroy();
      }
    });
  }

  write(bytes: Buffer): void {
    if (this.failure !== null) throw this.failure;
    if (this.gunzip.write(bytes)) return;
    this.blocked = Promise.race([
      this.ended,
      new Promise<void>((resolve) => {
        this.gunzip.once('drain', resolve);
      }),
    ]).then(() => {
      this.blocked = null;
    });
  }

  ready(): Promise<void> | null {
    return this.blocked;
  }

  async end(): Promise<void> {
    if (this.failure === null) this.gunzip.end();
    await this.ended;
    if (this.failure !== null) throw this.failure;
  }

  destroy(): void {
    this.failure ??= truncated('gzip');
    this.gunzip.destroy();
  }
}

/** zstd by a decoder in JavaScript: Node 20 has none. It holds a window of at most 128 MiB only if the data asks for one. */
class ZstdInflater implements Inflater {
  private readonly decoder: Decompress;

  constructor(private readonly out: Pushed) {
    this.decoder = new Decompress((bytes) => out.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
  }

  write(bytes: Buffer): void {
    this.push(bytes, false);
  }
  ready(): Promise<void> | null {
    return this.out.ready();
  }
  async end(): Promise<void> {
    this.push(new Uint8Array(0), true);
  }
  destroy(): void {
    /* holds nothing but memory */
  }

  private push(bytes: Uint8Array, last: boolean): void {
    try {
      this.decoder.push(bytes, last);
    } catch (error) {
      if (error instanceof GangwayError) throw error;
      throw /unexpected eof/i.test(String(error)) ? truncated('zstd', error) : invalid('zstd', error);
    }
  }
}
