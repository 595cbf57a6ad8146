import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import { ownerUnderSudo, writeFileWhole } from '../../../../electron/services/extension/output-file.ts';
import { tarHeader } from '../../../../electron/services/tar/tar-header.ts';
import { writePackage, type PackMember } from '../../../../electron/services/extension/spx-writer.ts';

const NAMES = [
  'manifest.json',
  'docker-compose.yml',
  'with space.txt',
  'quote"\'`.txt',
  'ünïcödé-日本.txt',
  'new\nline.txt',
  '-dash.txt',
  `${'long/'.repeat(30)}name.txt`,
];

let folder: string;
const never = new AbortController().signal;
const text = (name: string, content: string | Buffer): PackMember => ({
  name,
  kind: 'file',
  executable: false,
  source: { from: 'bytes', bytes: Buffer.from(content) },
});
const archive = (name: string, chunks: Buffer[]): PackMember => ({
  name,
  kind: 'image-archive',
  executable: false,
  source: { from: 'stream', size: chunks.reduce((sum, chunk) => sum + chunk.length, 0), open: () => Readable.from(chunks) },
});
const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof GangwayError ? error.code : String(error)),
  );

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-spx-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writing an .spx', () => {
  it('gives the same bytes for the same members, however the stream was chunked and whenever', async () => {
    const bytes = randomBytes(3_000_000);
    const one = await writePackage(
      { output: path.join(folder, 'one.spx'), owner: null, members: [text('manifest.json', '{}'), archive('a.tgz', [bytes])] },
      { signal: never },
    );
    const chunks = Array.from({ length: 31 }, (_, i) => bytes.subarray(i * 100_000, (i + 1) * 100_000));
    const two = await writePackage(
      {
        output: path.join(folder, 'two.spx'),
        owner: null,
        members: [
          text('manifest.json', '{}'),
          archive(
            'a.tgz',
            chunks.filter((c) => c.length > 0),
          ),
        ],
      },
      { signal: never },
    );
    expect(two.digest).toBe(one.digest);
    expect(readFileSync(one.path).equals(readFileSync(two.path))).toBe(true);
    expect(one.digest).toBe(`sha256:${createHash('sha256').update(readFileSync(one.path)).digest('hex')}`);
    expect(one.size).toBe(statSync(one.path).size);
  });

  it('is one gzip member with a constant header and no time in it', async () => {
    const { path: spx } = await writePackage(
      { output: path.join(folder, 'x.spx'), owner: null, members: [text('manifest.json', '{"a":1}'.repeat(1000))] },
      { signal: never },
    );
    const file = readFileSync(spx);
    expect([...file.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    const tar = zlib.gunzipSync(file);
    expect(file.readUInt32LE(file.length - 4)).toBe(tar.length);
    expect(file.readUInt32LE(file.length - 8)).toBe(zlib.crc32(tar));
    expect(file.length).toBeLessThan(1000);
  });

  it('is listed by tar and by python as meant: order, names, sizes, modes, no owner and no time', async () => {
    writeFileSync(path.join(folder, 'run.sh'), '#!/bin/sh\necho hi\n');
    const members: PackMember[] = [
      ...NAMES.map((name) => text(name, `content of ${name}`)),
      { name: 'data/', kind: 'directory', executable: false, source: { from: 'folder' } },
      { name: 'data/run.sh', kind: 'file', executable: true, source: { from: 'file', path: path.join(folder, 'run.sh'), size: 18 } },
      archive('image.tgz', [randomBytes(70_000)]),
    ];
    const { path: spx } = await writePackage({ output: path.join(folder, 'x.spx'), owner: null, members }, { signal: never });
    const names = execFileSync('tar', ['tzf', spx, '--quoting-style=literal', '--null'], { encoding: 'utf8' });
    expect(names).toBe(`${members.map((m) => m.name).join('\n')}\n`);
    const script =
      'import tarfile,json,sys\nt=tarfile.open(sys.argv[1])\nprint(json.dumps([[m.name,m.size,m.mode,m.mtime,m.uid,m.gid,m.uname,m.isdir()] for m in t]))';
    const listed = JSON.parse(execFileSync('python3', ['-c', script, spx], { encoding: 'utf8' })) as [
      string,
      number,
      number,
      number,
      number,
      number,
      string,
      boolean,
    ][];
    expect(listed.map(([name]) => name)).toEqual(members.map((m) => m.name.replace(/\/$/, '')));
    expect(listed.every(([, , , mtime, uid, gid, uname]) => mtime === 0 && uid === 0 && gid === 0 && uname === '')).toBe(true);
    expect(listed.find(([name]) => name === 'data/run.sh')?.slice(1, 3)).toEqual([18, 0o755]);
    expect(listed.find(([name]) => name === 'manifest.json')?.[2]).toBe(0o644);
    expect(listed.find(([name]) => name === 'data')?.[7]).toBe(true);
    const out = path.join(folder, 'out');
    mkdirSync(out);
    execFileSync('tar', ['xzfm', spx, '-C', out]);
    for (const name of NAMES) expect(readFileSync(path.join(out, name), 'utf8')).toBe(`content of ${name}`);
  });

  it('writes the size of a member of nine gigabytes where the plain header cannot hold it', () => {
    const size = 9 * 1024 ** 3 + 5;
    const header = tarHeader({ name: 'big.bin', size, mode: 0o644 });
    expect(header.length).toBe(1536);
    expect(header.toString('latin1')).toContain(`size=${size}\n`);
  });

  it('finds bytes that changed on the disk between writing and reading back, and keeps the older package', async () => {
    const output = path.join(folder, 'x.spx');
    writeFileSync(output, 'older');
    const flip = (): void => {
      const part = path.join(folder, readdirSync(folder).find((name) => name.endsWith('.part')) ?? '');
      const bytes = readFileSync(part);
      bytes[bytes.length - 2000] = (bytes[bytes.length - 2000] ?? 0) ^ 1;
      writeFileSync(part, bytes);
    };
    const writing = writePackage({ output, owner: null, members: [archive('a.tgz', [randomBytes(10_000)])] }, { signal: never, written: flip });
    expect(await codeOf(writing)).toBe('VERIFY_FAILED');
    expect(readdirSync(folder)).toEqual(['x.spx']);
    expect(readFileSync(output, 'utf8')).toBe('older');
  });

  it('tells how far it is: content while packing, then the file while reading back', async () => {
    const packed: [number, number][] = [];
    const verified: [number, number][] = [];
    const members = [text('manifest.json', '{}'), archive('a.tgz', [Buffer.alloc(3 << 20, 7)])];
    const { size } = await writePackage(
      { output: path.join(folder, 'x.spx'), owner: null, members },
      { signal: never, packed: (...step) => void packed.push(step), verified: (...step) => void verified.push(step) },
    );
    expect(packed.length).toBeGreaterThan(2);
    expect(packed.at(-1)).toEqual([(3 << 20) + 2, (3 << 20) + 2]);
    expect(packed.every(([done], index) => index === 0 || done > (packed[index - 1]?.[0] ?? 0))).toBe(true);
    expect(verified.at(-1)).toEqual([size, size]);
  });

  it('leaves nothing and keeps the older file when it is cancelled half-way', async () => {
    const output = path.join(folder, 'x.spx');
    writeFileSync(output, 'older');
    const controller = new AbortController();
    const endless = Readable.from(
      (function* () {
        for (let i = 0; i < 1000; i += 1) {
          if (i === 20) controller.abort();
          yield Buffer.alloc(1 << 20, i);
        }
      })(),
    );
    const member: PackMember = { name: 'a.tgz', kind: 'image-archive', executable: false, source: { from: 'stream', size: 1000 << 20, open: () => endless } };
    await expect(writePackage({ output, owner: null, members: [member] }, { signal: controller.signal })).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['x.spx']);
    expect(readFileSync(output, 'utf8')).toBe('older');
    expect(endless.destroyed).toBe(true);
  });

  it('ends soon when cancelled while a source gives no bytes', async () => {
    const controller = new AbortController();
    const silent = new Readable({ read: () => undefined });
    const member: PackMember = { name: 'a.tgz', kind: 'image-archive', executable: false, source: { from: 'stream', size: 10, open: () => silent } };
    const writing = writePackage({ output: path.join(folder, 'x.spx'), owner: null, members: [member] }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    const begun = Date.now();
    await expect(writing).rejects.toThrow();
    expect(Date.now() - begun).toBeLessThan(1000);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a source that is shorter or longer than it said, and leaves nothing', async () => {
    for (const size of [5, 20]) {
      const member: PackMember = {
        name: 'a.bin',
        kind: 'file',
        executable: false,
        source: { from: 'stream', size, open: () => Readable.from([Buffer.alloc(10)]) },
      };
      expect(await codeOf(writePackage({ output: path.join(folder, 'x.spx'), owner: null, members: [member] }, { signal: never }))).toBe('FILE_UNREADABLE');
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses to replace one of its inputs, also under another name', async () => {
    const input = path.join(folder, 'data.bin');
    writeFileSync(input, 'precious');
    symlinkSync(input, path.join(folder, 'link.spx'));
    const member: PackMember = { name: 'data.bin', kind: 'file', executable: false, source: { from: 'file', path: input, size: 8 } };
    for (const output of [input, path.join(folder, 'link.spx'), path.join(folder, '.', 'data.bin')]) {
      expect(await codeOf(writePackage({ output, owner: null, members: [member] }, { signal: never }))).toBe('OUTPUT_NOT_WRITABLE');
    }
    expect(readFileSync(input, 'utf8')).toBe('precious');
  });

  it('replaces a package, but no file that is none', async () => {
    const members = [text('manifest.json', '{}')];
    const notes = path.join(folder, 'notes.md');
    writeFileSync(notes, 'precious');
    expect(await codeOf(writePackage({ output: notes, owner: null, members }, { signal: never }))).toBe('OUTPUT_NOT_WRITABLE');
    expect(readFileSync(notes, 'utf8')).toBe('precious');
    const { path: first } = await writePackage({ output: path.join(folder, 'package.bin'), owner: null, members }, { signal: never });
    expect(await codeOf(writePackage({ output: first, owner: null, members }, { signal: never }))).toBe('done');
  });

  it('refuses a folder as output and names the place', async () => {
    expect(await codeOf(writePackage({ output: folder, owner: null, members: [text('manifest.json', '{}')] }, { signal: never }))).toBe('OUTPUT_NOT_WRITABLE');
    writeFileSync(path.join(folder, 'file'), '');
    expect(
      await codeOf(writePackage({ output: path.join(folder, 'file', 'x.spx'), owner: null, members: [text('manifest.json', '{}')] }, { signal: never })),
    ).toBe('OUTPUT_NOT_WRITABLE');
  });

  it('makes a missing output folder, and removes it again when packing fails', async () => {
    const output = path.join(folder, 'dist', 'deep', 'x.spx');
    const bad: PackMember = { name: 'a.bin', kind: 'file', executable: false, source: { from: 'file', path: path.join(folder, 'missing'), size: 1 } };
    expect(await codeOf(writePackage({ output, owner: null, members: [bad] }, { signal: never }))).toBe('FILE_UNREADABLE');
    expect(existsSync(path.join(folder, 'dist'))).toBe(false);
    await writePackage({ output, owner: null, members: [text('manifest.json', '{}')] }, { signal: never });
    expect(readdirSync(path.dirname(output))).toEqual(['x.spx']);
  });

  it('lets two packings to one output each finish whole', async () => {
    const output = path.join(folder, 'x.spx');
    const results = await Promise.all(
      [1, 2, 3, 4].map((fill) => writePackage({ output, owner: null, members: [archive('a.tgz', [Buffer.alloc(2_000_000, fill)])] }, { signal: never })),
    );
    const digest = `sha256:${createHash('sha256').update(readFileSync(output)).digest('hex')}`;
    expect(results.map((r) => r.digest)).toContain(digest);
    expect(readdirSync(folder)).toEqual(['x.spx']);
  });

  it('removes what a killed packing left, but not the part of one that lives', async () => {
    const dead = path.join(folder, 'x.spx.4194303-0badcafe.part');
    const alive = path.join(folder, `x.spx.${process.pid}-0badcafe.part`);
    for (const file of [dead, alive]) {
      writeFileSync(file, 'half');
      execFileSync('touch', ['-d', '1 hour ago', file]);
    }
    await writePackage({ output: path.join(folder, 'x.spx'), owner: null, members: [text('manifest.json', '{}')] }, { signal: never });
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(alive)).toBe(true);
  });
});

