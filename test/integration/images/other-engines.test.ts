import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../electron/services/engine/create-engine.ts';
import { createLayerStore } from '../../../electron/services/images/create-layer-store.ts';
import { readArchive } from '../../../electron/services/images/read-archive.ts';
import type { Engine } from '../../../electron/services/ports/engine.ts';
import type { LayerStore } from '../../../electron/services/ports/layer-store.ts';
import { type LabEngine, startEngine } from '../../devlab/engines.ts';
import { engineInOtherNamespace } from '../../devlab/namespaces.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { digest, inPieces } from '../../unit/services/images/make-archive.ts';
import { layerOf, loadImage, noise, whole } from './lab-images.ts';

const PLATFORM = 'linux/arm64';
const TAG = 'gangway-images-test/other:1';
const context = () => ({ signal: new AbortController().signal, report: () => undefined });

interface Kind {
  name: string;
  start: () => Promise<LabEngine>;
  missing: boolean;
  local: boolean;
  secondWay: 'tap' | 'save';
}

const noNamespaces = await skipUnless('namespaces', 'engine-20.10', 'busybox-arm64');
const noNewer = await skipUnless('engine-26.1', 'busybox-arm64');

const KINDS: Kind[] = [
  { name: 'whose loopback is not ours', start: engineInOtherNamespace, missing: noNamespaces, local: false, secondWay: 'save' },
  { name: 'of version 26.1 with a graph driver', start: () => startEngine({ version: '26.1' }), missing: noNewer, local: true, secondWay: 'tap' },
  {
    name: 'of version 26.1 with the containerd store',
    start: () => startEngine({ version: '26.1', containerdStore: true }),
    missing: noNewer,
    local: true,
    secondWay: 'save',
  },
];

describe.each(KINDS)('an engine $name', ({ start, missing, local, secondWay }) => {
  describe.skipIf(missing)('with the layer store', () => {
    let lab: LabEngine;
    let engine: Engine;
    let root: string;
    let store: LayerStore;
    beforeAll(async () => {
      lab = await start();
      engine = createEngine({ env: { ...process.env, ...lab.env } });
      root = await mkdtemp(join(tmpdir(), 'gangway-store-'));
      store = createLayerStore({ root, maxBytes: 1e12 });
    });
    afterAll(async () => {
      await engine?.close();
      await lab?.stop();
      if (root) await rm(root, { recursive: true, force: true });
    });

    it(`saves first, takes a changed image by ${secondWay}, then has nothing to do, and gives the same bytes as the archive`, async () => {
      expect((await engine.info()).local).toBe(local);
      const base = await layerOf('opt/base', noise(6_000_000, 1));
      await loadImage(engine, TAG, [base]);
      expect((await store.takeFromEngine(engine, [TAG], PLATFORM, context())).way).toBe('save');

      const made = await loadImage(engine, TAG, [base, await layerOf('app', noise(500_000, 2))]);
      const begin = performance.now();
      const { images, way } = await store.takeFromEngine(engine, [TAG], PLATFORM, context());
      expect(way).toBe(secondWay);
      expect(performance.now() - begin).toBeLessThan(10_000);
      expect(images).toMatchObject([{ id: made.id, tags: [TAG], diffIds: made.layers.map((layer) => `sha256:${digest(layer)}`) }]);
      expect((await store.takeFromEngine(engine, [TAG], PLATFORM, context())).way).toBe('stored');

      const bytes = await whole((await store.assemble(images)).stream());
      const reading = createLayerStore({ root: join(root, 'reading'), maxBytes: 1e12 });
      const read = await reading.takeFromArchive(() => inPieces(made.archive), PLATFORM, context());
      expect(digest(await whole((await reading.assemble(read)).stream()))).toBe(digest(bytes));

      expect(await engine.listTags('127.0.0.1:')).toEqual([]);
      await engine.untag(TAG);
      await engine.load(inPieces(bytes), context().signal);
      expect((await engine.inspectImage(TAG, { platform: PLATFORM }))?.diffIds).toEqual(images[0]!.diffIds);
    });

    it('reads what this engine saves as one image of the right platform', async () => {
      const bytes = await whole(await engine.save([TAG], context().signal));
      const report = await readArchive(inPieces(bytes), bytes.length, context().signal);
      expect(report.images).toMatchObject([{ tags: [TAG], architecture: 'arm64', cmd: ['/bin/uname', '-m'] }]);
    });
  });
});
