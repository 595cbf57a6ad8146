/**
 * Decodes UTF-8 that arrives in pieces cut anywhere. What is no UTF-8 becomes U+FFFD, one per faulty byte. Written out because shared code
 * has no TextDecoder among its types.
 */
export class Utf8Pieces {
  private held: number[] = [];

  push(bytes: Uint8Array): string {
    const all = this.held.length === 0 ? bytes : Uint8Array.from([...this.held, ...bytes]);
    const cut = all.length - unfinished(all);
    this.held = Array.from(all.subarray(cut));
    return decodeUtf8(all.subarray(0, cut));
  }

  /** What is still held, as replacement characters. */
  end(): string {
    const rest = '\ufffd'.repeat(this.held.length);
    this.held = [];
    return rest;
  }
}

/** How many bytes at the end begin a character that is not whole. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    return need(byte) > back ? back : 0;
  }
  return 0;
}

/** Bytes of the character that this byte begins; 0 where it begins none. */
const need = (byte: number): number =>
  byte < 0x80 ? 1 : byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0;

export function decodeUtf8(bytes: Uint8Array): string {
  let out = '';
  let points: number[] = [];
  for (let i = 0; i < bytes.length; ) {
    const length = need(bytes[i]!);
    let point = length === 1 ? bytes[i]! : length > 0 ? bytes[i]! & (0x7f >> length) : -1;
    for (let j = 1; j < length && point >= 0; j++) {
      const next = bytes[i + j];
      point = next !== undefined && (next & 0xc0) === 0x80 ? point * 64 + (next & 0x3f) : -1;
    }
    const valid = point >= 0 && !(point >= 0xd800 && point < 0xe000) && point <= 0x10ffff && (length < 3 || point >= (length === 3 ? 0x800 : 0x10000));
    points.push(valid ? point : 0xfffd);
    i += valid ? length : 1;
    if (points.length === 4096) {
      out += String.fromCodePoint(...points);
      points = [];
    }
  }
  return out + String.fromCodePoint(...points);
}