const asRoot = process.getuid?.() === 0;

describe.runIf(asRoot && process.platform === 'linux')('writing an .spx as root', () => {
  it('gives the file to the person behind sudo', async () => {
    const owner = ownerUnderSudo({ SUDO_UID: '1234', SUDO_GID: '2345' }, process.getuid?.());
    const { path: spx } = await writePackage({ output: path.join(folder, 'dist', 'x.spx'), owner, members: [text('manifest.json', '{}')] }, { signal: never });
    expect(statSync(spx)).toMatchObject({ uid: 1234, gid: 2345 });
    expect(statSync(path.dirname(spx)).uid).toBe(1234);
    expect(statSync(spx).mode & 0o777).toBe(0o644);
  });

  it('says that the disk is full, with the place, and leaves nothing on it', async () => {
    const mount = path.join(folder, 'small');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'gangway-test', mount]);
    try {
      const output = path.join(mount, 'x.spx');
      const late = writePackage({ output, owner: null, members: [text('noise.bin', randomBytes(4 << 20))] }, { signal: never });
      expect(await codeOf(late)).toBe('DISK_FULL');
      expect(readdirSync(mount)).toEqual([]);
      const early = writePackage({ output, owner: null, members: [archive('a.tgz', [Buffer.alloc(4 << 20)])] }, { signal: never });
      await expect(early).rejects.toMatchObject({ wire: { code: 'DISK_FULL', data: { path: output, needed: 4 << 20 } } });
      expect(readdirSync(mount)).toEqual([]);
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  it('says that a read-only file system cannot be written', async () => {
    const mount = path.join(folder, 'ro');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=1m', 'gangway-test', mount]);
    try {
      expect(await codeOf(writePackage({ output: path.join(mount, 'x.spx'), owner: null, members: [text('manifest.json', '{}')] }, { signal: never }))).toBe(
        'OUTPUT_NOT_WRITABLE',
      );
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});

describe('the owner under sudo', () => {
  it('is taken only by root and only from numbers', () => {
    expect(ownerUnderSudo({ SUDO_UID: '1000', SUDO_GID: '1000' }, 0)).toEqual({ uid: 1000, gid: 1000 });
    expect(ownerUnderSudo({ SUDO_UID: '1000', SUDO_GID: '1000' }, 1000)).toBeNull();
    expect(ownerUnderSudo({ SUDO_UID: '1000; rm', SUDO_GID: '1000' }, 0)).toBeNull();
    expect(ownerUnderSudo({}, 0)).toBeNull();
    expect(ownerUnderSudo({ SUDO_UID: '1000', SUDO_GID: '1000' }, undefined)).toBeNull();
  });

  it('keeps the permission bits of a small file that it replaces', async () => {
    const file = path.join(folder, 'docker-compose.yml');
    writeFileSync(file, 'old');
    chmodSync(file, 0o600);
    await writeFileWhole(file, 'new', null);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['docker-compose.yml']);
  });
});
