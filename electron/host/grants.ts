import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { GangwayError } from '../../shared/errors/codes.ts';
import type { Grant } from '../../shared/ipc/contract.ts';

/** What a grant stands for; the page never sees the path. */
export interface Granted {
  path: string;
  kind: 'file' | 'folder';
}

/**
 * Which paths each window may name. A path gets in only by a person's act (drop, dialog, opened from the system, a recent
 * source), is resolved to the real one there and then, and is forgotten when its window closes.
 */
export class Grants {
  private readonly windows = new Map<number, Map<string, Granted>>();
  private readonly onGranted: (windowId: number, grantId: string, path: string) => void;

  constructor(onGranted: (windowId: number, grantId: string, path: string) => void = () => undefined) {
    this.onGranted = onGranted;
  }

  /** @throws GangwayError FILE_NOT_LOCAL, FILE_NOT_FOUND, FILE_UNREADABLE, SOURCE_NOT_UNDERSTOOD (a device, a socket) */
  async add(windowId: number, path: string, grantId: string = randomUUID()): Promise<Grant> {
    if (path === '' || !isAbsolute(path) || path.includes('\0')) throw new GangwayError('FILE_NOT_LOCAL', 'What was dropped has no path on this computer.');
    const { real, stat } = await resolved(path);
    if (!stat.isFile() && !stat.isDirectory()) throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${basename(path)} is neither a file nor a folder.`);
    const granted: Granted = { path: real, kind: stat.isDirectory() ? 'folder' : 'file' };
    const own = this.windows.get(windowId) ?? new Map<string, Granted>();
    this.windows.set(windowId, own.set(grantId, granted));
    this.onGranted(windowId, grantId, real);
    return { grantId, name: basename(real) || real, kind: granted.kind };
  }

  /** @throws GangwayError FORBIDDEN where this window was not given it */
  get(windowId: number, grantId: string): Granted {
    const granted = this.windows.get(windowId)?.get(grantId);
    if (!granted) throw new GangwayError('FORBIDDEN', 'This window was not given that file.');
    return granted;
  }

  forget(windowId: number): void {
    this.windows.delete(windowId);
  }
}

async function resolved(path: string): Promise<{ real: string; stat: Stats }> {
  try {
    const real = await realpath(path);
    return { real, stat: await lstat(real) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new GangwayError('FILE_NOT_FOUND', `${basename(path)} is not there.`, { cause: error });
    throw new GangwayError('FILE_UNREADABLE', `${basename(path)} cannot be read (${code ?? 'unknown'}).`, { cause: error });
  }
}
