import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { makeFolders } from '../settings/make-folders.ts';
import { parseImageConfig } from '../../../shared/docker/image-config.ts';
import { formatLayerIndex, type LayerIndex, parseLayerIndex } from './layer-index.ts';
import { namesIn } from './store-lock.ts';

const DIGEST = /^sha256:([0-9a-f]{64})$/;

/** The hex of a sha256 digest; anything else never becomes a path. */
export function hexOf(digest: string): string {
  const hex = DIGEST.exec(digest)?.[1];
  if (!hex) throw new GangwayError('ARCHIVE_INVALID', `"${digest.slice(0, 80)}" is not a sha256 digest.`);
  return hex;
}

export const sha256 = (bytes: string | Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * The store on disk. `layers/<hex>.gz` are the members of one layer, `layers/<hex>.json` its index: written last, so a layer
 * is there when its index is. `configs/<hex>.json` are image configs, byte for byte. `aliases/<hex>` name the config of an image that the
 * engine knows by another digest (the containerd image store names the manifest).
 */
export class LayerFiles {
  private readonly cache = new Map<string, { mtime: number; index: LayerIndex | null }>();

  constructor(readonly root: string) {}

  async prepare(): Promise<void> {
    for (const folder of ['layers', 'configs', 'aliases', 'sessions', 'tmp', 'taps', 'damaged']) await makeFolders(join(this.root, folder));
  }

  dataPath(diffId: string): string {
    return join(this.root, 'layers', `${hexOf(diffId)}.gz`);
  }
  indexPath(diffId: string): string {
    return join(this.root, 'layers', `${hexOf(diffId)}.json`);
  }
  configPath(id: string): string {
    return join(this.root, 'configs', `${hexOf(id)}.json`);
  }

  /** The index of a stored layer; null where the layer is not there whole. */
  async index(diffId: string): Promise<LayerIndex | null> {
    try {
      const path = this.indexPath(diffId);
      const [meta, data] = await Promise.all([stat(path), stat(this.dataPath(diffId))]);
      const known = this.cache.get(diffId);
      const index = known && known.mtime === meta.mtimeMs ? known.index : parseLayerIndex(await readFile(path, 'utf8'));
      this.cache.set(diffId, { mtime: meta.mtimeMs, index });
      return index && index.diffId === diffId && index.storedSize === data.size ? index : null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Indexes of every stored layer. */
  async all(): Promise<LayerIndex[]> {
    const names = await namesIn(join(this.root, 'layers'));
    const found: LayerIndex[] = [];
    for (const name of names) {
      if (!/^[0-9a-f]{64}\.json$/.test(name)) continue;
      const index = await this.index(`sha256:${name.slice(0, 64)}`);
      if (index) found.push(index);
    }
    return found;
  }

  /** Moves a finished layer in from a temp folder. One that is already there stays. */
  async commit(index: LayerIndex, data: string): Promise<void> {
    if (await this.index(index.diffId)) {
      await unlink(data);
      return;
    }
    await replace(data, this.dataPath(index.diffId));
    await writeDurably(`${data}.json`, formatLayerIndex(index));
    await replace(`${data}.json`, this.indexPath(index.diffId));
  }

  async config(id: string): Promise<Buffer | null> {
    try {
      const bytes = await readFile(this.configPath(id));
      if (sha256(bytes) === id) return bytes;
      await unlink(this.configPath(id)).catch(() => undefined);
      return null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Keeps a config; its digest is its name. */
  async keepConfig(bytes: Buffer, folder: string): Promise<string> {
    const id = sha256(bytes);
    parseImageConfig(bytes.toString('utf8'));
    const part = join(folder, `${hexOf(id)}.config`);
    await writeDurably(part, bytes);
    await replace(part, this.configPath(id));
    return id;
  }

  /** The config of an image that the engine calls `engineId`: that id itself, or what an alias says. */
  async configIdOf(engineId: string): Promise<string> {
    try {
      const id = (await readFile(join(this.root, 'aliases', hexOf(engineId)), 'utf8')).trim();
      return DIGEST.test(id) ? id : engineId;
    } catch {
      return engineId;
    }
  }

  async keepAlias(engineId: string, configId: string, folder: string): Promise<void> {
    const part = join(folder, `${hexOf(engineId)}.alias`);
    await writeDurably(part, configId);
    await replace(part, join(this.root, 'aliases', hexOf(engineId)));
  }

  /** Marks as used now: collection takes the longest unused first. */
  async touch(digests: Iterable<string>): Promise<void> {
    const now = new Date();
    for (const digest of digests) {
      for (const path of [this.indexPath(digest), this.configPath(digest)]) await utimes(path, now, now).catch(() => undefined);
    }
  }

  /** Takes a damaged layer out of the store but keeps its bytes to look at; the newest few stay. */
  async setAside(diffId: string): Promise<void> {
    this.cache.delete(diffId);
    await unlink(this.indexPath(diffId)).catch(() => undefined);
    await rename(this.dataPath(diffId), join(this.root, 'damaged', `${hexOf(diffId)}.gz`)).catch(() => undefined);
  }

  /** Removes a layer; false where it is in use (Windows) or gone. The index goes first: what has none is not there. */
  async remove(diffId: string): Promise<boolean> {
    this.cache.delete(diffId);
    try {
      await unlink(this.indexPath(diffId));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return false;
    }
    return unlink(this.dataPath(diffId)).then(
      () => true,
      () => false,
    );
  }
}

/** Writes, flushes to the disk, closes. */
export async function writeDurably(path: string, bytes: string | Uint8Array): Promise<void> {
  const file: FileHandle = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename over a file that another process reads fails on Windows; since names are digests, the one that is there is as good. */
async function replace(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EPERM' && code !== 'EACCES' && code !== 'EBUSY') throw error;
    await stat(to);
    await unlink(from);
  }
}
