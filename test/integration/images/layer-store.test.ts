import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEngine } from '../../../electron/services/engine/create-engine.ts';
import { createLayerStore } from '../../../electron/services/images/create-layer-store.ts';
import type { Engine } from '../../../electron/services/ports/engine.ts';
import type { LayerStore, StoredImage } from '../../../electron/services/ports/layer-store.ts';
import { type LabEngine, localEngine } from '../../devlab/engines.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { digest, inPieces } from '../../unit/services/images/make-archive.ts';
import { bundleChild } from './bundle-child.ts';
import { type LabImage, layerOf, loadImage, noise, whole } from './lab-images.ts';
import type { ChildAnswer, ChildTask } from './store-child.ts';

const PLATFORM = 'linux/arm64';
const TAG = (name: string): string => `gangway-images-test/${name}:1`;
const context = (signal = new AbortController().signal) => ({ signal, report: () => undefined });

const cannotRun = await skipUnless('emulation-arm64');

describe.skipIf(await skipUnless('engine', 'busybox-arm64'))('the layer store with a real engine', () => {
  let lab: LabEngine;
  let engine: Engine;
  let root: string;
  let store: LayerStore;
  let base: Buffer;
  let loaded: LabImage[] = [];
  const docker = (...args: string[]): string =>
    execFileSync('docker', args, { env: { ...process.env, ...lab.env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const image = async (name: string, above: Buffer[], more?: Record<string, unknown>): Promise<LabImage> => {
    const made = await loadImage(engine, TAG(name), above, more);
    loaded.push(made);
    return made;
  };
  const take = (tags: string[], from = store, use = engine) => from.takeFromEngine(use, tags, PLATFORM, context());
  const pack = async (images: StoredImage[], from = store): Promise<Buffer> => whole((await from.assemble(images)).stream());
  const layers = async (): Promise<string[]> =>
    (await readdir(join(root, 'layers')))
      .filter((name) => name.endsWith('.gz'))
      .map((name) => name.slice(0, -3))
      .sort();
  const leftovers = async (): Promise<string[]> => [
    ...(await readdir(join(root, 'tmp'))),
    ...(await readdir(join(root, 'taps'))),
    ...(await engine.listTags('127.0.0.1:')),
  ];

  beforeAll(async () => {
    lab = await localEngine();
    engine = createEngine({ env: { ...process.env, ...lab.env } });
    base = await layerOf('opt/base', noise(24_000_000, 1));
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'gangway-store-'));
    store = createLayerStore({ root, maxBytes: 1e12 });
  });
  afterEach(async () => {
    for (const { tag } of loaded) await engine.untag(tag);
    loaded = [];
    await rm(root, { recursive: true, force: true });
  });
  afterAll(async () => {
    await engine.close();
    await lab.stop();
  });

  it.skipIf(cannotRun)('assembles an archive that the engine loads, under the same id, and runs', async () => {
    const made = await image('run', [base]);
    const { images, way } = await take([made.tag]);
    expect(way).toBe('save');
    expect(images[0]).toMatchObject({ id: made.id, tags: [made.tag], architecture: 'arm64', foreign: [] });
    const bytes = await pack(images);
    await engine.untag(made.tag);
    expect(await engine.inspectImage(made.id)).toBeNull();
    expect((await engine.load(inPieces(bytes), context().signal)).join()).toContain(made.tag);
    expect((await engine.inspectImage(made.tag))?.id).toBe(made.id);
    expect(docker('run', '--rm', '--network', 'none', made.tag).trim()).toBe('aarch64');
  });

  it('takes only the new top layer of a changed image, by the tap, and leaves the engine as it was', async () => {
    const first = await image('tap', [base, await layerOf('app', noise(1_000_000, 2))]);
    await take([first.tag]);
    const before = await layers();
    const top = await layerOf('app', noise(1_000_000, 3));
    const second = await image('tap', [base, top]);
    const begin = performance.now();
    const { images, way } = await take([second.tag]);
    expect(way).toBe('tap');
    expect(performance.now() - begin).toBeLessThan(5_000);
    expect(images[0]!.id).toBe(second.id);
    expect((await layers()).filter((name) => !before.includes(name))).toEqual([digest(top)]);
    const seen = JSON.parse(docker('image', 'inspect', second.tag)) as { Id: string; RepoTags: string[]; RepoDigests: string[] }[];
    expect(seen[0]).toMatchObject({ Id: second.id, RepoTags: [second.tag], RepoDigests: [] });
    expect(await leftovers()).toEqual([]);
  });

  it('takes several new layers above a stored base, among them one that begins like a stored one', async () => {
    await take([(await image('several', [base])).tag]);
    const alike = Buffer.from(base);
    alike.write('changed at the end', 20_000_000);
    const tops = [await layerOf('a', noise(2_500_000, 4)), await layerOf('b', Buffer.from('small')), alike];
    const second = await image('several', [base, ...tops]);
    // As an engine would count it that shares the equal beginning: else too much would be new for a tap.
    const counting: Engine = {
      ...engine,
      inspectImage: async (reference, options) => {
        const info = await engine.inspectImage(reference, options);
        return info && { ...info, size: base.length + 3_000_000 };
      },
    };
    const { way } = await take([second.tag], store, counting);
    expect(way).toBe('tap');
    expect(await layers()).toEqual(expect.arrayContaining(tops.map((layer) => digest(layer))));
  });

  it('asks for nothing but the config where only that changed', async () => {
    const first = await image('config', [base]);
    await take([first.tag]);
    const second = await image('config', [base], { config: { Cmd: ['/bin/true'] } });
    const refusing: Engine = { ...engine, push: () => Promise.reject(new Error('no push')), save: () => Promise.reject(new Error('no save')) };
    expect((await take([second.tag], store, refusing)).images[0]!.id).toBe(second.id);
    expect(await leftovers()).toEqual([]);
  });

  it('transfers nothing when nothing changed, in under a second', async () => {
    const made = await image('same', [base]);
    const first = await pack((await take([made.tag])).images);
    const again = createLayerStore({ root, maxBytes: 1e12 });
    const begin = performance.now();
    const { images, way } = await take([made.tag], again);
    const second = await pack(images, again);
    expect(performance.now() - begin).toBeLessThan(1_000);
    expect(way).toBe('stored');
    expect(second.equals(first)).toBe(true);
  });

  it('gives the same bytes by tap, by save and from the archive', async () => {
    const top = await layerOf('app', noise(1_500_000, 5));
    await take([(await image('bytes', [base])).tag]);
    const made = await image('bytes', [base, top]);
    const tapped = await take([made.tag]);
    expect(tapped.way).toBe('tap');
    const results = [await pack(tapped.images)];
    const saving = createLayerStore({ root: join(root, 'saving'), maxBytes: 1e12 });
    results.push(await pack((await take([made.tag], saving)).images, saving));
    const reading = createLayerStore({ root: join(root, 'reading'), maxBytes: 1e12 });
    results.push(await pack(await reading.takeFromArchive(() => inPieces(made.archive), PLATFORM, context()), reading));
    expect(new Set(results.map((bytes) => digest(bytes))).size).toBe(1);
  });

  it('reads only what is new of a save, and gives the bytes of one that was read whole', async () => {
    const { imageConfig: _, ...savingOnly } = engine;
    await take([(await image('again', [base, await layerOf('app', noise(1_500_000, 20))])).tag], store, savingOnly);
    const made = await image('again', [base, await layerOf('app', noise(1_500_000, 21))]);
    let saves = 0;
    const counting: Engine = {
      ...savingOnly,
      save: (...asked) => {
        saves += 1;
        return engine.save(...asked);
      },
    };
    const { images, way } = await take([made.tag], store, counting);
    expect([way, saves, images[0]!.id]).toEqual(['save', 1, made.id]);
    const fresh = createLayerStore({ root: join(root, 'fresh'), maxBytes: 1e12 });
    expect(digest(await pack(images))).toBe(digest(await pack((await take([made.tag], fresh, savingOnly)).images, fresh)));
    expect(await leftovers()).toEqual([]);
  });

  it('takes several images at once and keeps what they share once', async () => {
    const made = [await image('one', [base]), await image('two', [base, await layerOf('x', noise(50_000, 6))])];
    const { images } = await take(made.map(({ tag }) => tag));
    expect(images.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    expect((await pack(images)).length).toBeLessThan(base.length + 4_000_000);
  });

  it('saves the whole image when a push cannot serve', async () => {
    await take([(await image('fallback', [base])).tag]);
    const made = await image('fallback', [base, await layerOf('app', noise(1_000_000, 7))]);
    const silent: Engine['push'] = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    for (const push of [() => Promise.reject(new Error('connection refused')), () => Promise.resolve(), silent]) {
      const said: string[] = [];
      await rm(join(root, 'layers', `${digest(made.layers[2]!)}.json`), { force: true });
      const { way, images } = await store.takeFromEngine({ ...engine, push }, [made.tag], PLATFORM, {
        ...context(),
        report: (event) => {
          if (event.type === 'log') said.push(event.text);
        },
      });
      expect([way, images[0]!.id]).toEqual(['save', made.id]);
      expect(said.join()).toMatch(/whole image is saved/);
    }
    expect(await leftovers()).toEqual([]);
  });

  it.each(['save', 'tap'] as const)('ends within two seconds when it is cancelled in the middle of a %s, and leaves nothing', async (way) => {
    if (way === 'tap') await take([(await image('cancel', [base])).tag]);
    const made = await image('cancel', [base, await layerOf('app', noise(12_000_000, 8))]);
    const stop = new AbortController();
    let cancelledAt = 0;
    const cancel = (): void => {
      cancelledAt = performance.now();
      stop.abort(new Error('cancelled by the test'));
    };
    const cancelling: Engine = {
      ...engine,
      push: (reference, signal) => {
        setTimeout(cancel, 30);
        return engine.push(reference, signal);
      },
    };
    // The first bytes of a save are the first that is reported.
    const report = way === 'save' ? cancel : () => undefined;
    await expect(store.takeFromEngine(cancelling, [made.tag], PLATFORM, { signal: stop.signal, report })).rejects.toThrow('cancelled by the test');
    expect(cancelledAt).toBeGreaterThan(0);
    expect(performance.now() - cancelledAt).toBeLessThan(2_000);
    expect(await leftovers()).toEqual([]);
    expect((await take([made.tag])).images[0]!.id).toBe(made.id);
  });

  it('takes a damaged layer anew', async () => {
    const made = await image('damage', [base]);
    const good = await pack((await take([made.tag])).images);
    const path = join(root, 'layers', `${digest(base)}.gz`);
    const bad = await readFile(path);
    bad[1_000_000]! ^= 255;
    await writeFile(path, bad);
    await expect(take([made.tag]).then(({ images }) => pack(images))).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect((await pack((await take([made.tag])).images)).equals(good)).toBe(true);
  });

  it('is right for two processes on one image and a collection at once, twenty times', async () => {
    const made = await image('both', [await layerOf('opt/b', noise(5_000_000, 9))]);
    const child = await bundleChild('test/integration/images/store-child.ts');
    const run = (task: ChildTask): Promise<ChildAnswer> =>
      new Promise((resolve, reject) => {
        const started = spawn(process.execPath, [child.script, JSON.stringify(task)], {
          env: { ...process.env, ...lab.env },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let out = '';
        let err = '';
        started.stdout.on('data', (text) => {
          out += text;
        });
        started.stderr.on('data', (text) => {
          err += text;
        });
        started.on('error', reject);
        started.on('close', (status) => {
          if (status === 0) resolve(JSON.parse(out) as ChildAnswer);
          else reject(new Error(err || `ended with ${status}`));
        });
      });
    try {
      const digests = new Set<string>();
      for (let round = 0; round < 20; round += 1) {
        // A bound of zero: whatever no one holds goes.
        const task: ChildTask = { root, maxBytes: 0, references: [made.tag], platform: PLATFORM };
        const [one, two, collecting] = await Promise.all([run(task), run({ ...task, collect: true }), run({ ...task, references: [], collect: true })]);
        digests.add(one.digest!).add(two.digest!);
        expect([one.size, two.size]).toEqual([one.expected, two.expected]);
        expect(collecting.freed).toBeGreaterThanOrEqual(0);
      }
      expect(digests.size).toBe(1);
      await store.collect();
      await store.sweep(engine);
      expect([...(await leftovers()), ...(await readdir(join(root, 'sessions')))]).toEqual([]);
    } finally {
      await child.remove();
    }
  }, 400_000);

  it('sweeps the extra tag and the temp files of a process that was killed in the middle of a tap', async () => {
    await take([(await image('killed', [base])).tag]);
    const made = await image('killed', [base, await layerOf('app', noise(12_000_000, 10))]);
    const child = await bundleChild('test/integration/images/store-child.ts');
    try {
      const task: ChildTask = { root, maxBytes: 1e12, references: [made.tag], platform: PLATFORM };
      const started = spawn(process.execPath, [child.script, JSON.stringify(task)], {
        env: { ...process.env, ...lab.env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const answered = createInterface(started.stdout)[Symbol.asyncIterator]().next();
      while ((await engine.listTags('127.0.0.1:')).length === 0) if (started.exitCode !== null) throw new Error('it was too quick for this test');
      started.kill('SIGKILL');
      expect((await answered).done).toBe(true);
      expect(await leftovers()).not.toEqual([]);
      await store.sweep(engine);
      expect(await leftovers()).toEqual([]);
      expect((await engine.inspectImage(made.tag))?.id).toBe(made.id);
    } finally {
      await child.remove();
    }
  });
});
