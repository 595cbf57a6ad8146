import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPath, type CheckReport } from '../../../../electron/services/extension/check-path.ts';
import { readArchive } from '../../../../electron/services/images/read-archive.ts';
import { BROKEN_VARIANTS, brokenFolder, GOOD_FOLDERS } from '../../../fixtures/check-folders.ts';

async function check(files: Record<string, string>): Promise<CheckReport> {
  const root = await mkdtemp(path.join(tmpdir(), 'gangway-variant-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, name)), { recursive: true });
      await writeFile(path.join(root, name), text);
    }
    return await checkPath({ readArchive, home: '/nowhere', owner: null }, { path: root }, { signal: new AbortController().signal, report: () => undefined });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

describe('good folders', () => {
  it.each(Object.keys(GOOD_FOLDERS))('%s has nothing but its archive to build', async (name) => {
    const { findings } = await check(GOOD_FOLDERS[name] ?? {});
    expect(findings.map((finding) => finding.id)).toEqual(['archive-not-built']);
  });
});

describe('broken variants', () => {
  it.each(BROKEN_VARIANTS)('$name, at its line', async (one) => {
    const { files, file, line } = brokenFolder(one);
    const { findings } = await check(files);
    const found = findings.map((finding) => `${finding.id} ${finding.file}:${finding.line}`);
    expect(found).toContain(`${one.rule} ${file}:${line}`);
    // One mistake, one finding of weight.
    expect(findings.filter((finding) => finding.severity !== 'hint').map((finding) => finding.id)).toEqual([one.rule]);
  });
});
