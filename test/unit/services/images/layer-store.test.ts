import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLayerStore } from '../../../../electron/services/images/create-layer-store.ts';
import type { LayerStore, StoredImage } from '../../../../electron/services/ports/layer-store.ts';
import { readArchive } from '../../../../electron/services/images/read-archive.ts';
import { config, digest, inPieces, legacyEntries, ociEntries, program, tar, zstdStored } from './make-archive.ts';

const context = { signal: new AbortController().signal, report: () => undefined };
const noise = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7919) >> 3));
const BASE = await tar([
  { name: 'base', body: noise(3_500_000) },
  { name: 'bin/run', body: program('aarch64'), mode: 0o755 },
]);
const TOP = await tar([{ name: 'top', body: randomBytes(300_000) }]);

let root: string;
let store: LayerStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gangway-store-'));
  store = createLayerStore({ root, maxBytes: 1e12 });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const take = (bytes: Buffer, into = store): Promise<StoredImage[]> => into.takeFromArchive(() => inPieces(bytes), 'linux/arm64', context);
async function assembled(images: StoredImage[], from = store): Promise<{ bytes: Buffer; size: number }> {
  const archive = await from.assemble(images);
  const parts: Buffer[] = [];
  for await (const part of archive.stream() as AsyncIterable<Buffer>) parts.push(part);
  return { bytes: Buffer.concat(parts), size: archive.size };
}
const files = async (folder: string): Promise<string[]> => (await readdir(join(root, folder))).sort();

