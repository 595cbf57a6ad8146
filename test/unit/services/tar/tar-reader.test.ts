import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TarEntry, TarReader } from '../../../../electron/services/tar/tar-reader.ts';
import { padding, tarHeader } from '../../../../electron/services/tar/tar-header.ts';
import { tar } from '../images/make-archive.ts';

function read(
  bytes: Buffer,
  cuts: (at: number) => number = () => bytes.length,
): { entries: (TarEntry & { body: string })[]; closed: boolean; between: boolean } {
  const entries: (TarEntry & { body: string })[] = [];
  const reader = new TarReader((entry) => {
    const kept = { ...entry, body: '' };
    entries.push(kept);
    const parts: Buffer[] = [];
    return {
      write: (part) => {
        parts.push(Buffer.from(part));
      },
      end: () => {
        kept.body = Buffer.concat(parts).toString();
      },
    };
  });
  for (let at = 0; at < bytes.length; ) {
    const next = Math.min(bytes.length, at + Math.max(1, cuts(at)));
    reader.write(bytes.subarray(at, next));
    at = next;
  }
  return { entries, closed: reader.closed, between: reader.between };
}

const LONG = `${'deep/'.repeat(40)}file-with-ünïcode`;

describe('TarReader', () => {
  it('reads the same entries wherever the chunks are cut', async () => {
    const bytes = await tar([
      { name: 'a', body: 'hello' },
      { name: LONG, body: 'x'.repeat(1500) },
      { name: 'link', to: 'a' },
      { name: 'dir/', type: 'directory' },
      { name: 'empty', body: '' },
    ]);
    const whole = read(bytes);
    expect(whole.entries.map(({ name, type, body }) => [name, type, body.length])).toEqual([
      ['a', 'file', 5],
      [LONG, 'file', 1500],
      ['link', 'symlink', 0],
      ['dir/', 'directory', 0],
      ['empty', 'file', 0],
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1400 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        let turn = 0;
        expect(read(bytes, () => sizes[turn++ % sizes.length]!)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it.each(['gnu', 'pax', 'ustar', 'v7'])('reads what GNU tar writes as %s', (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'gangway-tar-'));
    try {
      const name = format === 'ustar' || format === 'v7' ? 'plain' : 'n'.repeat(180);
      writeFileSync(join(folder, name), 'body');
      symlinkSync(name.slice(0, 90), join(folder, 'zlink'));
      const bytes = execFileSync('tar', [`--format=${format}`, '--sort=name', '-C', folder, '-c', '.']);
      const { entries, closed } = read(bytes);
      expect(entries.filter(({ type }) => type === 'file').map((entry) => [entry.name, entry.body])).toEqual([[`./${name}`, 'body']]);
      expect(entries.find(({ type }) => type === 'symlink')?.link).toBe(name.slice(0, 90));
      expect(closed).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('steps over the map of a sparse file and finds the entry behind it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gangway-tar-'));
    try {
      writeFileSync(join(folder, 'a-sparse'), 'start');
      truncateSync(join(folder, 'a-sparse'), 40 << 20);
      writeFileSync(join(folder, 'b'), 'behind');
      const bytes = execFileSync('tar', ['--format=gnu', '--sparse', '--sort=name', '-C', folder, '-c', 'a-sparse', 'b']);
      expect(read(bytes).entries.at(-1)).toMatchObject({ name: 'b', body: 'behind' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('reads back the headers that we write, also above 8 GiB', () => {
    expect(
      read(Buffer.concat([tarHeader({ name: 'x.tar', size: 3, mode: 0o644 }), Buffer.from('abc'), Buffer.alloc(padding(3)), Buffer.alloc(1024)])).entries[0],
    ).toMatchObject({
      name: 'x.tar',
      size: 3,
      mode: 0o644,
      body: 'abc',
    });
    const sizes: number[] = [];
    new TarReader((entry) => {
      sizes.push(entry.size);
      return null;
    }).write(tarHeader({ name: 'big.tar', size: 20 * 2 ** 30, mode: 0o644 }));
    expect(sizes).toEqual([20 * 2 ** 30]);
  });

  it('knows an end in the middle of an entry from an end between entries', async () => {
    const bytes = await tar([{ name: 'a', body: 'x'.repeat(2000) }]);
    expect(read(bytes.subarray(0, 700))).toMatchObject({ between: false, closed: false });
    expect(read(bytes.subarray(0, 512 + 2048))).toMatchObject({ between: true, closed: false });
    expect(read(bytes)).toMatchObject({ between: true, closed: true });
  });

  it('refuses a header whose checksum does not fit', async () => {
    const bytes = await tar([{ name: 'a', body: 'hello' }]);
    bytes[3] = 0x41;
    expect(() => read(bytes)).toThrowError(expect.objectContaining({ code: 'ARCHIVE_INVALID' }));
  });

  it('refuses extended headers of a size that no name has', () => {
    const header = tarHeader({ name: 'x', size: 5 << 20, mode: 0o644 });
    header.write('x', 156);
    header.write('        ', 148);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    expect(() => read(header)).toThrowError(expect.objectContaining({ code: 'ARCHIVE_INVALID' }));
  });

  it('ends on any bytes with entries or a named error, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 512, maxLength: 4096 }), (bytes) => {
        try {
          read(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ARCHIVE_INVALID' });
        }
      }),
    );
  });
});
