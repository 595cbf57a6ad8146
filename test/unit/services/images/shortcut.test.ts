import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLayerStore } from '../../../../electron/services/images/create-layer-store.ts';
import { Shortcut } from '../../../../electron/services/images/shortcut.ts';
import type { Engine } from '../../../../electron/services/ports/engine.ts';
import type { LayerStore, StoredImage } from '../../../../electron/services/ports/layer-store.ts';
import { config, digest, type Entry, legacyEntries, ociEntries, program, tar } from './make-archive.ts';

const TAG = 'x:1';
const CHUNK = 65_536;
const noise = (size: number, seed: number): Buffer => Buffer.from(Array.from({ length: size }, (_, i) => ((i + seed) * 7919) >> 3));
const BASE = await tar([
  { name: 'base', body: noise(3_500_000, 1) },
  { name: 'bin/run', body: program('x86_64'), mode: 0o755 },
]);
const OLD = await tar([{ name: 'top', body: noise(1_200_000, 2) }]);
const NEW = await tar([{ name: 'top', body: noise(1_200_000, 3) }]);
/** As long as BASE and alike to it over its first MiB. */
const ALIKE = Buffer.from(BASE);
ALIKE.write('changed', 2_000_000);

let root: string;
let store: LayerStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gangway-store-'));
  store = createLayerStore({ root, maxBytes: 1e12 });
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Saving {
  layers: Buffer[];
  /** What the n-th save sends. */
  archive: (count: number) => Promise<Buffer>;
  id?: string;
  /** Called when the first bytes of a save were read. */
  begun?: () => Promise<void>;
}
/** Takes from an engine that only inspects and saves. */
async function take(
  { layers, archive, id, begun }: Saving,
  signal = new AbortController().signal,
): Promise<{ image: StoredImage; saves: number; sent: number; total: number }> {
  let saves = 0;
  let sent = 0;
  let total = 0;
  const engine = {
    inspectImage: () =>
      Promise.resolve({
        id: id ?? `sha256:${digest(config(layers))}`,
        tags: [TAG],
        os: 'linux',
        architecture: 'arm64',
        size: 1,
        diffIds: layers.map((layer) => `sha256:${digest(layer)}`),
      }),
    save: async () => {
      const bytes = await archive(saves++);
      total += bytes.length;
      return Readable.from(
        (async function* () {
          for (let at = 0; at < bytes.length; at += CHUNK) {
            if (at === CHUNK) await begun?.();
            sent += Math.min(CHUNK, bytes.length - at);
            yield bytes.subarray(at, at + CHUNK);
            await new Promise((resolve) => setTimeout(resolve, 1)); // as an engine's bytes come: not all in one tick
          }
        })(),
        { objectMode: false, highWaterMark: CHUNK },
      );
    },
  } as unknown as Engine;
  const { images, way } = await store.takeFromEngine(engine, [TAG], 'linux/arm64', { signal, report: () => undefined });
  expect(way).toBe('save');
  return { image: images[0]!, saves, sent, total };
}
async function assembled(image: StoredImage, from = store): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of (await from.assemble([image])).stream() as AsyncIterable<Buffer>) parts.push(part);
  return digest(Buffer.concat(parts));
}
/** What a store that has nothing yet makes of the same archive. */
async function anew(archive: Buffer): Promise<string> {
  const other = createLayerStore({ root: join(root, 'anew'), maxBytes: 1e12 });
  const [image] = await other.takeFromArchive(() => Readable.from([archive]), null, { signal: new AbortController().signal, report: () => undefined });
  return assembled(image!, other);
}
const legacy = (layers: Buffer[]): Entry[] => legacyEntries({ tag: TAG, layers });
const keep = async (layers: Buffer[]): Promise<void> => {
  await take({ layers, archive: () => tar(legacy(layers)) });
};
/** The folder of layer `i` first, the rest as it was. */
const withFirst = (entries: Entry[], i: number): Entry[] => [...entries.slice(i * 4, i * 4 + 4), ...entries.slice(0, i * 4), ...entries.slice(i * 4 + 4)];
const withConfigFirst = (entries: Entry[]): Entry[] => [...entries.filter(isConfig), ...entries.filter((entry) => !isConfig(entry))];
const isConfig = ({ name }: Entry): boolean => /^[0-9a-f]{64}\.json$/.test(name);

