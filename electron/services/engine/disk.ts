import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';

/** Bytes that this user may still write on the file system of a folder. */
export interface FreeSpace {
  folder: string;
  free: number;
}

/** Free space for each folder, once per file system, in the order given. A folder that is not there yet counts as its nearest parent. */
export async function freeSpaces(folders: string[]): Promise<FreeSpace[]> {
  const seen = new Set<number>();
  const found: FreeSpace[] = [];
  for (const folder of folders) {
    const there = await nearest(folder);
    if (!there || seen.has(there.device)) continue;
    seen.add(there.device);
    try {
      const { bavail, bsize } = await statfs(there.folder);
      found.push({ folder: there.folder, free: bavail * bsize });
    } catch {
      // this file system does not say
    }
  }
  return found;
}

async function nearest(folder: string): Promise<{ folder: string; device: number } | null> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      return { folder: at, device: (await stat(at)).dev };
    } catch {
      if (at === path.dirname(at)) return null;
    }
  }
}
