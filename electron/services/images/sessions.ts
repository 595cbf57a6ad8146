import { mkdir, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ageOf, namesIn, newOwner, ownerMayLive, type Owner, readOwner, type StoreLock } from './store-lock.ts';

/** How often a session says that it lives. */
const HEARTBEAT = 5_000;
/** A session of another host, or of a pid that may since have gone to another program, counts as dead after this long without a sign. */
const SILENT = 10 * 60_000;

/**
 * One operation of one process on the store: its temp folder, and the names (layer and config digests) that no one may collect
 * meanwhile. It lies in `sessions/` as a file that is touched every few seconds.
 */
export class Session {
  private readonly held = new Set<string>();
  private readonly beat: NodeJS.Timeout;
  private ended: Promise<void> | null = null;

  private constructor(
    private readonly lock: StoreLock,
    private readonly owner: Owner,
    private readonly file: string,
    readonly folder: string,
    readonly id: string,
  ) {
    this.beat = setInterval(() => {
      const now = new Date();
      utimes(file, now, now).catch(() => undefined);
    }, HEARTBEAT);
    this.beat.unref();
  }

  static async open(root: string, lock: StoreLock): Promise<Session> {
    const owner = newOwner();
    const id = `${owner.pid}-${owner.token}`;
    const session = new Session(lock, owner, join(root, 'sessions', `${id}.json`), join(root, 'tmp', id), id);
    try {
      await session.write();
      await mkdir(session.folder);
      return session;
    } catch (error) {
      await session.end();
      throw error;
    }
  }

  /** From here on until `end`, no process collects these; then runs `check` under the same lock. */
  async hold<T>(digests: Iterable<string>, check: () => Promise<T>): Promise<T> {
    return this.lock.run(async () => {
      const before = this.held.size;
      for (const digest of digests) this.held.add(digest);
      if (this.held.size !== before) await this.write();
      return check();
    });
  }

  /** Removes the temp folder but goes on holding. */
  async clear(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Gives up everything held and removes the temp folder. May be called more than once. */
  end(): Promise<void> {
    this.ended ??= (async () => {
      clearInterval(this.beat);
      await this.clear();
      await unlink(this.file).catch(() => undefined);
    })();
    return this.ended;
  }

  private async write(): Promise<void> {
    const part = `${this.file}.part`;
    await writeFile(part, JSON.stringify({ ...this.owner, held: [...this.held] }));
    await rename(part, this.file);
  }
}

/** Digests that living sessions hold. Call under the lock. */
export async function heldDigests(root: string): Promise<Set<string>> {
  const held = new Set<string>();
  for (const name of await namesIn(join(root, 'sessions'))) {
    const path = join(root, 'sessions', name);
    if (name.endsWith('.json') && (await sessionLives(path))) for (const digest of readHeld(path)) held.add(digest);
  }
  return held;
}

/** Removes the files of sessions whose process is gone, with their temp folders. Call under the lock. */
export async function sweepSessions(root: string): Promise<void> {
  const alive = new Set<string>();
  for (const name of await namesIn(join(root, 'sessions'))) {
    const path = join(root, 'sessions', name);
    if (name.endsWith('.json') && (await sessionLives(path))) alive.add(name.slice(0, -'.json'.length));
    else if (((await ageOf(path)) ?? 0) > HEARTBEAT || !name.endsWith('.part')) await unlink(path).catch(() => undefined);
  }
  for (const name of await namesIn(join(root, 'tmp'))) {
    if (!alive.has(name)) await rm(join(root, 'tmp', name), { recursive: true, force: true });
  }
}

async function sessionLives(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  const age = await ageOf(path);
  if (age === null) return false;
  return owner === null ? age < SILENT : ownerMayLive(owner) && age < SILENT;
}

function readHeld(path: string): string[] {
  try {
    const held = (JSON.parse(readFileSync(path, 'utf8')) as { held?: unknown }).held;
    return Array.isArray(held) ? held.filter((item): item is string => typeof item === 'string') : [];
  } catch {
    return [];
  }
}
