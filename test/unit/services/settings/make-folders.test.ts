import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders } from '../../../../electron/services/settings/make-folders.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-folders-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('making folders', () => {
  it('makes all that are missing and names the topmost', async () => {
    expect(await makeFolders(path.join(folder, 'a/b/c'))).toBe(path.join(folder, 'a'));
    expect(statSync(path.join(folder, 'a/b/c')).isDirectory()).toBe(true);
    expect(await makeFolders(path.join(folder, 'a/b'))).toBeUndefined();
    expect(await makeFolders(path.join(folder, 'a/b/d'))).toBe(path.join(folder, 'a/b/d'));
  });

  it('ends with the error of the system where a file stands in the way', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    await expect(makeFolders(path.join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolders(path.join(folder, 'file/below/it'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.skipIf(process.platform !== 'linux')('comes back where a folder takes no new one', async () => {
    await expect(makeFolders('/proc/gangway/below')).rejects.toMatchObject({ code: expect.stringMatching(/^(ENOENT|EACCES|EPERM)$/) });
  });

  it('may be asked for one folder twice at once', async () => {
    await Promise.all([1, 2, 3, 4].map(() => makeFolders(path.join(folder, 'x/y/z'))));
    expect(statSync(path.join(folder, 'x/y/z')).isDirectory()).toBe(true);
  });
});
