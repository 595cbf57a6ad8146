import { posix } from 'node:path';
import type { TarEntry } from './tar-reader.ts';

/** Longest entry name that is taken; Linux itself stops at 4096. */
const NAME_LIMIT = 4096;

/**
 * Why an entry of an archive is refused, in words, or null where it may be read: because unpacking it could write or read outside the folder
 * that it is unpacked to. Archives hold files, folders and links among them (Docker 20.10 writes a layer that occurs twice as a symbolic
 * link to "../<id>/layer.tar"). Names are judged as every system would read them: a backslash and a drive letter are separators on Windows.
 */
export function unsafeEntry(entry: Pick<TarEntry, 'name' | 'type' | 'link'>): string | null {
  const fault = unsafeName(entry.name);
  if (fault) return fault;
  switch (entry.type) {
    case 'file':
    case 'directory':
      return null;
    case 'symlink':
      return unsafeLink(entry.link, plainName(entry.name).split('/').length - 1);
    case 'hardlink':
      return unsafeLink(entry.link, 0);
    default:
      return 'is a device, pipe or something else that no archive of ours holds';
  }
}

/** Why a name is refused, or null. */
export function unsafeName(name: string): string | null {
  if (name === '' || name.length > NAME_LIMIT) return name === '' ? 'has no name' : 'has too long a name';
  if (name.includes('\0')) return 'has a zero byte in its name';
  if (name.includes('\\')) return 'has a backslash in its name, which Windows reads as a folder';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'has an absolute name';
  if (name.split('/').includes('..')) return 'climbs out of its folder with ".."';
  return null;
}

/** The name without "./" and a trailing slash: "./a//b/" is "a/b", the root itself is ".". */
export const plainName = (name: string): string => posix.normalize(name).replace(/\/+$/, '') || '.';

/** Where a symbolic or hard link leads, as a plain name inside the archive. Only for entries that `unsafeEntry` lets pass. */
export function linkTarget(entry: Pick<TarEntry, 'name' | 'type' | 'link'>): string {
  return plainName(entry.type === 'symlink' ? posix.join(posix.dirname(plainName(entry.name)), entry.link) : entry.link);
}

/** True when the entry lies beneath one of these links, so that it would be written wherever the link leads. */
export function isBeneathLink(name: string, links: ReadonlySet<string>): boolean {
  if (links.size === 0) return false;
  const parts = name.split('/');
  return parts.some((_, index) => index > 0 && links.has(parts.slice(0, index).join('/')));
}

/** Only leading ".." can be judged by counting: behind a name that is itself a link, ".." goes somewhere else. */
function unsafeLink(written: string, depth: number): string | null {
  if (written === '' || written.length > NAME_LIMIT) return 'is a link to nowhere';
  if (written.startsWith('/') || /^[A-Za-z]:/.test(written) || written.includes('\\') || written.includes('\0')) return 'is a link to an absolute place';
  const parts = written.split('/').filter((part) => part !== '.' && part !== '');
  const down = parts.findIndex((part) => part !== '..');
  const ups = down < 0 ? parts.length : down;
  return ups > depth || parts.slice(ups).includes('..') ? 'is a link out of the archive' : null;
}
