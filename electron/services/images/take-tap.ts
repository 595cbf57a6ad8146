import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageInfo } from '../../../shared/docker/build.ts';
import type { Engine } from '../ports/engine.ts';
import type { VerbContext } from '../ports/verb.ts';
import { type LayerFiles, sha256, writeDurably } from './layer-files.ts';
import { KnownLayers, StoreIntake } from './layer-intake.ts';
import { PieceBudget } from './pieces.ts';
import { progressInBytes } from './progress.ts';
import type { Session } from './sessions.ts';
import { ageOf, namesIn, newOwner, ownerMayLive, readOwner } from './store-lock.ts';
import { planTap } from './tap-plan.ts';
import { TapRegistry } from './tap-registry.ts';

/** An engine that has not asked the registry by then cannot reach it; one that was silent for so long is stuck. */
const CONNECT = 4_000;
const SILENCE = 20_000;
/** Of a tap whose process still seems to run: no tap takes that long, so the pid is another's. */
const TAP_STALE = 60 * 60_000;
const TAG = 'tap';

/**
 * Brings what is new of an image into the store by a push into a registry of ours, which costs only the new layers. True: config and
 * layers are there. False: this way does not serve, and nothing of it is left in the engine. Throws only when cancelled or
 * where the store itself fails.
 */
export async function takeByTap(
  files: LayerFiles,
  session: Session,
  engine: Engine,
  { reference, info }: { reference: string; info: ImageInfo },
  context: VerbContext,
): Promise<boolean> {
  const { signal, report } = context;
  if (!engine.imageConfig) return false;
  const stored = new Map<string, number>();
  for (const diffId of info.diffIds) {
    const index = await files.index(diffId);
    if (index) stored.set(diffId, index.size);
  }
  const plan = planTap({ engine: await engine.info({ signal }), diffIds: info.diffIds, stored, imageSize: info.size });
  if (plan.way === 'save') return false;

  const missing = new Set(plan.way === 'tap' ? plan.missing : []);
  const known = new KnownLayers(await files.all());
  const budget = new PieceBudget();
  const progress = progressInBytes(report);
  let count = 0;
  let bytes = 0;
  let arrived: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const registry = await TapRegistry.open({
    stored: new Set(stored.keys()),
    intake: () => new StoreIntake({ files, session, budget, known }, `tap-${count++}`),
    taken: (layer) => {
      bytes += layer.size;
      progress(bytes);
      missing.delete(layer.diffId);
      if (missing.size === 0) arrived();
    },
  });
  const extra = `${registry.repository}:${TAG}`;
  const note = join(files.root, 'taps', `${session.id}.json`);
  try {
    await writeDurably(note, JSON.stringify({ ...newOwner(), reference: extra }));
    await engine.tag(info.id, registry.repository, TAG);
    const config = await engine.imageConfig(extra, info, signal);
    if (!config || sha256(config) !== info.id) return false;
    await session.hold([info.id], () => files.keepConfig(Buffer.from(config), session.folder));
    if (missing.size === 0) return true;
    const why = await runPush(engine, extra, registry, complete, signal);
    signal.throwIfAborted();
    if (why !== null)
      report({ type: 'log', stream: 'stderr', text: `Only the new layers of ${reference} could not be had (${why}); the whole image is saved.\n` });
    return why === null;
  } catch (error) {
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    report({
      type: 'log',
      stream: 'stderr',
      text: `Only the new layers of ${reference} could not be had (${error instanceof Error ? error.message : String(error)}); the whole image is saved.\n`,
    });
    return false;
  } finally {
    await registry.close();
    // Absent is fine; an engine that is gone keeps the note, so that a later start sweeps.
    await engine
      .untag(extra)
      .then(
        () => unlink(note),
        () => undefined,
      )
      .catch(() => undefined);
  }
}

/** Pushes until every missing layer is in, then stops the engine. Null: all in; else why not. */
async function runPush(engine: Engine, reference: string, registry: TapRegistry, complete: Promise<void>, signal: AbortSignal): Promise<string | null> {
  const stop = new AbortController();
  const stopped = AbortSignal.any([stop.signal, signal]);
  const push = engine.push(reference, stopped).then(
    () => 'the engine ended its push early',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const begin = performance.now();
  const watch = (async (): Promise<string> => {
    for (;;) {
      await sleep(100, undefined, { ref: false });
      const heard = registry.heardAt;
      if (stopped.aborted) return 'cancelled';
      if (heard === null ? performance.now() - begin > CONNECT : performance.now() - heard > SILENCE)
        return 'the engine does not reach the registry on this loopback interface';
    }
  })();
  try {
    return await Promise.race([complete.then(() => null), push, watch]);
  } finally {
    stop.abort(new Error('all new layers are in'));
    await push;
  }
}

/** Removes extra tags that a killed process left in the engine. */
export async function sweepTaps(root: string, engine: Engine): Promise<void> {
  for (const name of await namesIn(join(root, 'taps'))) {
    const path = join(root, 'taps', name);
    const owner = await readOwner(path);
    const age = await ageOf(path);
    if (age === null || (owner && ownerMayLive(owner) && age < TAP_STALE) || (!owner && age < TAP_STALE)) continue;
    const reference = (JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as { reference?: unknown }).reference;
    // Only ever a name of our own form: the file could have been changed by hand.
    if (typeof reference === 'string' && /^127\.0\.0\.1:\d{1,5}\/gangway-tap-[0-9a-f]{24}\/image:tap$/.test(reference)) await engine.untag(reference);
    await unlink(path).catch(() => undefined);
  }
}
