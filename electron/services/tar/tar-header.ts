/** Bytes of a tar block: headers and contents are padded to it. */
export const BLOCK = 512;

export interface TarMember {
  /** Path inside the archive, forward slashes, no leading "./"; a folder ends with "/". */
  name: string;
  /** Bytes; 0 for a folder. */
  size: number;
  /** Permission bits. */
  mode: number;
}

/** Zero bytes that follow `size` bytes of content. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** Largest size that eleven octal digits hold (8 GiB - 1). */
const MAX_OCTAL_SIZE = 0o77777777777;

/**
 * The header block of one member, after a pax header where the plain one cannot hold the name or the size. Owner, group
 * and time are zero, so the same member always gives the same bytes.
 */
export function tarHeader(member: TarMember): Buffer {
  const records: [string, string][] = [];
  const plain = isPlain(member.name);
  if (!plain) records.push(['path', member.name]);
  if (member.size > MAX_OCTAL_SIZE) records.push(['size', String(member.size)]);
  const block = headerBlock({
    name: plain ? member.name : asciiName(member.name),
    size: member.size > MAX_OCTAL_SIZE ? 0 : member.size,
    mode: member.mode,
    type: member.name.endsWith('/') ? '5' : '0',
  });
  if (records.length === 0) return block;
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const pax = headerBlock({ name: `PaxHeaders/${asciiName(baseName(member.name))}`.slice(0, 100), size: body.length, mode: 0o644, type: 'x' });
  return Buffer.concat([pax, body, Buffer.alloc(padding(body.length)), block]);
}

/** The two zero blocks that end an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

function isPlain(name: string): boolean {
  return /^[\x20-\x7e]{1,100}$/.test(name);
}

function asciiName(name: string): string {
  const folder = name.endsWith('/');
  const plain = name.replace(/[^\x20-\x7e]/g, '_');
  return folder ? `${plain.slice(0, 99).replace(/\/$/, '')}/` : plain.slice(0, 100);
}

function baseName(name: string): string {
  return name.replace(/\/$/, '').split('/').pop() ?? name;
}

/** "LEN KEY=VALUE\n", where LEN counts itself too (POSIX pax). */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`, 'utf8');
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function headerBlock(fields: { name: string; size: number; mode: number; type: '0' | '5' | 'x' }): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number): void => {
    block.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
  };
  block.write(fields.name, 0, 100, 'latin1');
  octal(fields.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(fields.size, 124, 12);
  octal(0, 136, 12);
  block.fill(0x20, 148, 156);
  block.write(fields.type, 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
