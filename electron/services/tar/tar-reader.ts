import { checksumFits, invalid, nameField, numberField, paxRecords, textField, ZERO_BLOCK } from './tar-fields.ts';
import { BLOCK, padding } from './tar-header.ts';

/** device: pipes too. other: of a kind that we do not know. */
export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'other';

/** One entry as its headers say it. */
export interface TarEntry {
  /** As stored: it may begin with "./" and end with "/". */
  name: string;
  type: TarType;
  /** Bytes that follow; 0 for all that carries no data. */
  size: number;
  /** Permission bits. */
  mode: number;
  /** Where a symbolic or hard link leads, as stored. */
  link: string;
  /** The bytes are those of a sparse file, packed together: not the file's own. */
  sparse: boolean;
}

/** Takes the bytes of one file, in pieces that are only valid during the call. */
export interface EntrySink {
  write(bytes: Buffer): void;
  end(): void;
}

/** Bounds on extended headers: a name is at most 4 kB, GNU tar's xattrs a few more. */
const EXTENDED_LIMIT = 1 << 20;

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
  private next: { name?: string; link?: string; size?: number; sparse?: true } = {};
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
    // Go takes one block of zeros with something behind it for damage; other readers stop there and would not see what follows.
    if (this.zeros > 0) throw invalid('something lies behind the block of zeros that ends it');
    if (!checksumFits(block)) throw invalid(this.begun ? 'an entry header is damaged' : 'it is not a tar');
    const flag = String.fromCharCode(block[156]!);
    const own = numberField(block, 124, 12);
    if (Number.isNaN(own)) throw invalid('an entry claims an impossible size');
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      if (own > EXTENDED_LIMIT) throw invalid(`an extended header claims ${own} bytes`);
      this.extended = { kind: flag, parts: [] };
      this.expect(own);
      return;
    }
    this.entries += 1;
    const mode = numberField(block, 100, 8);
    if (Number.isNaN(mode)) throw invalid('an entry header holds a number that is none');
    const { name = nameField(block), link = textField(block, 157, 100), size = own, sparse = flag === 'S' } = this.next;
    this.next = {};
    const type = typeOf(flag);
    // Links, folders and devices carry no data, whatever their size field says (Go's archive/tar, isHeaderOnly).
    const length = type === 'file' || type === 'other' ? size : 0;
    this.sparseMap = flag === 'S' && block[482] === 1;
    this.sink = this.visit({ name, type: type === 'file' && name.endsWith('/') ? 'directory' : type, size: length, mode: mode & 0o7777, link, sparse });
    this.expect(length);
  }

  private expect(size: number): void {
    this.data = size;
    this.padding = padding(size);
    if (size === 0) this.endEntry();
  }

  private readExtended(kind: 'x' | 'g' | 'L' | 'K', bytes: Buffer): void {
    if (kind === 'L') this.next.name = textField(bytes, 0, bytes.length);
    else if (kind === 'K') this.next.link = textField(bytes, 0, bytes.length);
    else if (kind === 'x') {
      const records = paxRecords(bytes);
      const path = records.get('path') ?? records.get('GNU.sparse.name');
      const link = records.get('linkpath');
      const size = records.get('size');
      if (path !== undefined) this.next.name = path;
      if (link !== undefined) this.next.link = link;
      if (size !== undefined) {
        if (!/^\d{1,15}$/.test(size)) throw invalid('an entry claims an impossible size');
        this.next.size = Number(size);
      }
      for (const key of records.keys()) if (key.startsWith('GNU.sparse.')) this.next.sparse = true;
    }
  }
}

function typeOf(flag: string): TarType {
  if (flag === '0' || flag === '\0' || flag === '7' || flag === 'S') return 'file';
  if (flag === '5') return 'directory';
  if (flag === '2') return 'symlink';
  if (flag === '3' || flag === '4' || flag === '6') return 'device';
  return flag === '1' ? 'hardlink' : 'other';
}
