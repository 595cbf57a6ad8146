import { baseName } from './relative-path.ts';

/** What macOS and Windows leave in folders. Such members make an installation fail on Orbit, so they never go into a package. */
export function isJunk(path: string): boolean {
  const name = baseName(path);
  return name.startsWith('._') || name === '.DS_Store' || /^(thumbs\.db|desktop\.ini)$/i.test(name) || path.split('/').includes('__MACOSX');
}

/** Files that "everything" leaves out: junk, version control, the recipe, and packages themselves. */
export function isNeverPacked(path: string): boolean {
  const parts = path.split('/');
  return isJunk(path) || parts.some((part) => part === '.git' || part === '.svn' || part === '.hg') || path === 'gangway.yaml' || /\.spx(\.part)?$/i.test(path);
}

/** Why a name must not be a member of a tar that others unpack; null where it may. */
export function unsafeName(name: string): string | null {
  if (name === '') return 'it has no name';
  if (/^[/\\]|^[A-Za-z]:/.test(name)) return 'it is an absolute path';
  if (name.split('/').some((part) => part === '..')) return 'it leads out of the folder';
  if (name.includes('\\')) return 'it has a backslash';
  if (/\p{Cc}/u.test(name)) return 'it has control characters';
  return /\p{Cs}/u.test(name) ? 'it is no valid text' : null;
}
