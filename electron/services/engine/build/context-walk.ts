import { lstatSync, readdirSync, readlinkSync, type BigIntStats, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import type { ParentMatches, PatternMatcher } from '../../../../shared/docker/pattern-matcher.ts';
import { GO_MODE, type FileStat } from './fs-packets.ts';

/** One file, folder or link that goes into the context. */
export interface ContextEntry extends FileStat {
  absolute: string;
  kind: 'file' | 'folder' | 'link' | 'special';
}

export interface WalkOptions {
  /** What a `.dockerignore` leaves out. */
  exclude?: PatternMatcher | null;
  /** Only what these name, with the folders above; null or absent: everything. */
  include?: PatternMatcher | null;
  /** Called for what `exclude` leaves out (a folder stands for all in it). */
  onIgnored?: (path: string) => void;
}

interface Level {
  absolute: string;
  prefix: string;
  names: Dirent[];
  next: number;
  exclude: ParentMatches | null;
  include: ParentMatches | null;
  pending: ContextEntry | null;
}

/**
 * Walks a context in the order that the engine insists on: folder by folder, names by their UTF-8 bytes, a folder before what it
 * holds. Synchronous on purpose: 50,000 calls through Node's thread pool take several times as long. Callers take entries in slices of
 * a few milliseconds and give way between them.
 * @throws GangwayError FILE_UNREADABLE for a folder or file that may not be looked at; what vanishes meanwhile is left out
 */
export function* walkContext(root: string, options: WalkOptions = {}): Generator<ContextEntry, void, undefined> {
  const { exclude = null, include = null, onIgnored } = options;
  const stack: Level[] = [{ absolute: root, prefix: '', names: list(root, ''), next: 0, exclude: null, include: null, pending: null }];
  for (let level = stack.at(-1); level; level = stack.at(-1)) {
    const item = level.names[level.next++];
    if (!item) {
      stack.pop();
      continue;
    }
    const path = level.prefix + item.name;
    const isFolder = item.isDirectory();
    const left = exclude ? exclude.matchesBelow(path, level.exclude) : null;
    if (left?.matched) onIgnored?.(path);
    if (left?.matched && !(isFolder && exclude!.mayHoldException(path))) continue;
    const named = include ? include.matchesBelow(path, level.include) : null;
    if (named && !named.matched && !(isFolder && include!.mayHoldMatch(path))) continue;
    const absolute = level.absolute + (level.absolute.endsWith('/') ? '' : '/') + item.name;
    const skip = (left?.matched ?? false) || (named !== null && !named.matched);
    if (skip && !isFolder) continue;
    const entry = describe(absolute, path);
    if (!entry) continue;
    if (!skip) {
      for (const above of stack) {
        if (above.pending) yield above.pending;
        above.pending = null;
      }
      yield entry;
    }
    if (isFolder)
      stack.push({
        absolute,
        prefix: `${path}/`,
        names: list(absolute, path),
        next: 0,
        exclude: left?.forEntries ?? null,
        include: named?.forEntries ?? null,
        pending: skip ? entry : null,
      });
  }
}

function list(absolute: string, path: string): Dirent[] {
  try {
    return readdirSync(absolute, { withFileTypes: true }).sort(byBytes);
  } catch (error) {
    if (path !== '' && isGone(error)) return [];
    throw unreadable(absolute, error);
  }
}

/** Plain comparison orders by UTF-16 units, which differs from UTF-8 bytes only where surrogates occur. */
function byBytes(a: Dirent, b: Dirent): number {
  if (a.name === b.name) return 0;
  if (/[\ud800-\udfff]/.test(a.name) || /[\ud800-\udfff]/.test(b.name)) return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
  return a.name < b.name ? -1 : 1;
}

/** The entry as it goes over the wire; null where it has vanished. */
function describe(absolute: string, path: string): ContextEntry | null {
  try {
    const stat = lstatSync(absolute, { bigint: true });
    const link = stat.isSymbolicLink();
    const folder = stat.isDirectory();
    return {
      path,
      absolute,
      kind: folder ? 'folder' : link ? 'link' : stat.isFile() ? 'file' : 'special',
      mode: goMode(stat, process.platform === 'win32'),
      size: folder ? 0 : Number(stat.size),
      timeHigh: Number(BigInt.asIntN(32, stat.mtimeNs >> 32n)),
      timeLow: Number(BigInt.asUintN(32, stat.mtimeNs)),
      linkname: link ? readlinkSync(absolute).replaceAll(process.platform === 'win32' ? '\\' : '/', '/') : '',
    };
  } catch (error) {
    if (isGone(error) && !path.includes('\ufffd')) return null;
    throw unreadable(absolute, error);
  }
}

/**
 * Go's FileMode of a stat. NTFS keeps no execute bit, so the docker client makes everything rwxr-xr-x at most there, and so do we. Sockets
 * become empty plain files, as they do there.
 */
export function goMode(stat: Pick<BigIntStats, 'mode'>, windows: boolean): number {
  const mode = Number(stat.mode);
  let go = mode & 0o777;
  if (windows) go = (go | 0o111) & 0o755;
  if (mode & 0o4000) go += GO_MODE.SETUID;
  if (mode & 0o2000) go += GO_MODE.SETGID;
  if (mode & 0o1000) go += GO_MODE.STICKY;
  switch (mode & 0o170000) {
    case 0o040000:
      return go + GO_MODE.DIR;
    case 0o120000:
      return go + GO_MODE.SYMLINK;
    case 0o010000:
      return go + GO_MODE.NAMED_PIPE;
    case 0o020000:
      return go + GO_MODE.DEVICE + GO_MODE.CHAR_DEVICE;
    case 0o060000:
      return go + GO_MODE.DEVICE;
    default:
      return go;
  }
}

const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** FILE_UNREADABLE with the file's name and the reason in words. */
export function unreadable(path: string, error: unknown): GangwayError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why =
    code === 'EACCES' || code === 'EPERM'
      ? 'permission denied'
      : code === 'ENOENT'
        ? path.includes('\ufffd')
          ? 'its name is not valid UTF-8'
          : 'it is not there'
        : error instanceof Error
          ? error.message
          : String(error);
  return new GangwayError('FILE_UNREADABLE', `${path} cannot be read: ${why}.`, {
    location: { file: path },
    hint: 'Change its permissions, or leave it out with a line in .dockerignore.',
    cause: error,
  });
}

/** Joins a context path to its root in the system's own spelling. */
export const inContext = (root: string, path: string): string => join(root, ...path.split('/'));
