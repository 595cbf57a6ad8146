import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs';
import { setImmediate as giveWay } from 'node:timers/promises';
import nodePath from 'node:path';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import { unreadable, walkContext, type ContextEntry } from './context-walk.ts';
import { readIgnoreFile } from './ignore-file.ts';

/** What a build would send. Paths are relative to the context, with forward slashes; sizes in bytes as the files say them. */
export interface ContextScan {
  bytes: number;
  /** Files and links; folders do not count. */
  files: number;
  /** Entries that the ignore file leaves out; a folder counts once for all that it holds. */
  ignored: number;
  /** The biggest files, biggest first. */
  largest: { path: string; bytes: number }[];
  /** True when `limit` files were seen and the rest was not looked at. */
  truncated: boolean;
  /** Scripts ("#!" first) with Windows line ends, which Linux refuses to run. */
  crlfScripts: string[];
}

/** Files that are looked into for line ends, at most: the bytes of a context are not read otherwise. */
const MOST_LOOKED_INTO = 2000;
const LARGEST_KEPT = 10;
const LARGEST_SCRIPT = 256 * 1024;
const SCRIPT_NAMES = /(?:^|\/)(?:[^/.]+|[^/]*\.(?:sh|bash|py|pl|rb|entrypoint|cgi|run))$/i;
/** Milliseconds of walking before others get their turn. */
const SLICE = 8;

/**
 * Looks at what a build of `dockerfile` in `folder` would send, after the ignore file.
 * @throws GangwayError FILE_UNREADABLE naming the file, DOCKERFILE_INVALID for a bad ignore pattern; the signal's reason
 */
export async function scanContext(folder: string, dockerfile: string, options: { signal?: AbortSignal; limit?: number } = {}): Promise<ContextScan> {
  const { signal, limit = 500_000 } = options;
  const { matcher } = await readIgnoreFile(folder, dockerfile);
  const scan: ContextScan = { bytes: 0, files: 0, ignored: 0, largest: [], truncated: false, crlfScripts: [] };
  const look = { left: MOST_LOOKED_INTO };
  let until = performance.now() + SLICE;
  for (const entry of walkContext(folder, { exclude: matcher, onIgnored: () => void scan.ignored++ })) {
    if (performance.now() > until) {
      signal?.throwIfAborted();
      await giveWay();
      until = performance.now() + SLICE;
    }
    if (entry.kind === 'folder') continue;
    if (scan.files >= limit) {
      scan.truncated = true;
      break;
    }
    scan.files++;
    if (entry.kind === 'file') take(scan, entry, look);
  }
  signal?.throwIfAborted();
  return scan;
}

function take(scan: ContextScan, entry: ContextEntry, look: { left: number }): void {
  scan.bytes += entry.size;
  const smallest = scan.largest.at(-1);
  if (entry.size > 0 && (scan.largest.length < LARGEST_KEPT || entry.size > (smallest?.bytes ?? 0))) {
    scan.largest.push({ path: entry.path, bytes: entry.size });
    scan.largest.sort((a, b) => b.bytes - a.bytes);
    scan.largest.length = Math.min(scan.largest.length, LARGEST_KEPT);
  }
  if (look.left > 0 && entry.size > 2 && entry.size <= LARGEST_SCRIPT && (SCRIPT_NAMES.test(entry.path) || (entry.mode & 0o111) !== 0)) {
    look.left--;
    if (isCrlfScript(entry.absolute)) scan.crlfScripts.push(entry.path);
    return;
  }
  try {
    accessSync(entry.absolute, constants.R_OK);
  } catch (error) {
    throw unreadable(entry.absolute, error);
  }
}

/** A first line "#!...\r\n" is enough: the kernel then looks for an interpreter whose name ends in a carriage return. */
function isCrlfScript(file: string): boolean {
  const head = Buffer.alloc(256);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    const text = head.subarray(0, readSync(descriptor, head, 0, head.length, 0)).toString('latin1');
    return text.startsWith('#!') && /^[^\n]*\r\n/.test(text);
  } finally {
    closeSync(descriptor);
  }
}

