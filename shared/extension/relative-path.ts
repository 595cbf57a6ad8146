/**
 * A path as people write it in a recipe or compose file, made plain: forward slashes (a person on Windows writes backslashes), no "./", no
 * empty parts, ".." resolved as far as it goes; "" is the folder itself and leading ".." stay. Null where it is absolute.
 */
export function normaliseRelative(path: string): string | null {
  const plain = path.replaceAll('\\', '/');
  if (plain.startsWith('/') || plain.startsWith('~/') || plain === '~' || /^[A-Za-z]:/.test(plain)) return null;
  const parts: string[] = [];
  for (const part of plain.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

/** True where a normalised path leads out of its folder. */
export function leavesFolder(path: string): boolean {
  return path === '..' || path.startsWith('../');
}

/** The last part of a path with forward slashes. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folder of a path with forward slashes; "" for a plain name. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** Joins a normalised folder and a relative path; null where the result would be absolute. */
export function joinRelative(folder: string, path: string): string | null {
  return normaliseRelative(path) === null ? null : normaliseRelative(`${folder === '' ? '.' : folder}/${path}`);
}
