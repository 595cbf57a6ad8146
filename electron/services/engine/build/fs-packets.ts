import protobuf from 'protobufjs/minimal.js';

/**
 * The packets of fsutil, the file transfer inside a BuildKit session (github.com/tonistiigi/fsutil, types/wire.proto):
 * `Packet {type = 1; stat = 2; ID = 3; data = 4}`. The sender walks its tree and sends a STAT for each entry; an entry's number in that
 * order is its id. The receiver sends REQ for the files it lacks, the sender DATA packets with an empty one at the end.
 */
export const PACKET = { STAT: 0, REQ: 1, DATA: 2, FIN: 3, ERR: 4 } as const;

/** Go's os.FileMode bits, which is what a STAT carries, not the bits of stat(2). */
export const GO_MODE = {
  DIR: 0x80000000,
  SYMLINK: 0x08000000,
  DEVICE: 0x04000000,
  NAMED_PIPE: 0x02000000,
  SETUID: 0x00800000,
  SETGID: 0x00400000,
  CHAR_DEVICE: 0x00200000,
  STICKY: 0x00100000,
} as const;

export interface FileStat {
  /** Relative, forward slashes. */
  path: string;
  /** Go's os.FileMode. */
  mode: number;
  size: number;
  /** Modification time in nanoseconds since the epoch, as its upper and lower 32 bits. */
  timeHigh: number;
  timeLow: number;
  linkname: string;
}

export interface IncomingPacket {
  type: number;
  id: number;
  data: Uint8Array;
}

/** Reads what the engine sends: REQ, FIN and ERR. */
export function readPacket(bytes: Uint8Array): IncomingPacket {
  const reader = protobuf.Reader.create(bytes);
  const packet: IncomingPacket = { type: 0, id: 0, data: new Uint8Array(0) };
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) packet.type = reader.int32();
    else if (tag >>> 3 === 3) packet.id = reader.uint32();
    else if (tag >>> 3 === 4) packet.data = reader.bytes();
    else reader.skipType(tag & 7);
  }
  return packet;
}

/**
 * Gathers gRPC-framed packets in one growing buffer, so that tens of thousands of small files become a few writes. Written by hand:
 * a general protobuf writer costs several times more per packet, and here are two of them per file.
 */
export class PacketBatch {
  private bytes = Buffer.allocUnsafe(256 * 1024);
  private end = 0;

  get length(): number {
    return this.end;
  }

  /** Everything gathered so far; the batch starts empty again. */
  take(): Buffer {
    const out = this.bytes.subarray(0, this.end);
    this.bytes = Buffer.allocUnsafe(256 * 1024);
    this.end = 0;
    return out;
  }

  stat(stat: FileStat): void {
    const pathLength = Buffer.byteLength(stat.path);
    const linkLength = stat.linkname === '' ? 0 : Buffer.byteLength(stat.linkname);
    this.reserve(pathLength + linkLength + 96);
    const frameAt = this.begin();
    // The length of the inner message comes before it: leave two bytes and widen the number to fill them. Varints may be padded.
    this.bytes[this.end++] = 0x12;
    const innerAt = this.end;
    this.end += 3;
    this.bytes[this.end++] = 0x0a;
    this.varint(pathLength);
    this.end += this.bytes.write(stat.path, this.end, 'utf8');
    this.bytes[this.end++] = 0x10;
    this.varint(stat.mode);
    if (stat.size > 0) {
      this.bytes[this.end++] = 0x28;
      this.varint(stat.size);
    }
    if (stat.timeLow !== 0 || stat.timeHigh !== 0) {
      this.bytes[this.end++] = 0x30;
      this.varint64(stat.timeHigh, stat.timeLow);
    }
    if (linkLength > 0) {
      this.bytes[this.end++] = 0x3a;
      this.varint(linkLength);
      this.end += this.bytes.write(stat.linkname, this.end, 'utf8');
    }
    const inner = this.end - innerAt - 3;
    this.bytes[innerAt] = (inner & 0x7f) | 0x80;
    this.bytes[innerAt + 1] = ((inner >>> 7) & 0x7f) | 0x80;
    this.bytes[innerAt + 2] = (inner >>> 14) & 0x7f;
    this.finish(frameAt);
  }

  /** A STAT without one inside: the walk is over. */
  lastStat(): void {
    this.reserve(8);
    this.finish(this.begin());
  }

  /** Bytes of a file; none at all end it. */
  data(id: number, content: Uint8Array): void {
    this.reserve(content.length + 32);
    const frameAt = this.begin();
    this.bytes[this.end++] = 0x08;
    this.bytes[this.end++] = PACKET.DATA;
    if (id !== 0) {
      this.bytes[this.end++] = 0x18;
      this.varint(id);
    }
    if (content.length > 0) {
      this.bytes[this.end++] = 0x22;
      this.varint(content.length);
      this.bytes.set(content, this.end);
      this.end += content.length;
    }
    this.finish(frameAt);
  }

  fin(): void {
    this.reserve(16);
    const frameAt = this.begin();
    this.bytes[this.end++] = 0x08;
    this.bytes[this.end++] = PACKET.FIN;
    this.finish(frameAt);
  }

  error(message: string): void {
    const text = Buffer.from(message);
    this.reserve(text.length + 32);
    const frameAt = this.begin();
    this.bytes[this.end++] = 0x08;
    this.bytes[this.end++] = PACKET.ERR;
    this.bytes[this.end++] = 0x22;
    this.varint(text.length);
    this.end += text.copy(this.bytes, this.end);
    this.finish(frameAt);
  }

  private begin(): number {
    const at = this.end;
    this.bytes[at] = 0;
    this.end += 5;
    return at;
  }

  private finish(frameAt: number): void {
    this.bytes.writeUInt32BE(this.end - frameAt - 5, frameAt + 1);
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.end + bytes));
    this.bytes.copy(wider, 0, 0, this.end);
    this.bytes = wider;
  }

  /** Whole numbers up to 2^53, sizes included. */
  private varint(value: number): void {
    let rest = value;
    while (rest > 0x7fffffff) {
      this.bytes[this.end++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.bytes[this.end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.end++] = rest;
  }

  private varint64(high: number, low: number): void {
    let h = high >>> 0;
    let l = low >>> 0;
    while (h > 0 || l > 0x7f) {
      this.bytes[this.end++] = (l & 0x7f) | 0x80;
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    this.bytes[this.end++] = l;
  }
}
