import { randomBytes } from 'node:crypto';
import { chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { applyFixes, safeFixes, type FixHunk } from '../../../shared/checks/apply-fixes.ts';
import type { Finding } from '../../../shared/checks/finding.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { Owner } from './output-file.ts';

/**
 * Applies the safe fixes of the findings to the files of a folder. A file appears changed only when it is whole; its mode stays. A file that
 * is no UTF-8 is left alone, since writing it would change other bytes.
 * @throws GangwayError OUTPUT_NOT_WRITABLE
 */
export async function fixFolder(
  root: string,
  findings: readonly Finding[],
  owner: Owner | null,
): Promise<{ file: string; titles: string[]; hunks: FixHunk[] }[]> {
  const fixes = safeFixes(findings);
  const changed: { file: string; titles: string[]; hunks: FixHunk[] }[] = [];
  for (const file of new Set(fixes.map((fix) => fix.file))) {
    const at = await realpath(path.join(root, file)).catch(() => null);
    if (at === null) continue;
    const bytes = await readFile(at);
    const text = bytes.toString('utf8');
    if (!Buffer.from(text, 'utf8').equals(bytes)) continue;
    const result = applyFixes(
      text,
      fixes.filter((fix) => fix.file === file),
    );
    if (result.text === text) continue;
    await replace(at, result.text, owner);
    changed.push({ file, titles: result.fixes.map((fix) => fix.title), hunks: result.hunks });
  }
  return changed;
}

async function replace(file: string, text: string, owner: Owner | null): Promise<void> {
  const part = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  try {
    const { mode, uid, gid } = await stat(file);
    const handle = await open(part, 'wx', mode & 0o7777);
    try {
      await handle.writeFile(text, 'utf8');
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Written by root for somebody else, a file stays theirs.
    if (process.getuid?.() === 0) await chown(part, owner?.uid ?? uid, owner?.gid ?? gid);
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    throw new GangwayError('OUTPUT_NOT_WRITABLE', `${file} could not be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
      data: { path: file },
    });
  }
}
