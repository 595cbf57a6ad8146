import { readFile, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseImageConfig } from '../../../shared/docker/image-config.ts';
import type { LayerFiles } from './layer-files.ts';
import { heldDigests } from './sessions.ts';
import { namesIn } from './store-lock.ts';

/** Damaged layers kept to look at. */
const DAMAGED_KEPT = 3;

interface Kept {
  digest: string;
  bytes: number;
  usedAt: number;
}

/** Which layers go: the longest unused first, never a held one, until the rest fits. Pure. */
export function layersToDrop(layers: Kept[], held: ReadonlySet<string>, maxBytes: number): Kept[] {
  let total = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  const drop: Kept[] = [];
  for (const layer of [...layers].sort((a, b) => a.usedAt - b.usedAt || (a.digest < b.digest ? -1 : 1))) {
    if (total <= maxBytes) break;
    if (held.has(layer.digest)) continue;
    drop.push(layer);
    total -= layer.bytes;
  }
  return drop;
}

/** Brings the store under its bound; bytes freed. Call under the store's lock. */
export async function collectLayers(files: LayerFiles, maxBytes: number): Promise<number> {
  const held = await heldDigests(files.root);
  const layers: Kept[] = [];
  const folder = join(files.root, 'layers');
  const names = new Set(await namesIn(folder));
  let freed = 0;
  for (const name of names) {
    const [hex, end] = [name.slice(0, 64), name.slice(64)];
    const digest = `sha256:${hex}`;
    if (end === '.gz' && !names.has(`${hex}.json`)) freed += await drop(join(folder, name)); // half of a commit that a crash cut short
    if (end !== '.json') continue;
    try {
      const [meta, data] = await Promise.all([stat(files.indexPath(digest)), stat(files.dataPath(digest))]);
      layers.push({ digest, bytes: data.size + meta.size, usedAt: meta.mtimeMs });
    } catch {
      if (!held.has(digest)) await files.remove(digest);
    }
  }
  const gone = new Set<string>();
  for (const layer of layersToDrop(layers, held, maxBytes)) {
    if (await files.remove(layer.digest)) {
      freed += layer.bytes;
      gone.add(layer.digest);
    }
  }
  if (gone.size > 0) freed += await dropConfigs(files, held, gone);
  const damaged = await namesIn(join(files.root, 'damaged'));
  for (const name of damaged.slice(0, Math.max(0, damaged.length - DAMAGED_KEPT))) freed += await drop(join(files.root, 'damaged', name));
  return freed;
}

/** A config is of no use without its layers. */
async function dropConfigs(files: LayerFiles, held: ReadonlySet<string>, gone: ReadonlySet<string>): Promise<number> {
  let freed = 0;
  const dropped = new Set<string>();
  for (const name of await namesIn(join(files.root, 'configs'))) {
    const id = `sha256:${name.slice(0, 64)}`;
    if (held.has(id)) continue;
    const bytes = await files.config(id).catch(() => null);
    if (bytes && !parseImageConfig(bytes.toString('utf8')).diffIds.some((diffId) => gone.has(diffId))) continue;
    freed += await drop(join(files.root, 'configs', name));
    dropped.add(id);
  }
  for (const name of await namesIn(join(files.root, 'aliases'))) {
    const path = join(files.root, 'aliases', name);
    if (dropped.has((await readFile(path, 'utf8').catch(() => '')).trim())) await unlink(path).catch(() => undefined);
  }
  return freed;
}

async function drop(path: string): Promise<number> {
  const size = await stat(path).then(
    (meta) => meta.size,
    () => 0,
  );
  await rm(path, { force: true });
  return size;
}
