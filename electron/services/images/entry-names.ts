import { posix } from 'node:path';
import type { TarEntry } from './tar-reader.ts';

/** Longest entry name that is taken; Linux itself stops at 4096. */
const NAME_LIMIT = 4096;

/**
 * Why an entry of an image archive is refused, in words, or null where it may be read. An image archive holds files, folders and
 * links among them (Docker 20.10 writes a layer that occurs twice as a symbolic link to "../<id>/layer.tar"); everything else
 * could write outside the folder of whoever unpacks it.
 */
export function unsafeEntry(entry: Pick<TarEntry, 'name' | 'type' | 'link'>): string | null {
  const fault = unsafeName(entry.name);
  if (fault) return fault;
  switch (entry.type) {
    case 'file':
    case 'directory':
      return null;
    case 'symlink':
      return unsafeLink(posix.join(posix.dirname(plainName(entry.name)), entry.link), entry.link);
    case 'hardlink':
      return unsafeLink(entry.link, entry.link);
    default:
      return 'is a device, pipe or something else that no image archive holds';
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

function unsafeLink(resolved: string, written: string): string | null {
  if (written === '' || written.length > NAME_LIMIT) return 'is a link to nowhere';
  if (written.startsWith('/') || /^[A-Za-z]:/.test(written) || written.includes('\\') || written.includes('\0')) return 'is a link to an absolute place';
  const plain = posix.normalize(resolved);
  return plain === '..' || plain.startsWith('../') ? 'is a link out of the archive' : null;
}
