import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, relative, sep } from 'node:path';
import { GangwayError } from '../../shared/errors/codes.ts';
import type { SourceReport } from '../../shared/extension/draft.ts';
import { leavesFolder, normaliseRelative } from '../../shared/extension/relative-path.ts';
import type { Granted } from './grants.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.svg': 'image/svg+xml',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

/** Far above any icon; the portal shows it at 64 px. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_PREVIEW = 1024 * 1024;

/**
 * Copies an icon into `folder` (iconFolder), unless it lies there, and gives it back for showing. A file of the same name
 * and other content is not overwritten: the copy takes the next free name.
 * @returns name relative to the folder, with forward slashes
 * @throws GangwayError SOURCE_NOT_UNDERSTOOD (no image, too large), OUTPUT_NOT_WRITABLE
 */
export async function takeIcon(folder: string, icon: Granted): Promise<{ name: string; dataUrl: string }> {
  const type = TYPES[extname(icon.path).toLowerCase()];
  if (icon.kind !== 'file' || !type)
    throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${basename(icon.path)} is not a picture.`, { hint: 'Choose a PNG, JPEG, SVG, GIF or WebP file.' });
  const { size } = await stat(icon.path);
  if (size > MOST_BYTES)
    throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${basename(icon.path)} is ${Math.ceil(size / 1024 / 1024)} MB, too large for an icon.`, {
      hint: 'Choose one under 4 MB.',
    });
  const content = await readFile(icon.path);
  const dataUrl = `data:${type};base64,${content.toString('base64')}`;
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

/** Where the icon of a source lies: the folder of its manifest. That of a saved archive may not exist yet. */
export async function iconFolder(source: string, packageDir: string): Promise<string> {
  const inside = normaliseRelative(packageDir);
  if (inside === null || leavesFolder(inside)) throw new GangwayError('BAD_REQUEST', 'The package folder lies outside of the extension.');
  const { sourceRoot } = await import('../services/extension/source-root.ts');
  const { root } = await sourceRoot(source, new AbortController().signal);
  if (root === null) throw new GangwayError('BAD_REQUEST', 'A finished package takes no icon.');
  return join(root, inside);
}

/** The icon that a draft names, for showing; nothing where it is missing, no picture or large. */
export async function showIcon(source: string, { draft }: SourceReport): Promise<{ iconPreview?: string }> {
  const name = normaliseRelative(draft.extension.icon);
  const type = TYPES[extname(draft.extension.icon).toLowerCase()];
  if (draft.extension.icon === '' || name === null || leavesFolder(name) || !type) return {};
  try {
    const path = join(await iconFolder(source, draft.packageDir), name);
    const info = await stat(path);
    if (!info.isFile() || info.size > MOST_PREVIEW) return {};
    return { iconPreview: `data:${type};base64,${(await readFile(path)).toString('base64')}` };
  } catch {
    return {};
  }
}
