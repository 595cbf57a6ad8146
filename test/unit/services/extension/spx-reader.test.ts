import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import zlib from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { looksLikeArchive, readSpx } from '../../../../electron/services/extension/spx-reader.ts';
import { writePackage, type PackMember } from '../../../../electron/services/extension/spx-writer.ts';
import type { ReadArchive } from '../../../../electron/services/ports/layer-store.ts';
import { GangwayError } from '../../../../shared/errors/codes.ts';

const never = new AbortController().signal;
const notAnArchive: ReadArchive = async (stream) => {
  await buffer(stream);
  throw new GangwayError('ARCHIVE_INVALID', 'not an image');
};

let folder: string;
let spx: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-read-'));
  spx = path.join(folder, 'x.spx');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function craft(entries: (Partial<Header> & { name: string; content?: string | Buffer })[], level = 6): Promise<void> {
  const tar = pack();
  const bytes = buffer(tar);
  for (const { content, ...headers } of entries) tar.entry(headers, content ?? '');
  tar.finalize();
  writeFileSync(spx, zlib.gzipSync(await bytes, { level }));
}
const codeOf = async (file = spx): Promise<string> =>
  readSpx(file, notAnArchive, never).then(
    () => 'done',
    (error: unknown) => (error instanceof GangwayError ? error.code : String(error)),
  );

