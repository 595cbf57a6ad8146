import { GangwayError } from '../../../shared/errors/codes.ts';
import { BLOCK } from './tar-header.ts';

export type TarEntryType = 'file' | 'directory' | 'symlink' | 'link' | 'device';

/** One entry as it goes by. The body can be read once, and only until the next entry is asked for. */
export interface TarEntry {
  /** As stored, without a leading "./" or a trailing "/". */
  name: string;
  type: TarEntryType;
  size: number;
  mode: number;
  linkName: string;
  body(): AsyncGenerator<Buffer>;
}

export interface TarLimits {
  entries: number;
  /** Bytes of one name or one extended header. */
  header: number;
}

const DEFAULT_LIMITS: TarLimits = { entries: 100_000, header: 1 << 20 };

/**
 * Reads a tar from a stream of bytes: ustar, pax, GNU long names, base-256 sizes. Every length that the stream claims is
 * bounded before memory is taken for it. Reads to the very end, so that a checksum after it is verified too.
 * @throws GangwayError ARCHIVE_INVALID, ARCHIVE_TRUNCATED
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>, limits: TarLimits = DEFAULT_LIMITS): AsyncGenerator<TarEntry> {
  const source = new ByteSource(chunks);
  try {
    let extended: Extended = {};
    for (let count = 0, first = true; ; first = false) {
      const block = await source.exactly(BLOCK, true);
      if (!block || isZero(block)) {
        if (first && !block) throw new GangwayError('ARCHIVE_TRUNCATED', 'There is nothing in the archive.');
        break;
      }
      const header = parseHeader(block, first);
      const size = extended.size ?? header.size;
      if (header.flag === 'x' || header.flag === 'L' || header.flag === 'K' || header.flag === 'g') {
        if (header.size > limits.header) throw invalid(`an extended header claims ${header.size} bytes`);
        const body = (await source.exactly(padded(header.size))).subarray(0, header.size);
        extended = { ...extended, ...readExtended(header.flag, body) };
        continue;
      }
      count += 1;
      if (count > limits.entries) throw invalid(`it holds more than ${limits.entries} entries`);
      const type = TYPES[header.flag];
      if (!type) throw invalid(`the entry ${header.name} is of an unknown kind (${JSON.stringify(header.flag)})`);
      const stored = extended.path ?? header.name;
      const folder = type === 'directory' || (type === 'file' && stored.endsWith('/'));
      const length = type === 'file' ? size : 0;
      const body = new Body(source, length);
      yield {
        name: stored.replace(/^(\.\/+)+/, '').replace(/\/+$/, ''),
        type: folder ? 'directory' : type,
        size: length,
        mode: header.mode,
        linkName: extended.linkPath ?? header.linkName,
        body: () => body.read(),
      };
      await body.finish();
      extended = {};
    }
    await source.drain();
  } finally {
    await source.close();
  }
}

interface Extended {
  path?: string;
  linkPath?: string;
  size?: number;
}

const TYPES: Record<string, TarEntryType> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'device',
  '4': 'device',
  '5': 'directory',
  '6': 'device',
};

/** The bytes of one entry. Reads take turns: who reads the body may let go of it while a read is still under way. */
class Body {
  #left: number;
  #pad: number;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #source: ByteSource;

  constructor(source: ByteSource, size: number) {
    this.#source = source;
    this.#left = size;
    this.#pad = padded(size) - size;
  }

