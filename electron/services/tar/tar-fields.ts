import { GangwayError } from '../../../shared/errors/codes.ts';
import { BLOCK } from './tar-header.ts';

export const ZERO_BLOCK = Buffer.alloc(BLOCK);

export const invalid = (why: string): GangwayError => new GangwayError('ARCHIVE_INVALID', `The archive cannot be read: ${why}.`);

/** A text field, up to its first zero byte. */
export function textField(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
}

/** An octal field, or base-256 where the first bit is set (GNU, for sizes over 8 GiB). NaN where it is neither; empty is 0. */
export function numberField(block: Buffer, at: number, length: number): number {
  const end = at + length;
  if ((block[at]! & 0x80) !== 0) {
    let value = block[at]! & 0x7f;
    for (let i = at + 1; i < end; i += 1) value = value * 256 + block[i]!;
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }
  let i = at;
  while (i < end && block[i] === 0x20) i += 1;
  let value = 0;
  for (; i < end && block[i]! >= 0x30 && block[i]! <= 0x37; i += 1) value = value * 8 + block[i]! - 0x30;
  while (i < end && block[i] === 0x20) i += 1;
  return i < end && block[i] !== 0 ? Number.NaN : value;
}

/** The name of a header: "ustar\0" is POSIX with a prefix field; GNU's "ustar " keeps times there. */
export function nameField(block: Buffer): string {
  const name = textField(block, 0, 100);
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? textField(block, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

export function checksumFits(block: Buffer): boolean {
  let sum = 8 * 32;
  for (let i = 0; i < 148; i += 1) sum += block[i]!;
  for (let i = 156; i < BLOCK; i += 1) sum += block[i]!;
  return sum === numberField(block, 148, 8);
}

/** Whether a file that begins so is a tar: a header whose checksum fits, or the zeros of an empty one. */
export const looksLikeTar = (head: Buffer): boolean => head.length === BLOCK && (checksumFits(head) || head.equals(ZERO_BLOCK));

/**
 * pax records: "<length> <key>=<value>\n", the length counting all of it.
 * @throws GangwayError ARCHIVE_INVALID
 */
export function paxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    if (!Number.isInteger(length) || length <= space - at || at + length > bytes.length) throw invalid('an extended header is damaged');
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