describe('the layer store', () => {
  it('takes an archive and assembles one that says the same, of the length it said beforehand', async () => {
    const images = await take(await tar(legacyEntries({ tag: 'x:1', layers: [BASE, TOP] })));
    const { bytes, size } = await assembled(images);
    expect(bytes.length).toBe(size);
    const report = await readArchive(inPieces(bytes), bytes.length, context.signal);
    expect(report.images).toMatchObject([{ id: images[0]!.id, tags: ['x:1'], diffIds: [`sha256:${digest(BASE)}`, `sha256:${digest(TOP)}`] }]);
    expect(await files('tmp')).toEqual([]);
    expect(await files('sessions')).toEqual([]);
  });

  it('gives the same bytes from every kind of archive, twice and from another store', async () => {
    const bytes = config([BASE, TOP]);
    const kinds = [
      await tar(legacyEntries({ tag: 'x:1', layers: [BASE, TOP] })),
      gzipSync(await tar(legacyEntries({ tag: 'x:1', layers: [BASE, TOP] }))),
      await tar(ociEntries([{ tag: 'docker.io/library/x:1', config: bytes, blobs: [gzipSync(BASE, { level: 9 }), zstdStored(TOP)] }])),
    ];
    const results = new Set<string>();
    for (const kind of kinds) {
      const other = createLayerStore({ root: join(root, `s${results.size}-${Math.random()}`), maxBytes: 1e12 });
      results.add(digest((await assembled(await take(kind, other), other)).bytes));
      results.add(digest((await assembled(await take(kind, other), other)).bytes));
    }
    expect(results.size).toBe(1);
  });

  it('writes nothing of this machine into the archive', async () => {
    const { bytes } = await assembled(await take(await tar(legacyEntries({ tag: 'x:1', layers: [TOP] }))));
    expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    const header = gunzipSync(bytes).subarray(0, 512);
    expect(header.toString('latin1', 136, 147)).toBe('00000000000');
    expect(header.toString('latin1', 265, 297).replaceAll('\0', '')).toBe('');
  });

  it('keeps a layer once, however many images have it', async () => {
    const [one] = await take(await tar(legacyEntries({ tag: 'x:1', layers: [BASE] })));
    const before = await stat(join(root, 'layers', `${digest(BASE)}.gz`));
    const [two] = await take(await tar(legacyEntries({ tag: 'x:2', layers: [BASE, TOP] })));
    expect((await stat(join(root, 'layers', `${digest(BASE)}.gz`))).ino).toBe(before.ino);
    const { bytes } = await assembled([one!, two!]);
    const report = await readArchive(inPieces(bytes), bytes.length, context.signal);
    expect(report.images.map(({ tags }) => tags)).toEqual([['x:1'], ['x:2']]);
    expect(gunzipSync(bytes).length).toBeLessThan(BASE.length + TOP.length + 20_000);
  });

  it('copies the members of a layer that begins alike, and the result is as if compressed anew', async () => {
    await take(await tar(legacyEntries({ tag: 'x:1', layers: [BASE] })));
    for (const cut of [1 << 20, 2 << 20, (2 << 20) + 5, 100, BASE.length - 700]) {
      const changed = Buffer.from(BASE);
      changed.write('changed', cut);
      const archive = await tar(legacyEntries({ tag: 'x:2', layers: [changed] }));
      const other = createLayerStore({ root: join(root, `fresh-${cut}`), maxBytes: 1e12 });
      expect(digest((await assembled(await take(archive))).bytes)).toBe(digest((await assembled(await take(archive, other), other)).bytes));
    }
  });

  it('takes layers that end at a piece, are empty, or are the beginning of a stored one', async () => {
    await take(await tar(legacyEntries({ tag: 'x:1', layers: [BASE] })));
    for (const layer of [BASE.subarray(0, 1 << 20), BASE.subarray(0, (2 << 20) + 512), Buffer.alloc(0), Buffer.alloc(1024), Buffer.alloc(2 << 20)]) {
      const images = await take(await tar(legacyEntries({ tag: 'x:3', layers: [layer] })));
      const { bytes, size } = await assembled(images);
      expect(bytes.length).toBe(size);
      expect((await readArchive(inPieces(bytes), size, context.signal)).images[0]!.diffIds).toEqual([`sha256:${digest(layer)}`]);
    }
  });

  it('records executables of a foreign machine and judges them by the image that uses the layer', async () => {
    const layer = await tar([
      { name: 'app/server', body: program('x86_64'), mode: 0o755 },
      { name: 'usr/bin/qemu-x86_64-static', body: program('x86_64') },
    ]);
    const [arm] = await take(await tar(legacyEntries({ tag: 'x:1', layers: [layer] })));
    expect(arm!.foreign).toEqual([{ path: 'app/server', machine: 'x86_64', expected: 'aarch64', layer: `sha256:${digest(layer)}`, createdBy: 'STEP 0' }]);
    const bytes = await tar(legacyEntries({ tag: 'x:1', layers: [layer], config: config([layer], { architecture: 'amd64' }) }));
    const [amd] = await store.takeFromArchive(() => inPieces(bytes), 'linux/amd64', context);
    expect(amd!.foreign).toEqual([]);
  });

  it('chooses the image of the platform, and says what it found where there is none', async () => {
    const bytes = await tar(
      ociEntries([
        { config: config([BASE], { architecture: 'amd64' }), blobs: [BASE] },
        { config: config([TOP]), blobs: [TOP] },
      ]),
    );
    expect((await take(bytes)).map(({ architecture }) => architecture)).toEqual(['arm64']);
    await expect(store.takeFromArchive(() => inPieces(bytes), 'linux/riscv64', context)).rejects.toMatchObject({ code: 'WRONG_ARCHITECTURE' });
    expect(await store.takeFromArchive(() => inPieces(bytes), null, context)).toHaveLength(2);
  });

  it.each(['a flipped byte', 'a short file', 'no file'])('finds %s in a stored layer, sets it aside, and takes it anew', async (damage) => {
    const archive = await tar(legacyEntries({ tag: 'x:1', layers: [BASE] }));
    const images = await take(archive);
    const path = join(root, 'layers', `${digest(BASE)}.gz`);
    const good = await readFile(path);
    if (damage === 'no file') await rm(path);
    else if (damage === 'a short file') await writeFile(path, good.subarray(0, 1000));
    else {
      const bad = Buffer.from(good);
      bad[good.length >> 1]! ^= 1;
      await writeFile(path, bad);
    }
    await expect(assembled(images)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    const again = await take(archive);
    expect((await assembled(again)).bytes.length).toBeGreaterThan(good.length);
    expect(await readFile(path)).toEqual(good);
  });

  it('never copies damaged members into another layer', async () => {
    await take(await tar(legacyEntries({ tag: 'x:1', layers: [BASE] })));
    const path = join(root, 'layers', `${digest(BASE)}.gz`);
    const bad = await readFile(path);
    bad[2000]! ^= 1;
    await writeFile(path, bad);
    const changed = Buffer.from(BASE);
    changed.write('changed', 3 << 20);
    const archive = await tar(legacyEntries({ tag: 'x:2', layers: [changed] }));
    await expect(take(archive)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect((await take(archive))[0]!.diffIds).toEqual([`sha256:${digest(changed)}`]);
  });

  it('leaves nothing behind when it is cancelled or the archive is broken', async () => {
    const archive = await tar(legacyEntries({ tag: 'x:1', layers: [BASE, TOP] }));
    const stop = new AbortController();
    const until = Readable.from(
      (async function* () {
        for (let at = 0; ; at += 65_536) {
          if (at > 1_500_000) stop.abort(new Error('cancelled'));
          yield archive.subarray(at, at + 65_536);
        }
      })(),
      { objectMode: false },
    );
    const begun = store.takeFromArchive(() => until, null, { signal: stop.signal, report: () => undefined });
    await expect(begun).rejects.toThrow('cancelled');
    await expect(take(archive.subarray(0, archive.length >> 1))).rejects.toMatchObject({ code: 'ARCHIVE_TRUNCATED' });
    expect(await files('tmp')).toEqual([]);
    expect(await files('sessions')).toEqual([]);
  });

  it('collects the longest unused layers first, with the configs that need them, and never a held one', async () => {
    const [old] = await take(await tar(legacyEntries({ tag: 'old:1', layers: [BASE] })));
    const [young] = await take(await tar(legacyEntries({ tag: 'young:1', layers: [TOP] })));
    const past = new Date(Date.now() - 1e7);
    await utimes(join(root, 'layers', `${digest(BASE)}.json`), past, past);
    const small = createLayerStore({ root, maxBytes: 1000 });
    expect(await small.collect()).toBe(0); // both still held by the takes
    const held = await store.assemble([old!]);
    await (await store.assemble([young!])).release();
    expect(await small.collect()).toBeGreaterThan(290_000);
    expect(await files('layers')).toEqual([`${digest(BASE)}.gz`, `${digest(BASE)}.json`]);
    expect(await files('configs')).toEqual([`${old!.id.slice(7)}.json`]);
    await held.release();
    await small.collect();
    expect(await files('layers')).toEqual([]);
    await expect(store.assemble([old!])).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  it('sweeps what a killed process left, and leaves what a living one uses', async () => {
    await store.sweep();
    const images = await take(await tar(legacyEntries({ tag: 'x:1', layers: [TOP] })));
    const held = await store.assemble(images);
    await writeFile(
      join(root, 'sessions', '999999999-aa.json'),
      JSON.stringify({ pid: 999_999_999, host: (await import('node:os')).hostname(), token: 'aa', held: [] }),
    );
    await writeFile(join(root, 'tmp', '999999999-aa'), 'left');
    await store.sweep();
    expect(await files('tmp')).toHaveLength(1);
    expect(await files('sessions')).toHaveLength(1);
    await held.release();
    expect(await files('sessions')).toEqual([]);
  });
});
