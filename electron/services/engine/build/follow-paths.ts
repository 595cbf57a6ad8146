import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { globToRegExp } from '../../../../shared/docker/dockerfile-glob.ts';
import { inContext } from './context-walk.ts';

/**
 * The paths that a set of COPY sources needs: each with wildcards spelt out where a link may hide behind them, every symbolic link
 * on the way and what it points to (kept inside the context). Null: everything is needed.
 */
export function followPaths(root: string, paths: readonly string[]): string[] | null {
  const found = new Set<string>();
  for (const path of paths) follow(root, path, found);
  if (found.has('.')) return null;
  const sorted = [...found].sort();
  return sorted.filter((path) => !sorted.some((other) => path.startsWith(`${other}/`)));
}

function follow(root: string, path: string, found: Set<string>): void {
  const parts = posix
    .join('/', path)
    .split('/')
    .filter((part) => part !== '');
  if (parts.length === 0) {
    found.add('.');
    return;
  }
  let current = '';
  for (let i = 0; i < parts.length; i++) {
    current = current === '' ? parts[i]! : `${current}/${parts[i]!}`;
    const rest = parts.slice(i + 1).join('/');
    const targets = linkTargets(root, current);
    if (targets === null) {
      if (rest === '') found.add(current);
      continue;
    }
    if (found.has(current)) return;
    found.add(current);
    for (const target of targets) follow(root, posix.join(target, rest), found);
    return;
  }
}

/** Where the links that this path names point to, from the context's top; null where it names none. */
function linkTargets(root: string, path: string): string[] | null {
  const folder = posix.dirname(path);
  const base = posix.basename(path);
  if (!/[*?[]/.test(base)) return linkTarget(root, path);
  let names: string[];
  try {
    names = readdirSync(inContext(root, folder));
  } catch {
    return null;
  }
  const expression = globToRegExp(base);
  const targets = expression ? names.filter((name) => expression.test(name)).flatMap((name) => linkTarget(root, posix.join(folder, name)) ?? []) : [];
  return targets.length > 0 ? targets : null;
}

function linkTarget(root: string, path: string): string[] | null {
  try {
    const absolute = inContext(root, path);
    if (!lstatSync(absolute).isSymbolicLink()) return null;
    const link = readlinkSync(absolute).replaceAll('\\', process.platform === 'win32' ? '/' : '\\');
    return [link.startsWith('/') ? posix.normalize(link) : posix.join('/', posix.dirname(path), link)];
  } catch {
    return null;
  }
}
