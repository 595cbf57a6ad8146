import type { Dirent } from 'node:fs';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { PackageEntry } from '../../../shared/extension/package.ts';
import type { PackMember } from './spx-writer.ts';

/** A file or folder below a root. `path` is relative to it, with forward slashes. "other": a device, pipe, socket or dangling link. */
export interface FolderFile {
  path: string;
  absolute: string;
  kind: 'file' | 'folder' | 'other';
}

/** Leavings of file managers: on Orbit, `._*` members alone make an installation fail (reference/spot.md 1.8). */
export function isJunk(name: string): boolean {
  return (
    name.startsWith('._') ||
    name === '.DS_Store' ||
    name === 'Thumbs.db' ||
    name === 'desktop.ini' ||
    name === '__MACOSX' ||
    /\.\d+-[0-9a-f]{8}\.part$/.test(name)
  );
}

const MOST_FILES = 1_000_000;

export interface WalkOptions {
  /** Names of folders that are not entered. */
  never?: ReadonlySet<string>;
  /** What a link reaches outside of the root is "other": an extension's folder must not pull in files of the system. */
  inside?: boolean;
  signal?: AbortSignal;
}

/**
 * Everything below a folder, sorted by path, links followed (an .spx holds contents, not links of this computer). A folder that
 * contains itself by a link is entered once.
 * @throws GangwayError FILE_UNREADABLE, CONTEXT_TOO_WIDE beyond a million entries
 */
export async function walkFolder(root: string, options: WalkOptions = {}): Promise<FolderFile[]> {
  const found: FolderFile[] = [];
  const real = await realOf(root);
  const walk = async (relative: string, above: readonly string[]): Promise<void> => {
    const folder = path.join(root, relative);
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      throw unreadable(folder, error);
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      options.signal?.throwIfAborted();
      if (isJunk(entry.name) || (options.never?.has(entry.name) && !entry.isFile())) continue;
      const at = relative === '' ? entry.name : `${relative}/${entry.name}`;
      const absolute = path.join(root, at);
      const { kind, target } = await look(entry, absolute, path.join(above.at(-1) ?? real, entry.name));
      if (found.length >= MOST_FILES) throw new GangwayError('CONTEXT_TOO_WIDE', `${root} holds more than ${MOST_FILES} files.`, { data: { path: root } });
      if (kind === 'folder' && above.includes(target)) continue;
      found.push({ path: at, absolute, kind });
      if (kind === 'folder') await walk(at, [...above, target]);
    }
  };
  // Only links are asked for: a context of 50,000 files costs its folders, not its files.
  const look = async (entry: Dirent, absolute: string, place: string): Promise<{ kind: FolderFile['kind']; target: string }> => {
    if (!entry.isSymbolicLink()) return { kind: kindOf(entry), target: place };
    const target = await realpath(absolute).catch(() => null);
    if (target === null || (options.inside && leaves(real, target))) return { kind: 'other', target: absolute };
    return { kind: kindOf(await stat(target)), target };
  };
  await walk('', [real]);
  return found;
}

function kindOf(info: { isFile(): boolean; isDirectory(): boolean }): FolderFile['kind'] {
  return info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other';
}

function leaves(root: string, target: string): boolean {
  const relative = path.relative(root, target);
  return relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
}

export async function realOf(folder: string): Promise<string> {
  return realpath(folder).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(folder, error);
  });
}

/** One file as a member. Its size is taken now; a change while packing is found by the writer. */
export async function memberOfFile(file: string, name: string, kind: PackageEntry['kind']): Promise<PackMember> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
  if (!info.isFile()) throw new GangwayError('FILE_UNREADABLE', `${file} is not a file.`, { data: { path: file } });
  return { name, kind, executable: await isExecutable(file, info.mode), source: { from: 'file', path: file, size: info.size } };
}

export function memberOfFolder(name: string): PackMember {
  return { name: `${name}/`, kind: 'directory', executable: false, source: { from: 'folder' } };
}

export function memberOfText(name: string, kind: PackageEntry['kind'], text: string): PackMember {
  return { name, kind, executable: false, source: { from: 'bytes', bytes: Buffer.from(text, 'utf8') } };
}

/** NTFS keeps no execute bit: there, a script is what begins with "#!". */
export async function isExecutable(file: string, mode: number, platform: NodeJS.Platform = process.platform): Promise<boolean> {
  if (platform !== 'win32') return (mode & 0o111) !== 0;
  const handle = await open(file, 'r').catch(() => null);
  if (!handle) return false;
  try {
    const head = Buffer.alloc(2);
    await handle.read(head, 0, 2, 0);
    return head.toString('latin1') === '#!';
  } finally {
    await handle.close();
  }
}

/** The text of a small file; null where there is none. */
export async function readTextIfAny(file: string): Promise<string | null> {
  try {
    const info = await stat(file);
    if (!info.isFile()) return null;
    if (info.size > 4 << 20)
      throw new GangwayError('FILE_UNREADABLE', `${file} is too large to be what its name says (${info.size} bytes).`, { data: { path: file } });
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error instanceof GangwayError ? error : unreadable(file, error as NodeJS.ErrnoException);
  }
}

export function unreadable(file: string, error: NodeJS.ErrnoException): GangwayError {
  if (error.code === 'ENOENT') return new GangwayError('FILE_NOT_FOUND', `There is no ${file}.`, { data: { path: file }, cause: error });
  return new GangwayError('FILE_UNREADABLE', `${file} cannot be read (${error.code ?? error.message}).`, { data: { path: file }, cause: error });
}
