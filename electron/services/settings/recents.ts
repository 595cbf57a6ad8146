import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RecentSource } from '../../../shared/ipc/contract.ts';
import { JsonFile } from './json-file.ts';

interface Kept {
  path: string;
  openedAt: number;
}

const MOST = 12;

/** Sources used before, newest first, in <config>/recents.json. The page sees an id, never the path to open. */
export class Recents {
  private readonly file: JsonFile<Kept[]>;
  private readonly now: () => number;
  private kept: Promise<Kept[]> | null = null;

  constructor(configFolder: string, now: () => number = Date.now) {
    this.file = new JsonFile(join(configFolder, 'recents.json'), readKept);
    this.now = now;
  }

  /** @param path absolute */
  async add(path: string): Promise<void> {
    const entry = { path, openedAt: this.now() };
    const next = this.load().then((kept) => [entry, ...kept.filter((one) => one.path !== path)].slice(0, MOST));
    this.kept = next;
    await this.file.write(await next);
  }

  async list(): Promise<RecentSource[]> {
    const kept = await this.load();
    return Promise.all(
      kept.map(async ({ path, openedAt }) => ({
        id: idOf(path),
        name: basename(path),
        folder: dirname(path),
        openedAt,
        exists: await stat(path).then(
          () => true,
          () => false,
        ),
      })),
    );
  }

  /** The path behind an id; null where it is not known (any more). */
  async path(id: string): Promise<string | null> {
    return (await this.load()).find((one) => idOf(one.path) === id)?.path ?? null;
  }

  private load(): Promise<Kept[]> {
    this.kept ??= this.file.read().then(
      (read) => read ?? [],
      () => [],
    );
    return this.kept;
  }
}

const idOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 16);

function readKept(raw: unknown): Kept[] | null {
  if (!Array.isArray(raw)) return null;
  return raw
    .filter((one): one is Kept => typeof one === 'object' && one !== null && typeof one.path === 'string' && typeof one.openedAt === 'number')
    .slice(0, MOST);
}