describe('a save of an image whose base is stored', () => {
  it.each<[string, (entries: Entry[]) => Entry[]]>([
    ['base first, config last', (entries) => entries],
    ['new layer first, config last', (entries) => withFirst(entries, 1)],
    ['config first, then the base', withConfigFirst],
    ['config first, then the new layer', (entries) => withConfigFirst(withFirst(entries, 1))],
  ])('gives the same bytes and the same findings as one that is read whole: %s', async (_, arrange) => {
    await keep([BASE, OLD]);
    const archive = await tar(arrange(legacy([BASE, NEW])));
    const { image, saves } = await take({ layers: [BASE, NEW], archive: () => Promise.resolve(archive) });
    expect(saves).toBe(1);
    expect(image.foreign).toMatchObject([{ path: 'bin/run', layer: `sha256:${digest(BASE)}` }]);
    expect(await assembled(image)).toBe(await anew(archive));
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it('stops as soon as the new layer and the config are there', async () => {
    await keep([BASE, OLD]);
    const archive = await tar(withConfigFirst(withFirst(legacy([BASE, NEW]), 1)));
    const { sent, total } = await take({ layers: [BASE, NEW], archive: () => Promise.resolve(archive) });
    expect(sent).toBeLessThan(total - 1_000_000);
  });

  it('does the same for the layout of newer engines', async () => {
    await keep([BASE, OLD]);
    const archive = await tar(ociEntries([{ tag: `docker.io/library/${TAG}`, config: config([BASE, NEW]), blobs: [BASE, NEW] }]));
    const { image, saves } = await take({ layers: [BASE, NEW], archive: () => Promise.resolve(archive) });
    expect(saves).toBe(1);
    expect(await assembled(image)).toBe(await anew(archive));
  });

  it.each<[string, Buffer]>([
    ['uncompressed', NEW],
    ['compressed', gzipSync(NEW)],
  ])('finds the image of an engine that names it by something else than its config, with layers %s', async (_, blob) => {
    await keep([BASE, OLD]);
    const archive = await tar(ociEntries([{ tag: `docker.io/library/${TAG}`, config: config([BASE, NEW]), blobs: [BASE, blob] }]));
    const { image, saves } = await take({ layers: [BASE, NEW], archive: () => Promise.resolve(archive), id: `sha256:${'7'.repeat(64)}` });
    expect([saves, image.id]).toEqual([1, `sha256:${digest(config([BASE, NEW]))}`]);
    expect(await assembled(image)).toBe(await anew(archive));
  });

  it('reads the second of two layers that begin alike', async () => {
    await keep([BASE, OLD]);
    const archive = await tar(legacy([BASE, ALIKE]));
    const { image, saves } = await take({ layers: [BASE, ALIKE], archive: () => Promise.resolve(archive) });
    expect(saves).toBe(1);
    expect(await assembled(image)).toBe(await anew(archive));
  });

  it('saves once more and reads all when a new layer was taken for a stored one of its length and beginning', async () => {
    expect(ALIKE.length).toBe(BASE.length);
    await keep([BASE, OLD]);
    const archive = await tar(withFirst(legacy([BASE, ALIKE]), 1));
    const { image, saves } = await take({ layers: [BASE, ALIKE], archive: () => Promise.resolve(archive) });
    expect(saves).toBe(2);
    expect(image.diffIds).toEqual([BASE, ALIKE].map((layer) => `sha256:${digest(layer)}`));
    expect(await assembled(image)).toBe(await anew(archive));
  });

  it('saves once more when the stored layer went away meanwhile', async () => {
    await keep([BASE, OLD]);
    const archive = await tar(legacy([BASE, NEW]));
    let first = true;
    const begun = async (): Promise<void> => {
      if (first) await rm(join(root, 'layers', `${digest(BASE)}.json`));
      first = false;
    };
    const { image, saves } = await take({ layers: [BASE, NEW], archive: () => Promise.resolve(archive), begun });
    expect(saves).toBe(2);
    expect(await assembled(image)).toBe(await anew(archive));
  });

  it('refuses a save without the image that was asked for, and one that ends in the middle', async () => {
    await keep([BASE, OLD]);
    const other = await tar(legacy([BASE, OLD]));
    await expect(take({ layers: [BASE, NEW], archive: () => Promise.resolve(other) })).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    const whole = await tar(legacy([BASE, NEW]));
    await expect(take({ layers: [BASE, NEW], archive: () => Promise.resolve(whole.subarray(0, 2_000_000)) })).rejects.toMatchObject({
      code: 'ARCHIVE_TRUNCATED',
    });
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  it('is cancelled while a stored layer goes by, and leaves nothing', async () => {
    await keep([BASE, OLD]);
    const stop = new AbortController();
    const archive = await tar(legacy([BASE, NEW]));
    const begun = (): Promise<void> => {
      setTimeout(() => stop.abort(new Error('cancelled')), 30);
      return Promise.resolve();
    };
    await expect(take({ layers: [BASE, NEW], archive: () => Promise.resolve(archive), begun }, stop.signal)).rejects.toThrow('cancelled');
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });
});

describe('what completes an image', () => {
  it('is its config, not the manifest that a containerd store calls it by', () => {
    const manifest = Buffer.from('{"schemaVersion":2,"config":{},"layers":[]}');
    const shortcut = new Shortcut([digest(manifest)], [], []);
    expect(shortcut.complete(new Map([[`blobs/sha256/${digest(manifest).slice(7)}`, manifest]]))).toBeNull();
  });
});