const WIDE_ON_POSIX = [
  '/',
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/home',
  '/lib',
  '/lib64',
  '/media',
  '/mnt',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/srv',
  '/sys',
  '/tmp',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/usr/local',
  '/usr/share',
  '/var',
  '/var/lib',
  '/var/tmp',
  '/Applications',
  '/Library',
  '/System',
  '/Users',
  '/Volumes',
  '/private',
  '/private/tmp',
  '/private/var',
];
const WIDE_IN_HOME = ['Desktop', 'Documents', 'Downloads', 'Library', 'Pictures', 'Movies', 'Music', 'Videos', 'AppData', 'OneDrive'];
const WIDE_ON_WINDOWS = ['windows', 'windows\\system32', 'users', 'users\\public', 'program files', 'program files (x86)', 'programdata'];

/**
 * Refuses a context that holds far more than a project: a home folder, a drive, a folder of the system. Everything beside a Dockerfile is
 * sent to the engine, keys and mail among it. Pure: no file is looked at; give it a resolved path.
 * @throws GangwayError CONTEXT_TOO_WIDE
 */
export function assertContextNotTooWide(folder: string, options: { home: string; platform?: NodeJS.Platform; path?: nodePath.PlatformPath }): void {
  const { home, platform = process.platform } = options;
  const path = options.path ?? (platform === 'win32' ? nodePath.win32 : nodePath.posix);
  const ignoreCase = platform === 'win32' || platform === 'darwin';
  const canonical = (text: string): string => {
    const resolved = path.normalize(text).replace(/(?<=[^:\\/])[\\/]+$/, '');
    return ignoreCase ? resolved.toLowerCase() : resolved;
  };
  const here = canonical(folder);
  const why = reason(here, { path, platform, canonical, home: home === '' ? null : canonical(home) });
  if (why)
    throw new GangwayError('CONTEXT_TOO_WIDE', `${folder} is ${why}: all of it would be sent to the engine.`, {
      data: { path: folder },
      hint: 'Move the Dockerfile and what it copies into a folder of their own.',
    });
}

interface Place {
  path: nodePath.PlatformPath;
  platform: NodeJS.Platform;
  home: string | null;
  canonical(text: string): string;
}

function reason(here: string, { path, platform, home, canonical }: Place): string | null {
  if (path.dirname(here) === here) return platform === 'win32' ? 'a whole drive' : 'the whole file system';
  if (home !== null && here === home) return 'a home folder';
  if (home !== null && isAbove(here, home, path)) return 'a folder above the home folder';
  if (home !== null && WIDE_IN_HOME.some((name) => here === canonical(path.join(home, name)))) return 'a folder for everything a person keeps';
  if (platform === 'win32') {
    const below = /^(?:\\\\\?\\)?[a-z]:\\(.+)$/.exec(here)?.[1];
    if (below !== undefined && (WIDE_ON_WINDOWS.includes(below) || /^users\\[^\\]+$/.test(below)))
      return below.startsWith('users\\') ? 'a home folder' : 'a folder of the system';
    return null;
  }
  if (WIDE_ON_POSIX.some((wide) => canonical(wide) === here)) return 'a folder of the system';
  if (/^\/(?:home|users)\/[^/]+$/i.test(here) && (platform !== 'linux' || here.startsWith('/home/'))) return 'a home folder';
  // Drives inside WSL and mounted disks.
  return /^\/mnt\/[a-z]$/.test(here) || /^\/(?:media\/[^/]+|volumes)\/[^/]+$/.test(here) ? 'a whole drive' : null;
}

const isAbove = (folder: string, home: string, path: nodePath.PlatformPath): boolean => {
  const relative = path.relative(folder, home);
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
};