  async *read(): AsyncGenerator<Buffer> {
    for (let chunk = await this.#next(); chunk; chunk = await this.#next()) yield chunk;
  }

  async finish(): Promise<void> {
    while (await this.#next());
    if (this.#pad > 0) await this.#source.exactly(this.#pad);
    this.#pad = 0;
  }

  #next(): Promise<Buffer | null> {
    const next = this.#turn.then(async () => {
      if (this.#left === 0) return null;
      const chunk = await this.#source.some(this.#left);
      this.#left -= chunk.length;
      return chunk;
    });
    this.#turn = next.catch(() => undefined);
    return next;
  }
}

/** Takes bytes out of a stream in the amounts that are asked for. */
class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** Between 1 and `max` bytes. */
  async some(max: number): Promise<Buffer> {
    if (this.#chunk.length === 0 && !(await this.#fill())) throw truncated();
    const taken = this.#chunk.subarray(0, max);
    this.#chunk = this.#chunk.subarray(taken.length);
    return taken;
  }

  async exactly(length: number): Promise<Buffer>;
  async exactly(length: number, orEnd: true): Promise<Buffer | null>;
  async exactly(length: number, orEnd = false): Promise<Buffer | null> {
    const parts: Buffer[] = [];
    for (let have = 0; have < length; ) {
      if (this.#chunk.length === 0 && !(await this.#fill())) {
        if (orEnd && have === 0) return null;
        throw truncated();
      }
      const part = await this.some(length - have);
      parts.push(part);
      have += part.length;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, length);
  }

  async drain(): Promise<void> {
    this.#chunk = Buffer.alloc(0);
    while (await this.#fill()) this.#chunk = Buffer.alloc(0);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const next = await this.#iterator.next();
      if (next.done) return false;
      if (next.value.length === 0) continue;
      this.#chunk = Buffer.isBuffer(next.value) ? next.value : Buffer.from(next.value);
      return true;
    }
  }
}

function parseHeader(block: Buffer, first: boolean): { name: string; linkName: string; size: number; mode: number; flag: string } {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i += 1) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  const stored = Number.parseInt(text(block, 148, 156).trim(), 8);
  if (stored !== sum) throw invalid(first ? 'it is not a tar' : 'an entry header is damaged');
  const ustar = block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0;
  const prefix = ustar ? text(block, 345, 500) : '';
  const name = text(block, 0, 100);
  return {
    name: prefix ? `${prefix}/${name}` : name,
    linkName: text(block, 157, 257),
    size: number(block, 124, 136),
    mode: number(block, 100, 108),
    flag: block.toString('latin1', 156, 157),
  };
}

function text(block: Buffer, from: number, to: number): string {
  const end = block.indexOf(0, from);
  return block.toString('utf8', from, end === -1 || end > to ? to : end);
}

function number(block: Buffer, from: number, to: number): number {
  if ((block[from] ?? 0) & 0x80) {
    let value = (block[from] ?? 0) & 0x7f;
    for (let i = from + 1; i < to; i += 1) value = value * 256 + (block[i] ?? 0);
    if (!Number.isSafeInteger(value)) throw invalid('an entry claims an impossible size');
    return value;
  }
  const digits = text(block, from, to).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw invalid('an entry header holds a number that is none');
  return Number.parseInt(digits, 8);
}

function readExtended(flag: string, body: Buffer): Extended {
  if (flag === 'g') return {};
  if (flag === 'L' || flag === 'K') {
    const value = text(body, 0, body.length);
    return flag === 'L' ? { path: value } : { linkPath: value };
  }
  const result: Extended = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = space === -1 ? Number.NaN : Number(body.toString('latin1', at, space));
    if (!Number.isInteger(length) || length <= space - at || at + length > body.length) throw invalid('an extended header is damaged');
    const record = body.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (key === 'path') result.path = value;
    if (key === 'linkpath') result.linkPath = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw invalid('an entry claims an impossible size');
      result.size = Number(value);
    }
    if (key.startsWith('GNU.sparse.')) throw invalid('it holds a sparse file, which an extension cannot');
    at += length;
  }
  return result;
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

const invalid = (why: string): GangwayError => new GangwayError('ARCHIVE_INVALID', `The archive cannot be read: ${why}.`);
const truncated = (): GangwayError => new GangwayError('ARCHIVE_TRUNCATED', 'The archive ends in the middle of an entry.');
