import { unsafeName } from '../images/entry-names.ts';
import type { TarEntry } from './tar-reader.ts';

/**
 * Why unpacking this entry could write or read outside the folder it is unpacked to; null where it cannot. Names are judged as
 * every system would read them: a backslash and a drive letter are separators on Windows.
 */
export function unsafeEntry(entry: Pick<TarEntry, 'name' | 'type' | 'linkName'>): string | null {
  const shown = JSON.stringify(entry.name.slice(0, 200));
  if (entry.type === 'device') return `${shown} is a device or pipe`;
  // "./" itself, the folder that the archive was made in, has no name left.
  const fault = entry.name === '' ? null : unsafeName(entry.name);
  if (fault) return `${shown} ${fault}`;
  if (entry.type === 'link' && (isAbsolute(entry.linkName) || segments(entry.linkName).includes('..')))
    return `${shown} links out of the folder, to ${JSON.stringify(entry.linkName)}`;
  if (entry.type === 'symlink' && leadsOut(entry.name, entry.linkName)) return `${shown} links out of the folder, to ${JSON.stringify(entry.linkName)}`;
  return null;
}

function segments(name: string): string[] {
  return name.split(/[/\\]/);
}

function isAbsolute(name: string): boolean {
  return /^[/\\]|^[A-Za-z]:/.test(name);
}

/** Only leading ".." can be judged by counting: behind a name that is itself a link, ".." goes somewhere else. */
function leadsOut(name: string, target: string): boolean {
  if (isAbsolute(target)) return true;
  const parts = segments(target).filter((part) => part !== '.' && part !== '');
  const ups = parts.findIndex((part) => part !== '..');
  const leading = ups === -1 ? parts.length : ups;
  return leading > segments(name).length - 1 || parts.slice(leading).includes('..');
}

/** True when the entry lies beneath one of these links, so that it would be written wherever the link leads. */
export function isBeneathLink(name: string, links: ReadonlySet<string>): boolean {
  if (links.size === 0) return false;
  const parts = segments(name);
  return parts.some((_, index) => index > 0 && links.has(parts.slice(0, index).join('/')));
}
