import { randomBytes } from 'node:crypto';
import { chown, lstat, open, readdir, realpath, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { makeFolders } from '../settings/make-folders.ts';

/** Whom a written file should belong to; null leaves it to the system. */
export interface Owner {
  uid: number;
  gid: number;
}

/** Under sudo, the person who typed it: a result that only root may delete is a known complaint about the SDK's scripts. */
export function ownerUnderSudo(env: Readonly<Record<string, string | undefined>>, uid: number | undefined): Owner | null {
  if (uid !== 0) return null;
  const digits = /^\d{1,10}$/;
  if (!env.SUDO_UID || !env.SUDO_GID || !digits.test(env.SUDO_UID) || !digits.test(env.SUDO_GID)) return null;
  return { uid: Number(env.SUDO_UID), gid: Number(env.SUDO_GID) };
}

/** A file that appears under its name only when it is whole. Until then it lies beside it, as `<name>.<pid>-<random>.part`. */
export interface OutputFile {
  /** Final path, links resolved. */
  path: string;
  partPath: string;
  handle: FileHandle;
  /** Takes over the permission bits of the file that is replaced, if there is one. */
  keepMode(): Promise<void>;
  /** Flushes to disk, without renaming yet. */
  sync(): Promise<void>;
  /** Closes and renames into place. */
  commit(): Promise<void>;
  /** Closes and removes what was written, also folders made for it. Never throws. */
  discard(): Promise<void>;
}

/**
 * Opens a new file for `target` (absolute). Refuses to replace an input or a folder. The part's name is unique, so two writers of one target cannot
 * mix their bytes: the last rename wins, whole.
 */
export async function openOutput(target: string, options: { inputs: readonly string[]; owner: Owner | null; mode?: number }): Promise<OutputFile> {
  const made = await makeFolders(path.dirname(target)).catch((error: unknown) => {
    throw outputError(error, path.dirname(target));
  });
  const final = await finalPath(target, options.inputs);
  await removeDeadParts(final);
  const partPath = `${final}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  const handle = await open(partPath, 'wx+', options.mode ?? 0o644).catch(async (error: unknown) => {
    await removeFolders(path.dirname(target), made);
    throw outputError(error, target);
  });
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await handle.close();
  };
  const output: OutputFile = {
    path: final,
    partPath,
    handle,
    keepMode: async () => {
      const before = await stat(final).catch(() => null);
      if (before) await handle.chmod(before.mode & 0o7777).catch(() => undefined);
    },
    sync: async () => {
      try {
        await handle.sync();
      } catch (error) {
        throw outputError(error, target);
      }
    },
    commit: async () => {
      try {
        if (options.mode !== undefined) await handle.chmod(options.mode);
        if (options.owner) {
          await handle.chown(options.owner.uid, options.owner.gid);
          for (const folder of foldersBetween(path.dirname(target), made)) await chown(folder, options.owner.uid, options.owner.gid);
        }
        await handle.sync();
        await close();
        await renameOver(partPath, final);
        await syncFolder(path.dirname(final));
      } catch (error) {
        throw outputError(error, target);
      }
    },
    discard: async () => {
      await close().catch(() => undefined);
      await rm(partPath, { force: true }).catch(() => undefined);
      await removeFolders(path.dirname(target), made);
    },
  };
  return output;
}

/** Writes a small file whole or not at all; an existing one keeps its permission bits, and its content until the last moment. */
export async function writeFileWhole(target: string, content: string | Uint8Array, owner: Owner | null): Promise<void> {
  const output = await openOutput(target, { inputs: [], owner });
  try {
    await output.handle.writeFile(content).catch((error: unknown) => {
      throw outputError(error, target);
    });
    await output.keepMode();
    await output.commit();
  } catch (error) {
    await output.discard();
    throw error;
  }
}

const UNWRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOENT', 'EBUSY', 'ENAMETOOLONG']);

/** Turns what the file system says about an output into words that name the place. */
export function outputError(error: unknown, place: string): unknown {
  if (error instanceof GangwayError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new GangwayError('DISK_FULL', `There is no space left where ${place} should be written.`, {
      data: { path: place },
      remedy: { kind: 'retry' },
      cause: error,
    });
  }
  if (code === 'EFBIG') {
    return new GangwayError('OUTPUT_NOT_WRITABLE', `The file system at ${place} cannot hold a file this large.`, {
      hint: 'FAT32 stops at 4 GiB. Use exFAT, NTFS or ext4.',
      data: { path: place },
      cause: error,
    });
  }
  if (code && UNWRITABLE.has(code)) {
    return new GangwayError('OUTPUT_NOT_WRITABLE', `${place} cannot be written (${code}).`, { data: { path: place, reason: code }, cause: error });
  }
  return error;
}

/** Where the bytes go: links resolved. Refuses a folder, a device, and the files to pack. */
export async function finalPath(target: string, inputs: readonly string[]): Promise<string> {
  const existing = await lstat(target).catch(() => null);
  const resolved = existing?.isSymbolicLink() ? await realpath(target).catch(() => target) : target;
  const there = await stat(resolved).catch(() => null);
  if (!there) return resolved;
  if (there.isDirectory()) throw new GangwayError('OUTPUT_NOT_WRITABLE', `${target} is a folder.`, { hint: 'Name a file.', data: { path: target } });
  if (!there.isFile()) throw new GangwayError('OUTPUT_NOT_WRITABLE', `${target} is not a regular file.`, { data: { path: target } });
  for (const input of inputs) {
    const other = await stat(input).catch(() => null);
    if (other && other.dev === there.dev && other.ino === there.ino) {
      throw new GangwayError('OUTPUT_NOT_WRITABLE', `${target} is one of the files to pack, so it cannot be the result.`, {
        hint: 'Give the result another name.',
        data: { path: target },
      });
    }
  }
  return resolved;
}

/** Parts of writers that were killed. Ten minutes of silence and a dead process id: another computer may share the folder. */
async function removeDeadParts(final: string): Promise<void> {
  const folder = path.dirname(final);
  const prefix = `${path.basename(final)}.`;
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    const match = name.startsWith(prefix) ? /^(\d+)-[0-9a-f]{8}\.part$/.exec(name.slice(prefix.length)) : null;
    if (!match || isAlive(Number(match[1]))) continue;
    const info = await lstat(path.join(folder, name)).catch(() => null);
    if (info?.isFile() && Date.now() - info.mtimeMs > 600_000) await rm(path.join(folder, name), { force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** On Windows a scanner or an Explorer preview holds a file for a moment: the rename then fails with EPERM or EBUSY. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (process.platform !== 'win32' || tries >= 10 || (code !== 'EPERM' && code !== 'EBUSY' && code !== 'EACCES')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * (tries + 1)));
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function foldersBetween(folder: string, made: string | undefined): string[] {
  if (!made) return [];
  const folders: string[] = [];
  for (let at = folder; at.startsWith(made); at = path.dirname(at)) folders.push(at);
  return folders;
}

async function removeFolders(folder: string, made: string | undefined): Promise<void> {
  for (const each of foldersBetween(folder, made)) await rmdir(each).catch(() => undefined);
}
