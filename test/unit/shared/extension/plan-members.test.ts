import { describe, expect, it } from 'vitest';
import { parseCompose } from '../../../../shared/extension/compose.ts';
import { parseManifest } from '../../../../shared/extension/manifest.ts';
import type { FolderEntry, MembersPlan, PlanMembersInput } from '../../../../shared/extension/members-plan.ts';
import { planMembers } from '../../../../shared/extension/plan-members.ts';

const MANIFEST = '{"extension_name": "bot", "icon": "icon.png", "udev_rules": "my.rules", "images": ["bot.tgz"]}';
const COMPOSE = `services:
  app:
    image: bot:\${V:-1}
    env_file: app.env
    volumes: ["./data:/data", "/data/.extensions/bot/maps:/maps", "/dev:/dev"]
    command: --labels labels.pbtxt
configs: {s: {file: conf/s.json}}
`;

function plan(files: (string | FolderEntry)[], more: Partial<PlanMembersInput> & { manifestText?: string; composeText?: string } = {}): MembersPlan {
  const { manifestText = MANIFEST, composeText = COMPOSE, ...rest } = more;
  return planMembers({
    files: files.map((one) => (typeof one === 'string' ? { path: one, size: 1, kind: 'file' } : one)),
    packageDir: '.',
    recipe: null,
    archives: ['bot.tgz'],
    manifest: parseManifest(manifestText, 'manifest.json'),
    compose: parseCompose(composeText, 'docker-compose.yml'),
    ...rest,
  });
}
const names = (result: MembersPlan): string[] => result.members.map((member) => member.name);
const BASE = ['manifest.json', 'docker-compose.yml', 'icon.png', 'my.rules', 'app.env', 'data/a', 'data/sub/b', 'maps/m', 'conf/s.json'];

