import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar } from '../../../../electron/services/tar/read-tar.ts';
import { padding, TAR_END, tarHeader } from '../../../../electron/services/tar/tar-header.ts';

const member = (name: string, body: string): Buffer =>
  Buffer.concat([tarHeader({ name, size: body.length, mode: 0o644 }), Buffer.from(body), Buffer.alloc(padding(body.length))]);

/** The same header with other bytes in it and a checksum that fits. */
function changed(header: Buffer, at: number, text: string): Buffer {
  const block = Buffer.from(header);
  block.write(text, at, 'latin1');
  block.fill(0x20, 148, 156);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Names and bodies in the order in which they came, and the code of the error that ended it. */
async function read(bytes: Buffer, cut = bytes.length): Promise<string[]> {
  const seen: string[] = [];
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += cut) chunks.push(bytes.subarray(at, at + cut));
  try {
    for await (const entry of readTar(Readable.from(chunks))) {
      seen.push(entry.name);
      const parts: Buffer[] = [];
      for await (const chunk of entry.body()) parts.push(Buffer.from(chunk));
      seen.push(Buffer.concat(parts).toString());
    }
  } catch (error) {
    seen.push((error as { code: string }).code);
  }
  return seen;
}

describe('readTar', () => {
  const two = Buffer.concat([member('./a', 'hello'), member('b', 'x'.repeat(700)), TAR_END]);

  it('gives names without "./" and whole bodies wherever the chunks are cut', async () => {
    const whole = ['a', 'hello', 'b', 'x'.repeat(700)];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (cut) => {
        expect(await read(two, cut)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('goes on to the next entry where a body is not read', async () => {
    const names: string[] = [];
    for await (const entry of readTar(Readable.from([two]))) names.push(entry.name);
    expect(names).toEqual(['a', 'b']);
  });

  it('gives what lies before damage, then says so', async () => {
    const damaged = Buffer.concat([member('a', 'hello'), Buffer.alloc(512, 1), TAR_END]);
    for (const cut of [damaged.length, 512]) expect(await read(damaged, cut)).toEqual(['a', 'hello', 'ARCHIVE_INVALID']);
  });

  it('tells nothing, an end in a body and an end in its padding from an end between entries', async () => {
    expect(await read(Buffer.alloc(0))).toEqual(['ARCHIVE_TRUNCATED']);
    expect(await read(two.subarray(0, 514))).toEqual(['a', 'ARCHIVE_TRUNCATED']);
    expect(await read(two.subarray(0, 1000))).toEqual(['a', 'hello', 'ARCHIVE_TRUNCATED']);
    expect(await read(two.subarray(0, 1024))).toEqual(['a', 'hello']);
  });

  it('refuses entries behind a lone block of zeros, which some readers see and others do not', async () => {
    expect(await read(Buffer.concat([member('a', 'hello'), Buffer.alloc(512)]))).toEqual(['a', 'hello']);
    expect(await read(Buffer.concat([member('a', 'hello'), Buffer.alloc(512), member('b', 'hidden'), TAR_END]))).toEqual(['a', 'hello', 'ARCHIVE_INVALID']);
  });

  it('refuses sparse files, kinds that nobody knows, numbers that are none and damaged extended headers', async () => {
    const header = tarHeader({ name: 'a', size: 0, mode: 0o644 });
    const pax = (record: string): Buffer =>
      Buffer.concat([
        changed(tarHeader({ name: 'p', size: record.length, mode: 0o644 }), 156, 'x'),
        Buffer.from(record),
        Buffer.alloc(padding(record.length)),
        header,
      ]);
    for (const bytes of [
      changed(header, 156, 'S'),
      changed(header, 156, '!'),
      changed(header, 124, '0000000009z\0'),
      changed(header, 100, 'rw-r--r-'),
      pax('nonsense'),
      pax('99 path=a\n'),
      pax('12 size=-1x\n'),
      pax('21 GNU.sparse.major=1\n'.replace('21', '22')),
    ])
      expect(await read(Buffer.concat([bytes, TAR_END]))).toEqual(['ARCHIVE_INVALID']);
    expect(await read(Buffer.concat([pax('9 path=b\n'), TAR_END]))).toEqual(['b', '']);
  });
});