describe('reading an .spx', () => {
  it('lists what was written, with odd names, and keeps the text of manifest and compose', async () => {
    const names = ['with space.txt', 'new\nline.txt', 'ünïcödé-日本.txt', `${'long/'.repeat(30)}n.txt`];
    const members: PackMember[] = [
      { name: 'manifest.json', kind: 'manifest', executable: false, source: { from: 'bytes', bytes: Buffer.from('{"a":1}') } },
      ...names.map((name): PackMember => ({ name, kind: 'file', executable: false, source: { from: 'bytes', bytes: Buffer.from(name) } })),
      { name: 'data/', kind: 'directory', executable: false, source: { from: 'folder' } },
      { name: 'data/run.sh', kind: 'file', executable: true, source: { from: 'bytes', bytes: Buffer.from('#!/bin/sh\n') } },
    ];
    await writePackage({ output: spx, owner: null, members }, { signal: never });
    const read = await readSpx(spx, notAnArchive, never);
    expect(read.entries.map((entry) => entry.name)).toEqual(['manifest.json', ...names, 'data', 'data/run.sh']);
    expect(read.entries.find((entry) => entry.name === 'data/run.sh')).toEqual({ name: 'data/run.sh', size: 10, directory: false, executable: true });
    expect(read.texts.get('manifest.json')).toBe('{"a":1}');
    expect(read.size).toBe(readFileSync(spx).length);
  });

  it('reads what tar and python write: "./" in front, GNU long names, base-256 sizes', async () => {
    mkdirSync(path.join(folder, 'ext', 'd'.repeat(120)), { recursive: true });
    writeFileSync(path.join(folder, 'ext', 'manifest.json'), '{}');
    writeFileSync(path.join(folder, 'ext', 'd'.repeat(120), 'e'.repeat(120)), 'x');
    execFileSync('tar', ['czf', spx, '--format=gnu', '-C', path.join(folder, 'ext'), '.']);
    const names = ['d'.repeat(120), `${'d'.repeat(120)}/${'e'.repeat(120)}`, 'manifest.json'];
    expect((await readSpx(spx, notAnArchive, never)).entries.map((entry) => entry.name).sort()).toEqual(names);
    execFileSync('python3', [
      '-c',
      'import tarfile,sys\nt=tarfile.open(sys.argv[1],"w:gz",format=tarfile.PAX_FORMAT)\nt.add(sys.argv[2],arcname="")',
      spx,
      path.join(folder, 'ext'),
    ]);
    expect((await readSpx(spx, notAnArchive, never)).entries.map((entry) => entry.name).sort()).toEqual(names);
  });

  it('hands nested archives to their reader by content, also when that reader stops early', async () => {
    const inner = zlib.gzipSync(randomBytes(300_000));
    await craft([
      { name: 'picture.png', content: randomBytes(1000) },
      { name: 'image.bin', content: inner },
      { name: 'last.txt', content: 'still read' },
    ]);
    const asked: [string, number][] = [];
    const early: ReadArchive = async (stream, size) => {
      for await (const chunk of stream) {
        asked.push(['first chunk', (chunk as Buffer).length]);
        break;
      }
      return { format: 'docker-archive', compression: 'gzip', size, images: [] };
    };
    const read = await readSpx(spx, early, never);
    expect(asked.length).toBe(1);
    expect(read.archives.map((archive) => [archive.name, archive.report.size])).toEqual([['image.bin', inner.length]]);
    expect(read.entries.map((entry) => entry.name)).toEqual(['picture.png', 'image.bin', 'last.txt']);
  });

  it('keeps a member that only looks like an image as a file, with the reason', async () => {
    await craft([{ name: 'model.tgz', content: zlib.gzipSync('weights') }]);
    const read = await readSpx(spx, notAnArchive, never);
    expect(read.notArchives.map(({ name, error }) => [name, error.code])).toEqual([['model.tgz', 'ARCHIVE_INVALID']]);
  });

  it.each<[string, (Partial<Header> & { name: string })[]]>([
    ['a name that climbs', [{ name: '../evil' }]],
    ['a name that climbs inside', [{ name: 'a/../../evil' }]],
    ['a name that climbs the Windows way', [{ name: 'a\\..\\..\\evil' }]],
    ['an absolute name', [{ name: '/etc/passwd' }]],
    ['a drive letter', [{ name: 'C:/Windows/evil' }]],
    ['a link out', [{ name: 'link', type: 'symlink', linkname: '../../etc' }]],
    ['an absolute link', [{ name: 'link', type: 'symlink', linkname: '/etc/passwd' }]],
    ['a hard link out', [{ name: 'link', type: 'link', linkname: '../x' }]],
    [
      'a link through a link',
      [
        { name: 'x/y', type: 'symlink', linkname: '..' },
        { name: 'l', type: 'symlink', linkname: 'x/y/..' },
      ],
    ],
    ['a file beneath a link', [{ name: 'here', type: 'symlink', linkname: 'there' }, { name: 'here/file' }]],
    ['a device', [{ name: 'disk', type: 'block-device' }]],
    ['a pipe', [{ name: 'pipe', type: 'fifo' }]],
  ])('refuses %s', async (_what, entries) => {
    await craft(entries);
    expect(await codeOf()).toBe('ARCHIVE_ENTRY_UNSAFE');
  });

  it('accepts a link that stays inside', async () => {
    await craft([
      { name: 'a/b', content: 'x' },
      { name: 'a/c', type: 'symlink', linkname: 'b' },
      { name: 'd/e', type: 'symlink', linkname: '../a/b' },
    ]);
    expect(await codeOf()).toBe('done');
  });

  it('tells a truncated file from one that is something else', async () => {
    await craft([
      { name: 'manifest.json', content: '{}' },
      { name: 'noise', content: randomBytes(50_000) },
    ]);
    const whole = readFileSync(spx);
    for (const length of [whole.length - 1, whole.length - 9, Math.floor(whole.length / 2), 40]) {
      writeFileSync(spx, whole.subarray(0, length));
      expect([length, await codeOf()]).toEqual([length, 'ARCHIVE_TRUNCATED']);
    }
    writeFileSync(spx, '');
    expect(await codeOf()).toBe('ARCHIVE_TRUNCATED');
    writeFileSync(spx, 'PK\u0003\u0004 this is a zip, says the name');
    expect(await codeOf()).toBe('ARCHIVE_INVALID');
    writeFileSync(spx, zlib.gzipSync('x'.repeat(5000)));
    expect(await codeOf()).toBe('ARCHIVE_INVALID');
    const damaged = Buffer.from(whole);
    damaged[damaged.length - 6] = (damaged[damaged.length - 6] ?? 0) ^ 0xff;
    writeFileSync(spx, damaged);
    expect(await codeOf()).toBe('ARCHIVE_INVALID');
  });

  it('does not take the memory that a header claims', async () => {
    const tar = Buffer.alloc(1024);
    tar.write('PaxHeader', 0);
    tar.write('0000644\0', 100);
    tar.write('77777777777\0', 124);
    tar.write('x', 156);
    tar.write('ustar\u000000', 257, 'latin1');
    tar.fill(0x20, 148, 156);
    tar.write(
      `${tar
        .subarray(0, 512)
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    writeFileSync(spx, zlib.gzipSync(tar));
    expect(await codeOf()).toBe('ARCHIVE_INVALID');
  });

  it('names a missing file, a folder and a device for what they are', async () => {
    expect(await codeOf(path.join(folder, 'none.spx'))).toBe('FILE_NOT_FOUND');
    expect(await codeOf(folder)).toBe('SOURCE_NOT_UNDERSTOOD');
    expect(await codeOf('/dev/zero')).toBe('SOURCE_NOT_UNDERSTOOD');
  });

  it('ends soon after it is cancelled', async () => {
    await craft([{ name: 'noise', content: randomBytes(64 << 20) }], 0);
    const controller = new AbortController();
    let seen = 0;
    const reading = readSpx(spx, notAnArchive, controller.signal, (done) => {
      seen = done;
      if (done > 1 << 20) controller.abort();
    });
    await expect(reading).rejects.toThrow('abort');
    expect(seen).toBeLessThan(16 << 20);
  });

  it('knows an image archive by its first bytes', () => {
    expect(looksLikeArchive(Buffer.from([0x1f, 0x8b, 8, 0]))).toBe(true);
    expect(looksLikeArchive(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))).toBe(true);
    expect(looksLikeArchive(Buffer.from('{"a":1}'))).toBe(false);
    expect(looksLikeArchive(Buffer.alloc(0))).toBe(false);
  });
});
