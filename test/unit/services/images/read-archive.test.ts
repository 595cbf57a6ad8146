import { gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readArchive } from '../../../../electron/services/images/read-archive.ts';
import { config, digest, inPieces, legacyEntries, ociEntries, program, tar, zstdStored } from './make-archive.ts';

const LAYER = await tar([
  { name: 'app', body: program('aarch64'), mode: 0o755 },
  { name: 'etc/x', body: 'x' },
]);
const TOP = await tar([{ name: 'usr/bin/tool', body: program('x86_64'), mode: 0o755 }]);
const never = new AbortController().signal;
const read = (bytes: Buffer, piece?: number) => readArchive(inPieces(bytes, piece), bytes.length, never);
const code = (name: string) => expect.objectContaining({ code: name });

describe('readArchive', () => {
  it.each([
    ['none', (b: Buffer) => b],
    ['gzip', (b: Buffer) => gzipSync(b)],
    ['zstd', zstdStored],
  ] as const)('reads a docker-archive with compression %s', async (compression, pack) => {
    const bytes = pack(await tar(legacyEntries({ tag: 'x:1', layers: [LAYER, TOP] })));
    const report = await read(bytes);
    expect(report).toMatchObject({ format: 'docker-archive', compression, size: bytes.length });
    expect(report.images).toHaveLength(1);
    expect(report.images[0]).toMatchObject({
      id: `sha256:${digest(config([LAYER, TOP]))}`,
      tags: ['x:1'],
      architecture: 'arm64',
      cmd: ['/app'],
      size: LAYER.length + TOP.length,
    });
    expect(report.images[0]!.layers.map(({ diffId, createdBy }) => [diffId, createdBy])).toEqual([
      [`sha256:${digest(LAYER)}`, 'STEP 0'],
      [`sha256:${digest(TOP)}`, 'STEP 1'],
    ]);
  });

  it('names the executable of a foreign architecture with its layer and instruction', async () => {
    const report = await read(await tar(legacyEntries({ tag: 'x:1', layers: [LAYER, TOP] })));
    expect(report.images[0]!.foreign).toEqual([
      { path: 'usr/bin/tool', machine: 'x86_64', expected: 'aarch64', layer: `sha256:${digest(TOP)}`, createdBy: 'STEP 1' },
    ]);
  });

  it('follows the link that Docker 20.10 writes for a layer that occurs twice', async () => {
    const report = await read(await tar(legacyEntries({ tag: 'x:1', layers: [LAYER, TOP, LAYER] })));
    expect(report.images[0]!.diffIds).toHaveLength(3);
  });

  it.each([
    ['plain', (b: Buffer) => b],
    ['gzip', (b: Buffer) => gzipSync(b)],
    ['zstd', zstdStored],
  ] as const)('reads an OCI layout whose layers are %s', async (_, pack) => {
    const report = await read(await tar(ociEntries([{ tag: 'docker.io/library/x:1', config: config([LAYER]), blobs: [pack(LAYER)] }])));
    expect(report).toMatchObject({
      format: 'oci-layout',
      images: [{ tags: ['x:1'], diffIds: [`sha256:${digest(LAYER)}`], layers: [{ size: LAYER.length, storedSize: pack(LAYER).length }] }],
    });
  });

  it('reads zstd data of several frames with skippable ones between, as pzstd and zstd:chunked write', async () => {
    const bytes = await tar(legacyEntries({ tag: 'x:1', layers: [LAYER, TOP] }));
    const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 5, 0, 0, 0]), Buffer.from('12345')]);
    const report = await read(Buffer.concat([skippable, zstdStored(bytes.subarray(0, 3000)), skippable, zstdStored(bytes.subarray(3000)), skippable]), 1000);
    expect(report).toMatchObject({ compression: 'zstd', images: [{ tags: ['x:1'] }] });
  });

  it('reads every platform of an OCI layout and passes over attestations', async () => {
    const amd = config([TOP], { architecture: 'amd64' });
    const report = await read(
      await tar(
        ociEntries([
          { config: config([LAYER]), blobs: [LAYER] },
          { config: amd, blobs: [TOP] },
          { platform: { os: 'unknown', architecture: 'unknown' }, config: Buffer.from('{}'), blobs: [] },
        ]),
      ),
    );
    expect(report.images.map(({ architecture }) => architecture)).toEqual(['arm64', 'amd64']);
  });

  it('reads the same whether the bytes come one by one or at once', async () => {
    const bytes = gzipSync(await tar(legacyEntries({ tag: 'x:1', layers: [TOP] })));
    expect(await read(bytes, 1)).toEqual(await read(bytes, bytes.length));
  });

  it('says ARCHIVE_IS_ROOTFS of what docker export writes', async () => {
    const rootfs = await tar([
      { name: '.dockerenv', body: '' },
      { name: 'bin', to: 'usr/bin' },
      { name: 'dev/', type: 'directory' },
      { name: 'dev/null', type: 'character-device' },
      { name: 'etc/mtab', to: '/proc/mounts' },
    ]);
    await expect(read(rootfs)).rejects.toEqual(code('ARCHIVE_IS_ROOTFS'));
    await expect(read(gzipSync(rootfs))).rejects.toEqual(code('ARCHIVE_IS_ROOTFS'));
    await expect(read(await tar([{ name: 'app', body: program('aarch64') }]))).rejects.toEqual(code('ARCHIVE_IS_ROOTFS'));
  });

  it('says ARCHIVE_TRUNCATED wherever the end is missing, never that it is something else', async () => {
    const bytes = await tar(legacyEntries({ tag: 'x:1', layers: [LAYER, TOP] }));
    for (let end = 600; end < bytes.length - 1536; end += 512)
      await expect(read(bytes.subarray(0, end)), `cut at ${end}`).rejects.toEqual(code('ARCHIVE_TRUNCATED'));
    const packed = gzipSync(bytes);
    for (let end = 64; end < packed.length; end += 97)
      await expect(read(packed.subarray(0, end)), `gzip cut at ${end}`).rejects.toEqual(code('ARCHIVE_TRUNCATED'));
    const frames = zstdStored(bytes);
    await expect(read(frames.subarray(0, frames.length >> 1))).rejects.toEqual(code('ARCHIVE_TRUNCATED'));
  });

  it.each([
    ['text', Buffer.from('hello world\n'.repeat(100))],
    ['nothing', Buffer.alloc(0)],
    ['a picture', Buffer.concat([Buffer.from('\x89PNG\r\n', 'latin1'), Buffer.alloc(4000, 7)])],
    ['compressed text', gzipSync('hello world\n'.repeat(100))],
    ['zeros', Buffer.alloc(10_240)],
  ])('says ARCHIVE_INVALID of %s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toEqual(code('ARCHIVE_INVALID'));
  });

  it('says ARCHIVE_INVALID of a tar without an image and of damaged gzip data', async () => {
    await expect(read(await tar([{ name: 'readme.txt', body: 'hello' }]))).rejects.toEqual(code('ARCHIVE_INVALID'));
    const packed = gzipSync(await tar(legacyEntries({ tag: 'x:1', layers: [LAYER] })));
    packed.fill(0xff, 40, 60);
    await expect(read(packed)).rejects.toEqual(code('ARCHIVE_INVALID'));
  });

  it.each([
    ['a climbing name', { name: '../evil', body: 'x' }],
    ['an absolute name', { name: '/evil', body: 'x' }],
    ['a link out', { name: 'a/layer.tar', to: '../../evil' }],
    ['an absolute link', { name: 'a/layer.tar', to: '/evil' }],
    ['a hard link out', { name: 'x', to: '../evil', hard: true }],
    ['a pipe', { name: 'p', type: 'fifo' as const }],
  ])('refuses %s', async (_, entry) => {
    await expect(read(await tar([entry, ...legacyEntries({ tag: 'x:1', layers: [LAYER] })]))).rejects.toEqual(code('ARCHIVE_ENTRY_UNSAFE'));
  });

  it('refuses layers that are not what the config says', async () => {
    const entries = legacyEntries({ tag: 'x:1', layers: [LAYER], config: config([TOP]) });
    await expect(read(await tar(entries))).rejects.toEqual(code('ARCHIVE_INVALID'));
  });

  it('refuses a config that is not what its name says', async () => {
    const entries = legacyEntries({ tag: 'x:1', layers: [LAYER] }).map((entry) =>
      'body' in entry && entry.name.endsWith('.json') && entry.name.length > 60
        ? { ...entry, body: config([LAYER], { os: 'linux', author: 'mallory' }) }
        : entry,
    );
    await expect(read(await tar(entries))).rejects.toEqual(code('ARCHIVE_INVALID'));
  });

  it('refuses links that lead round in circles', async () => {
    const entries = legacyEntries({ tag: 'x:1', layers: [LAYER] }).map((entry) =>
      entry.name.endsWith('layer.tar') ? { name: entry.name, to: 'layer.tar' } : entry,
    );
    await expect(read(await tar(entries))).rejects.toEqual(code('ARCHIVE_INVALID'));
  });

  it('stops at once when it is cancelled in the middle', async () => {
    const stop = new AbortController();
    const bytes = await tar(legacyEntries({ tag: 'x:1', layers: [LAYER, TOP] }));
    const endless = Readable.from(
      (async function* () {
        yield bytes.subarray(0, 4096);
        for (;;) {
          await turn();
          stop.abort(new Error('enough'));
          yield Buffer.alloc(512, 1);
        }
      })(),
      { objectMode: false },
    );
    await expect(readArchive(endless, 0, stop.signal)).rejects.toThrow('enough');
    expect(endless.destroyed).toBe(true);
  });
});
