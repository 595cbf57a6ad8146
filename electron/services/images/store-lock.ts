import { randomBytes } from 'node:crypto';
import { open, readFile, readdir, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who holds a lock or a session, as it stands in the file. */
export interface Owner {
  pid: number;
  host: string;
  token: string;
}

/** The lock is held for milliseconds; one this old was left behind. */
const LOCK_STALE = 30_000;

export const newOwner = (): Owner => ({ pid: process.pid, host: hostname(), token: randomBytes(8).toString('hex') });

/** False only where the process surely is gone: on this host and without that pid. */
export function ownerMayLive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Reads an owner; null where the file is gone or not (yet) whole. */
export async function readOwner(path: string): Promise<Owner | null> {
  try {
    const owner = JSON.parse(await readFile(path, 'utf8')) as Partial<Owner>;
    return typeof owner.pid === 'number' && typeof owner.host === 'string' && typeof owner.token === 'string' ? (owner as Owner) : null;
  } catch {
    return null;
  }
}

/**
 * A mutex among processes: a file that only one can create. Taken for the few milliseconds in which the store decides what may be deleted or
 * promises that something will not be; never while bytes flow. A lock whose owner died is broken, by one process only: the one that
 * creates the file named after the dead owner's token.
 */
export class StoreLock {
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly root: string) {}

  /** Runs `body` alone, in this process and among all. */
  run<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(async () => {
      const release = await this.acquire();
      try {
        return await body();
      } finally {
        await release();
      }
    });
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async acquire(): Promise<() => Promise<void>> {
    const path = join(this.root, 'lock');
    const owner = newOwner();
    for (let attempt = 0; ; attempt += 1) {
      try {
        const file = await open(path, 'wx');
        try {
          await file.writeFile(JSON.stringify(owner));
        } finally {
          await file.close();
        }
        return async () => {
          if ((await readOwner(path))?.token === owner.token) await unlink(path).catch(() => undefined);
        };
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        // Windows answers EPERM while a deleted file is still open elsewhere.
        if (code !== 'EEXIST' && !(code === 'EPERM' && process.platform === 'win32')) throw error;
      }
      await this.breakStale(path);
      await sleep(Math.min(50, 2 + attempt) * (0.5 + Math.random()));
    }
  }

  private async breakStale(path: string): Promise<void> {
    const age = await ageOf(path);
    if (age === null) return;
    const owner = await readOwner(path);
    const stale = owner ? !ownerMayLive(owner) || age > LOCK_STALE : age > LOCK_STALE;
    if (!stale) return;
    const breaker = `${path}.${owner?.token ?? 'unreadable'}.break`;
    try {
      await (await open(breaker, 'wx')).close();
    } catch {
      if (((await ageOf(breaker)) ?? 0) > LOCK_STALE) await unlink(breaker).catch(() => undefined);
      return;
    }
    try {
      const now = await readOwner(path);
      // An unreadable lock may by now be a new one that is just being written.
      if (owner ? now?.token === owner.token : now === null && ((await ageOf(path)) ?? 0) > LOCK_STALE) await unlink(path).catch(() => undefined);
    } finally {
      await unlink(breaker).catch(() => undefined);
    }
  }
}

/** Milliseconds since a file was last touched; null where it is gone. */
export async function ageOf(path: string): Promise<number | null> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return null;
  }
}

/** Names in a folder; none where it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}
