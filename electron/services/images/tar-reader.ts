import { GangwayError } from '../../../shared/errors/codes.ts';

export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
export interface TarEntry {
  name: string;
  type: TarType;
  size: number;
  mode: number;
  link: string;
}

/** Takes the bytes of one file, in pieces that are only valid during the call. */
export interface EntrySink {
  write(bytes: Buffer): void;
  end(): void;
}

const BLOCK = 512;
/** Bounds on extended headers: a name is at most 4 kB, GNU tar's xattrs a few more. */
const EXTENDED_LIMIT = 1 << 20;
const ZERO_BLOCK = Buffer.alloc(BLOCK);

/**
 * A tar parser that is pushed: ustar, pax and GNU (long names, base-256 sizes, sparse maps are skipped over). It keeps nothing but one
 * header, calls back synchronously, and so serves both the archive and, inside it, the layers. `visit` decides per
 * entry whether its bytes are wanted. Throws ARCHIVE_INVALID where the bytes are no tar.
 */
export class TarReader {
  private readonly header = Buffer.alloc(BLOCK);
  private filled = 0;
  /** Bytes of the current entry (data, then padding) still to come. */
  private data = 0;
  private padding = 0;
  private sink: EntrySink | null = null;
  private extended: { kind: 'x' | 'g' | 'L' | 'K'; parts: Buffer[] } | null = null;
  private sparseMap = false;
  private next: { name?: string; link?: string; size?: number } = {};
  private zeros = 0;
  /** Headers read so far, extended ones not counted. */
  entries = 0;

  constructor(private readonly visit: (entry: TarEntry) => EntrySink | null) {}

  /** True once a header was read, extended ones counted. */
  get begun(): boolean {
    return this.entries > 0 || this.extended !== null || this.zeros > 0;
  }

  /** True once the two blocks of zeros that close a tar went by. */
  get closed(): boolean {
    return this.zeros >= 2;
  }

  /** True where the bytes may end: between entries. */
  get between(): boolean {
    return this.filled === 0 && this.data === 0 && this.padding === 0 && !this.sparseMap && this.extended === null;
  }

  write(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.closed) return; // whatever follows the end is padding of the writer
      if (this.data > 0) {
        const take = Math.min(this.data, bytes.length - at);
        if (this.sink) this.sink.write(bytes.subarray(at, at + take));
        else if (this.extended) this.extended.parts.push(Buffer.from(bytes.subarray(at, at + take)));
        this.data -= take;
        at += take;
        if (this.data === 0) this.endEntry();
      } else if (this.padding > 0) {
        const take = Math.min(this.padding, bytes.length - at);
        this.padding -= take;
        at += take;
      } else if (this.filled === 0 && bytes.length - at >= BLOCK) {
        this.block(bytes.subarray(at, at + BLOCK));
        at += BLOCK;
      } else {
        const take = Math.min(BLOCK - this.filled, bytes.length - at);
        bytes.copy(this.header, this.filled, at, at + take);
        this.filled += take;
        at += take;
        if (this.filled === BLOCK) {
          this.filled = 0;
          this.block(this.header);
        }
      }
    }
  }

  private endEntry(): void {
    const { sink, extended } = this;
    this.sink = null;
    this.extended = null;
    if (sink) sink.end();
    if (extended) this.readExtended(extended.kind, Buffer.concat(extended.parts));
  }

  private block(block: Buffer): void {
    if (this.sparseMap) {
      this.sparseMap = block[504] === 1;
      return;
    }
    if (block[0] === 0 && block.equals(ZERO_BLOCK)) {
      this.zeros += 1;
      return;
    }
    this.zeros = 0;
    if (!checksumFits(block)) throw new GangwayError('ARCHIVE_INVALID', 'A header of the tar has a wrong checksum.');
    const flag = String.fromCharCode(block[156]!);
    const size = this.next.size ?? number(block, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) throw new GangwayError('ARCHIVE_INVALID', 'An entry of the tar has an impossible size.');
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      const own = number(block, 124, 12);
      if (!(own >= 0 && own <= EXTENDED_LIMIT)) throw new GangwayError('ARCHIVE_INVALID', 'An extended header of the tar is too long.');
      this.extended = { kind: flag, parts: [] };
      this.expect(own);
      return;
    }
    this.entries += 1;
    const type = typeOf(flag);
    const name = this.next.name ?? headerName(block);
    const link = this.next.link ?? field(block, 157, 100);
    this.next = {};
    // Links and folders carry no data, whatever their size field says (POSIX pax, typeflag 1, 2 and 5).
    const length = type === 'file' || type === 'other' ? size : 0;
    this.sparseMap = flag === 'S' && block[482] === 1;
    const sink = this.visit({
      name,
      type: type === 'file' && name.endsWith('/') ? 'directory' : type,
      size: length,
      mode: number(block, 100, 8) & 0o7777,
      link,
    });
    this.sink = sink;
    this.expect(length);
  }

  private expect(size: number): void {
    this.data = size;
    this.padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (size === 0) this.endEntry();
  }

  private readExtended(kind: 'x' | 'g' | 'L' | 'K', bytes: Buffer): void {
    if (kind === 'L') this.next.name = field(bytes, 0, bytes.length);
    else if (kind === 'K') this.next.link = field(bytes, 0, bytes.length);
    else if (kind === 'x') {
      const records = paxRecords(bytes);
      const path = records.get('path') ?? records.get('GNU.sparse.name');
      const link = records.get('linkpath');
      const size = records.get('size');
      if (path !== undefined) this.next.name = path;
      if (link !== undefined) this.next.link = link;
      if (size !== undefined) this.next.size = Number(size);
    }
  }
}

/** Whether a file that begins so is a tar: a header whose checksum fits, or the zeros of an empty one. */
export const looksLikeTar = (head: Buffer): boolean => head.length === BLOCK && (checksumFits(head) || head.equals(ZERO_BLOCK));

function typeOf(flag: string): TarType {
  if (flag === '0' || flag === '\0' || flag === '7' || flag === 'S') return 'file';
  if (flag === '5') return 'directory';
  if (flag === '2') return 'symlink';
  return flag === '1' ? 'hardlink' : 'other';
}

function headerName(block: Buffer): string {
  const name = field(block, 0, 100);
  // "ustar\0" is POSIX with a prefix field; GNU's "ustar " keeps times there.
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? field(block, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

function field(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
}

/** An octal field, or base-256 where the first bit is set (GNU, for sizes over 8 GiB). */
function number(block: Buffer, at: number, length: number): number {
  if ((block[at]! & 0x80) === 0) {
    let value = 0;
    for (let i = at; i < at + length; i += 1) {
      const digit = block[i]! - 48;
      if (digit >= 0 && digit <= 7) value = value * 8 + digit;
      else if (value > 0 || block[i] === 0) break;
    }
    return value;
  }
  let value = block[at]! & 0x7f;
  for (let i = at + 1; i < at + length; i += 1) value = value * 256 + block[i]!;
  return value;
}

function checksumFits(block: Buffer): boolean {
  let sum = 8 * 32;
  for (let i = 0; i < 148; i += 1) sum += block[i]!;
  for (let i = 156; i < BLOCK; i += 1) sum += block[i]!;
  return sum === number(block, 148, 8);
}

/** pax records: "<length> <key>=<value>\n", the length counting all of it. Broken ones end the list. */
function paxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    if (!Number.isInteger(length) || length <= space - at || at + length > bytes.length) break;
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
