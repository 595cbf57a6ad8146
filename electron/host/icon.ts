import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { GangwayError } from '../../shared/errors/codes.ts';
import type { Granted } from './grants.ts';

const TYPES: Readonly<Record<string, string>> = { '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.svg': 'image/svg+xml', '.gif': 'image/gif', '.webp': 'image/webp' };

/** Far above any icon; the portal shows it at 64 px. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Copies an icon into the extension's folder, unless it lies there, and gives it back for showing. A file of the same name
 * and other content is not overwritten: the copy takes the next free name.
 * @returns name relative to the folder, with forward slashes
 * @throws GangwayError SOURCE_NOT_UNDERSTOOD (no image, too large), OUTPUT_NOT_WRITABLE
 */
export async function takeIcon(source: Granted, icon: Granted): Promise<{ name: string; dataUrl: string }> {
  const type = TYPES[extname(icon.path).toLowerCase()];
  if (icon.kind !== 'file' || !type) throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${basename(icon.path)} is not a picture.`, { hint: 'Choose a PNG, JPEG, SVG, GIF or WebP file.' });
  const { size } = await stat(icon.path);
  if (size > MOST_BYTES) throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${basename(icon.path)} is ${Math.ceil(size / 1024 / 1024)} MB, too large for an icon.`, { hint: 'Choose one under 4 MB.' });
  const content = await readFile(icon.path);
  const dataUrl = `data:${type};base64,${content.toString('base64')}`;
  const folder = source.kind === 'folder' ? source.path : dirname(source.path);
  const inside = relative(folder, icon.path);
  if (!inside.startsWith('..') && !inside.includes(':')) return { name: inside.split(sep).join('/'), dataUrl };
  const name = await freeName(folder, basename(icon.path), content);
  try {
    await mkdir(folder, { recursive: true });
    await copyFile(icon.path, join(folder, name));
  } catch (error) {
    throw new GangwayError('OUTPUT_NOT_WRITABLE', `The icon cannot be copied into ${folder}.`, { cause: error });
  }
  return { name, dataUrl };
}

async function freeName(folder: string, name: string, content: Buffer): Promise<string> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let i = 0; ; i++) {
    const candidate = i === 0 ? name : `${stem}-${i}${ending}`;
    const existing = await readFile(join(folder, candidate)).catch(() => null);
    if (existing === null || existing.equals(content)) return candidate;
  }
}
