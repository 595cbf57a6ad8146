import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iconFolder, showIcon } from '../../../electron/host/icon.ts';
import type { SourceReport } from '../../../shared/extension/draft.ts';
import { draft, folderReport } from '../../fixtures/ui-samples.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gangway-icon-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const naming = (icon: string, packageDir = '.'): SourceReport => ({
  ...folderReport,
  draft: { ...draft, packageDir, extension: { ...draft.extension, icon } },
});

describe('the folder of an icon', () => {
  it('is the folder of the manifest, also where that lies deeper than the sources', async () => {
    mkdirSync(join(folder, 'extension'));
    expect(await iconFolder(folder, 'extension')).toBe(join(folder, 'extension'));
  });

  it('is never outside of the extension', async () => {
    await expect(iconFolder(folder, '../other')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(iconFolder(folder, '/etc')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('is the folder of the Dockerfile that was dropped', async () => {
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n');
    expect(await iconFolder(join(folder, 'Dockerfile'), '.')).toBe(folder);
  });
});

describe('the icon that a draft names', () => {
  it('is shown from where the manifest lies', async () => {
    mkdirSync(join(folder, 'extension'));
    writeFileSync(join(folder, 'extension', 'icon.png'), 'png');
    expect(await showIcon(folder, naming('icon.png', 'extension'))).toEqual({ iconPreview: 'data:image/png;base64,cG5n' });
  });

  it('is not shown where it is missing, no picture, outside, or large', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'x');
    writeFileSync(join(folder, 'large.png'), Buffer.alloc(2 << 20));
    for (const icon of ['', 'missing.png', 'notes.txt', '../icon.png', '/etc/hostname.png', 'large.png'])
      expect(await showIcon(folder, naming(icon))).toEqual({});
  });
});
