import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planDraftFiles, writeChanges } from '../../../../electron/services/extension/draft-files.ts';
import { inspectSource } from '../../../../electron/services/extension/inspect-source.ts';
import { readArchive } from '../../../../electron/services/images/read-archive.ts';
import type { FileChange } from '../../../../shared/extension/draft.ts';
import { imageArchive } from './image-archive.ts';

const never = new AbortController().signal;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-draft-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const change = (name: string, after: string, before: string | null = null): FileChange => ({
  path: name,
  kind: before === null ? 'create' : 'edit',
  before,
  after,
});

describe('the files of a draft', () => {
  it('are planned for a saved image in a folder beside it, and written there', async () => {
    const archive = path.join(folder, 'camera.tgz');
    writeFileSync(archive, await imageArchive({ tag: 'camera:3', architecture: 'arm64' }));
    const { draft } = await inspectSource({ readArchive, home: '/home/nobody' }, archive, never);
    const plan = await planDraftFiles(archive, draft, never);
    expect(plan.root).toBe(path.join(folder, 'camera'));
    expect(plan.changes.map(({ path: name, kind }) => [name, kind])).toEqual([
      ['manifest.json', 'create'],
      ['docker-compose.yml', 'create'],
      ['gangway.yaml', 'create'],
    ]);
    expect(existsSync(plan.root)).toBe(false);
    mkdirSync(plan.root);
    writeFileSync(path.join(plan.root, 'icon.png'), 'chosen before the first Build');
    expect((await planDraftFiles(archive, draft, never)).root).toBe(plan.root);
    await writeChanges(plan.root, plan.changes, null);
    expect(readFileSync(path.join(plan.root, 'gangway.yaml'), 'utf8')).toContain('../camera.tgz');
    const again = await inspectSource({ readArchive, home: '/home/nobody' }, archive, never);
    expect(again).toMatchObject({ hasManifest: true, hasCompose: true, hasRecipe: true });
    expect((await planDraftFiles(archive, again.draft, never)).changes).toEqual([]);
  });

  it('are written all or none: what was there stays when a later one fails', async () => {
    writeFileSync(path.join(folder, 'manifest.json'), 'old');
    mkdirSync(path.join(folder, 'docker-compose.yml'));
    await expect(
      writeChanges(folder, [change('manifest.json', 'new', 'old'), change('package/x', 'y'), change('docker-compose.yml', 'new')], null),
    ).rejects.toMatchObject({ wire: { code: 'OUTPUT_NOT_WRITABLE' } });
    expect(readFileSync(path.join(folder, 'manifest.json'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['docker-compose.yml', 'manifest.json']);
  });

  it('keep their permission bits', async () => {
    const file = path.join(folder, 'manifest.json');
    writeFileSync(file, 'old');
    chmodSync(file, 0o600);
    await writeChanges(folder, [change('manifest.json', 'new', 'old')], null);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(execFileSync('stat', ['-c', '%a', file], { encoding: 'utf8' }).trim()).toBe('600');
  });

  it("never lie outside of the extension's folder", async () => {
    writeFileSync(path.join(folder, 'Dockerfile'), 'FROM scratch\n');
    const { draft } = await inspectSource({ readArchive, home: '/home/nobody' }, path.join(folder, 'Dockerfile'), never);
    await expect(planDraftFiles(path.join(folder, 'Dockerfile'), { ...draft, packageDir: '../elsewhere' }, never)).rejects.toMatchObject({
      wire: { code: 'BAD_REQUEST' },
    });
  });
});