describe('planMembers', () => {
  it('packs in a fixed order all that manifest and compose file name, folders with their files', () => {
    const result = plan([...BASE, '.env', 'Dockerfile', 'main.py', 'data/.DS_Store', 'data/._a'].reverse());
    expect(names(result)).toEqual([
      'manifest.json',
      'docker-compose.yml',
      'bot.tgz',
      'icon.png',
      'my.rules',
      '.env',
      'app.env',
      'conf/s.json',
      'data/a',
      'data/sub/b',
      'maps/m',
    ]);
    expect(result.members.map((member) => member.kind)).toEqual([
      'manifest',
      'compose',
      'image-archive',
      'icon',
      'udev',
      'file',
      'file',
      'file',
      'file',
      'file',
      'file',
    ]);
    expect(result.findings).toEqual([]);
  });

  it('says where it looked for what is missing, and at which line it is named', () => {
    const result = plan(['extension/manifest.json', 'extension/docker-compose.yml'], { packageDir: 'extension' });
    expect(
      result.findings.filter((finding) => finding.id === 'file-missing').map(({ severity, file, line, message }) => [severity, file, line, message]),
    ).toEqual([
      ['error', 'manifest.json', 1, expect.stringContaining('Looked at extension/icon.png and icon.png.')],
      ['error', 'manifest.json', 1, expect.stringContaining('Looked at extension/my.rules and my.rules.')],
      ['error', 'docker-compose.yml', 4, expect.stringContaining('app.env (env_file of the service "app")')],
      ['warning', 'docker-compose.yml', 5, expect.stringContaining('Docker makes an empty folder')],
      ['warning', 'docker-compose.yml', 5, expect.stringContaining('maps')],
      ['error', 'docker-compose.yml', 7, expect.stringContaining('conf/s.json')],
    ]);
  });

  it('finds an icon beside the recipe when the package folder has none', () => {
    const result = plan(['x/manifest.json', 'x/docker-compose.yml', 'icon.png'], {
      packageDir: 'x',
      manifestText: '{"icon": "icon.png"}',
      composeText: 'services: {a: {image: b}}',
    });
    expect(result.members).toContainEqual({ name: 'icon.png', source: 'icon.png', size: 1, kind: 'icon' });
    expect(result.findings).toEqual([]);
  });

  it('packs what the recipe lists, and everything but junk, packages and history with --all', () => {
    const files = [...BASE, 'models/x.bin', 'notes.txt', 'Thumbs.db', '.git/config', 'old.spx', 'gangway.yaml', '__MACOSX/x', '.hidden'];
    expect(names(plan(files, { recipe: { recipe: 1, files: ['models'] } }))).toContain('models/x.bin');
    const all = names(plan(files, { all: true }));
    expect(all.slice(5)).toEqual(['.hidden', 'app.env', 'conf/s.json', 'data/a', 'data/sub/b', 'maps/m', 'models/x.bin', 'notes.txt']);
  });

  it('keeps an empty folder that is named', () => {
    const result = plan([...BASE.filter((one) => !one.startsWith('data/')), { path: 'data', size: 0, kind: 'folder' }]);
    expect(result.members).toContainEqual({ name: 'data/', source: 'data', size: 0, kind: 'directory' });
  });

  it('warns about files that look needed and stay behind', () => {
    const left = plan([...BASE, '.env.tpl', 'other.rules', 'labels.pbtxt', 'main.py', 'Dockerfile']).findings;
    expect(left.map(({ id, severity, file }) => [id, severity, file])).toEqual([
      ['file-left-out', 'warning', '.env.tpl'],
      ['file-left-out', 'warning', 'other.rules'],
      ['file-left-out', 'warning', 'labels.pbtxt'],
    ]);
  });

  it('warns about any file of a folder that holds the extension alone, and counts beyond eight', () => {
    const extra = Array.from({ length: 10 }, (_, i) => `e/f${i}.bin`);
    const { findings } = plan(['e/manifest.json', 'e/docker-compose.yml', ...extra], {
      packageDir: 'e',
      manifestText: '{}',
      composeText: 'services: {a: {image: b}}',
    });
    expect(findings).toHaveLength(9);
    expect(findings[8]?.message).toContain('2 more files');
  });

  it('refuses files outside of the folder, and a compose file under another name', () => {
    expect(plan(BASE, { composeText: 'services: {a: {image: b, env_file: ../x.env}}' }).findings).toContainEqual(
      expect.objectContaining({ id: 'file-outside', severity: 'error' }),
    );
    expect(plan(['manifest.json', 'compose.yaml'], { manifestText: '{}', compose: null }).findings).toContainEqual(
      expect.objectContaining({ severity: 'error', message: expect.stringContaining('Rename compose.yaml') }),
    );
  });

  it('lets an extension of files alone have no compose file', () => {
    const result = plan(['manifest.json', 'big.bin'], { manifestText: '{}', compose: null, archives: [], all: true });
    expect(names(result)).toEqual(['manifest.json', 'big.bin']);
    expect(result.findings.map((finding) => finding.severity)).toEqual(['warning']);
  });

  it('refuses names that are not safe, and warns of two that differ only in case', () => {
    const { findings } = plan(['manifest.json', 'docker-compose.yml', 'a\nb', 'C:x', 'A.txt', 'a.txt'], { all: true, manifestText: '{}' });
    const count = (id: string, severity: string): number => findings.filter((finding) => finding.id === id && finding.severity === severity).length;
    expect([count('member-name-unsafe', 'error'), count('member-collision', 'warning')]).toEqual([2, 1]);
  });

  it('refuses two sources for one name', () => {
    const { findings } = plan(['e/manifest.json', 'e/docker-compose.yml', 'app.env', 'e/app.env'], {
      packageDir: 'e',
      manifestText: '{"icon": "bot.tgz"}',
      archives: ['bot.tgz'],
      composeText: 'services: {}',
    });
    expect(findings).toContainEqual(expect.objectContaining({ id: 'file-missing' }));
    const collision = plan(['e/manifest.json', 'e/docker-compose.yml', 'manifest.json'], {
      packageDir: 'e',
      manifestText: '{"icon": "manifest.json"}',
      composeText: 'services: {}',
    });
    expect(names(collision)).toEqual(['manifest.json', 'docker-compose.yml', 'bot.tgz']);
  });

  it('never looks for an icon outside of the folder', () => {
    expect(plan(['manifest.json', 'docker-compose.yml'], { manifestText: '{"icon": "../icon.png"}' }).findings).toContainEqual(
      expect.objectContaining({ id: 'file-missing' }),
    );
  });

  it('leaves sockets and links that lead out behind', () => {
    expect(plan([...BASE, { path: 'data/s', size: 0, kind: 'other' }]).findings).toEqual([expect.objectContaining({ id: 'member-special', file: 'data/s' })]);
  });
});
