/** Sizes over this do not fit the octal field of eleven digits (8 GiB). */
const OCTAL_LIMIT = 0o77777777777;

/**
 * A ustar header of a plain file with nothing of this machine in it: uid 0, mtime 0, mode 0644. `name` is ASCII of at most 100 bytes.
 * Larger sizes are written in base 256, which Go's archive/tar, GNU tar and libarchive read.
 */
export function fileHeader(name: string, size: number): Buffer {
  if (!/^[\x20-\x7e]{1,100}$/.test(name)) throw new Error(`no name for a tar header: ${name}`);
  const block = Buffer.alloc(512);
  block.write(name, 0, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  if (size <= OCTAL_LIMIT) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write('00000000000\0', 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Zero bytes that fill a file's data up to the next block. */
export const paddingAfter = (size: number): number => (512 - (size % 512)) % 512;
