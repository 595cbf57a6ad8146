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
      // Nothing of the store is there yet, so a missing folder is one that could not be made.
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? storeUnwritable(root, error) : error;
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
      named(root, () =>
        take(
          (session) => takeFromEngine(files, session, engine, references, platform, context),
          ({ images }) => images.map(({ id }) => id),
        ),
      ),
    takeFromArchive: (open, platform, context) =>
      named(root, () =>
        take(
          (session) => takeFromArchive(files, session, open, platform, context),
          (images) => images.map(({ id }) => id),
        ),
      ),
    assemble: (images) =>
      named(root, async () => {
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
      named(root, async () => {
        await ready();
        return lock.run(() => collectLayers(files, maxBytes));
      }),
    sweep: (engine) =>
      named(root, async () => {
        await ready();
        await lock.run(() => sweepSessions(root));
        if (engine) await sweepTaps(root, engine);
      }),
  };
}

/** Gives a full or forbidden disk its code: the store lies where the user may have little room. */
async function named<T>(root: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | null)?.code;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new GangwayError('DISK_FULL', `There is no room left for the layer store at ${root}.`, {
        hint: ELSEWHERE,
        detail: String(error),
        data: { path: root },
        cause: error,
      });
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') throw storeUnwritable(root, error);
    throw error;
  }
}

const ELSEWHERE =
  'Set GANGWAY_CACHE_DIR to a folder that you can write and that has room. The layers of images are kept there, so that the next packing is quick.';

export function storeUnwritable(root: string, cause: unknown): GangwayError {
  return new GangwayError('OUTPUT_NOT_WRITABLE', `The layer store at ${root} cannot be written.`, {
    hint: ELSEWHERE,
    detail: String(cause),
    data: { path: root },
    cause,
  });
}
