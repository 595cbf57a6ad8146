import { GangwayError } from '../../../shared/errors/codes.ts';
import type { LayerStore } from '../ports/layer-store.ts';
import { assembleArchive } from './assemble.ts';
import { collectLayers } from './collect.ts';
import { LayerFiles } from './layer-files.ts';
import { Session, sweepSessions } from './sessions.ts';
import { StoreLock } from './store-lock.ts';
import { takeFromArchive } from './take-archive.ts';
import { takeFromEngine } from './take-engine.ts';
import { sweepTaps } from './take-tap.ts';

export interface LayerStoreOptions {
  /** Folder of the store; made when first used. */
  root: string;
  /** Bound on the kept layers, in bytes. Layers in use may exceed it for as long as they are. */
  maxBytes: number;
}

/** How long a take holds its layers for an assembly that does not come. */
const PINNED = 10 * 60_000;

/**
 * The layer store of one process over a folder that any number of processes share. What a `take` brought in stays held against collection until
 * this process assembles from it (which holds it anew), for ten minutes, or until the process ends.
 */
export function createLayerStore({ root, maxBytes }: LayerStoreOptions): LayerStore {
  const files = new LayerFiles(root);
  const lock = new StoreLock(root);
  let prepared: Promise<void> | null = null;
  const ready = (): Promise<void> => {
    prepared ??= files.prepare().catch((error: unknown) => {
      prepared = null;
      throw error;
    });
    return prepared;
  };
  /** Sessions of finished takes whose images no one has assembled yet. */
  const pinned = new Map<Session, { ids: Set<string>; timer: NodeJS.Timeout }>();
  const unpin = async (session: Session): Promise<void> => {
    clearTimeout(pinned.get(session)?.timer);
    pinned.delete(session);
    await session.end();
  };
  const take = async <T>(body: (session: Session) => Promise<T>, ids: (value: T) => string[]): Promise<T> => {
    await ready();
    const session = await Session.open(root, lock);
    try {
      const value = await body(session);
      await session.clear();
      const timer = setTimeout(() => {
        unpin(session).catch(() => undefined);
      }, PINNED);
      timer.unref();
      pinned.set(session, { ids: new Set(ids(value)), timer });
      return value;
    } catch (error) {
      await session.end();
      throw error;
    }
  };
  return {
    root,
    takeFromEngine: (engine, references, platform, context) =>
      named(() =>
        take(
          (session) => takeFromEngine(files, session, engine, references, platform, context),
          ({ images }) => images.map(({ id }) => id),
        ),
      ),
    takeFromArchive: (open, platform, context) =>
      named(() =>
        take(
          (session) => takeFromArchive(files, session, open, platform, context),
          (images) => images.map(({ id }) => id),
        ),
      ),
    assemble: (images) =>
      named(async () => {
        await ready();
        const session = await Session.open(root, lock);
        try {
          const archive = await assembleArchive(files, session, images);
          const ids = new Set(images.map(({ id }) => id));
          await Promise.all([...pinned].filter(([, pin]) => [...pin.ids].every((id) => ids.has(id))).map(([other]) => unpin(other)));
          return archive;
        } catch (error) {
          await session.end();
          throw error;
        }
      }),
    collect: () =>
      named(async () => {
        await ready();
        return lock.run(() => collectLayers(files, maxBytes));
      }),
    sweep: (engine) =>
      named(async () => {
        await ready();
        await lock.run(() => sweepSessions(root));
        if (engine) await sweepTaps(root, engine);
      }),
  };
}

/** Gives a full or forbidden disk its code: the store lies where the user may have little room. */
async function named<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | null)?.code;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new GangwayError('DISK_FULL', 'There is no room left for the layer store.', { detail: String(error), cause: error });
    if (code === 'EACCES' || code === 'EROFS')
      throw new GangwayError('OUTPUT_NOT_WRITABLE', 'The layer store cannot be written.', { detail: String(error), cause: error });
    throw error;
  }
}
