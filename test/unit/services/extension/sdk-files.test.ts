import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isExecutable, isJunk, walkFolder } from '../../../../electron/services/extension/folder-files.ts';
import { readFolder } from '../../../../electron/services/extension/read-folder.ts';
import { completeManifest, isoDate, sourceDate } from '../../../../electron/services/extension/sdk-manifest.ts';
import { additionalMembers, optionalMember } from '../../../../electron/services/extension/sdk-members.ts';
import { GangwayError } from '../../../../shared/errors/codes.ts';

const never = new AbortController().signal;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-sdk-'));
  mkdirSync(path.join(folder, 'ext'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, text = name): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

describe('the manifest inside the package', () => {
  it('gets target and date added, and nothing else of it is touched', () => {
    const text = '{\n    "version": "1.0.0",   "weight": 1.0,\n    "images": ["a.tgz"]\n}\n';
    const { text: after, added } = completeManifest(text, { installationTarget: 'spot', date: '2024-01-02T03:04:05' });
    expect(added).toEqual(['installation_target', 'date']);
    expect(after).toBe(
      '{\n    "version": "1.0.0",   "weight": 1.0,\n    "images": ["a.tgz"],\n    "installation_target": "spot",\n    "date": "2024-01-02T03:04:05"\n}\n',
    );
    expect(JSON.parse(after)).toEqual({ version: '1.0.0', weight: 1, images: ['a.tgz'], installation_target: 'spot', date: '2024-01-02T03:04:05' });
  });

  it.each(['{}', '{ }', '{"a": 1}', '\ufeff{"a": [1]}', '{\r\n\t"a": {"b": 1}\r\n}\r\n'])('stays JSON whatever its layout: %j', (text) => {
    const { text: after } = completeManifest(text, { installationTarget: 'orbit', date: 'd' });
    expect(JSON.parse(after)).toEqual({ ...JSON.parse(text.replace(/^\ufeff/, '')), installation_target: 'orbit', date: 'd' });
  });

  it('keeps target and date that are there', () => {
    const text = '{"installation_target":"orbit","date":"2020-01-01T00:00:00"}';
    expect(completeManifest(text, { installationTarget: 'spot', date: 'x' })).toEqual({ text, added: [] });
  });

  it('takes its date from SOURCE_DATE_EPOCH, else from the newest input, in a form that every Python reads back', () => {
    expect(isoDate(sourceDate({ SOURCE_DATE_EPOCH: '1700000000' }, 5))).toBe('2023-11-14T22:13:20');
    expect(isoDate(sourceDate({}, 1_700_000_000_999))).toBe('2023-11-14T22:13:20');
    expect(isoDate(sourceDate({ SOURCE_DATE_EPOCH: 'yesterday' }, 0))).toBe('1970-01-01T00:00:00');
  });
});

describe('icon and udev rules', () => {
  const lookup = (): { packageDir: string; cwd: string } => ({ packageDir: path.join(folder, 'ext'), cwd: folder });
  const icon = (option: string | undefined, named?: string) => optionalMember('icon', { option, named, fallback: 'icon.png' }, lookup());

  it('are found where the SDK looks and where a person means', async () => {
    put('ext/icon.png');
    put('here.rules');
    expect((await icon('icon.png'))?.source).toMatchObject({ path: path.join(folder, 'ext/icon.png') });
    expect((await icon('./ext/icon.png'))?.source).toMatchObject({ path: path.join(folder, 'ext/icon.png') });
    const udev = await optionalMember('udev', { option: 'here.rules', named: undefined, fallback: 'udev_rule.rule' }, lookup());
    expect(udev).toMatchObject({ name: 'here.rules', kind: 'udev' });
  });

  it('that were asked for and are nowhere are an error that names both places', async () => {
    await expect(icon('./extension/image.png')).rejects.toMatchObject({
      wire: { code: 'FILE_NOT_FOUND', data: { looked: [path.join(folder, 'ext/extension/image.png'), path.join(folder, 'extension/image.png')] } },
    });
    await expect(icon(undefined, 'named.png')).rejects.toThrow('which manifest.json names');
  });

  it('that nobody asked for may be absent', async () => {
    put('icon.png');
    expect(await icon(undefined)).toBeNull();
  });
});

describe('additional files', () => {
  it("are packed by their last name, folders with all that is in them, and a missing one is the SDK's own warning", async () => {
    put('ext/data/deep/model.bin');
    put('ext/data/._model.bin');
    put('ext/data/.DS_Store');
    put('ext/sub/run.sh');
    const { members, findings } = await additionalMembers(['data', 'sub/run.sh', 'none.txt'], path.join(folder, 'ext'), never);
    expect(members.map((member) => member.name)).toEqual(['data/', 'data/deep/', 'data/deep/model.bin', 'run.sh']);
    expect(findings.map((finding) => finding.message)).toEqual([`No file none.txt in package directory ${path.join(folder, 'ext')}.`]);
  });
});

describe('walking a folder', () => {
  it('follows links, enters no folder twice, and passes over what file managers leave', async () => {
    put('ext/a.txt');
    put('ext/Thumbs.db');
    put('outside/b.txt');
    symlinkSync('..', path.join(folder, 'ext/loop'));
    symlinkSync(path.join(folder, 'outside'), path.join(folder, 'ext/link'));
    symlinkSync('nowhere', path.join(folder, 'ext/dangling'));
    symlinkSync('.', path.join(folder, 'ext/self'));
    const kinds = (files: Awaited<ReturnType<typeof walkFolder>>) => Object.fromEntries(files.map((file) => [file.path, file.kind]));
    const all = kinds(await walkFolder(path.join(folder, 'ext')));
    expect(all).toMatchObject({ 'a.txt': 'file', 'link/b.txt': 'file', dangling: 'other', 'loop/outside/b.txt': 'file' });
    expect(Object.keys(all)).not.toContain('Thumbs.db');
    expect(Object.keys(all)).not.toContain('self');
    expect(kinds(await walkFolder(path.join(folder, 'ext'), { inside: true }))).toEqual({ 'a.txt': 'file', dangling: 'other', link: 'other', loop: 'other' });
  });

  it('calls a vanished folder what it is', async () => {
    await expect(walkFolder(path.join(folder, 'none'))).rejects.toBeInstanceOf(GangwayError);
  });

  it('looks into folders of dependencies only where someone asks for them', async () => {
    put('ext/manifest.json', '{"version":"1.0.0"}');
    put('ext/node_modules/a/index.js');
    put('ext/.git/config');
    const paths = async (all: boolean) =>
      (await readFolder(path.join(folder, 'ext'), { home: '/home/nobody', signal: never, all })).files.map((file) => file.path);
    expect(await paths(false)).toEqual(['manifest.json']);
    expect(await paths(true)).toEqual(['manifest.json', 'node_modules', 'node_modules/a', 'node_modules/a/index.js']);
    put('ext/gangway.yaml', 'recipe: 1\nfiles:\n  - node_modules/a\n');
    expect(await paths(false)).toContain('node_modules/a/index.js');
  });

  it('knows junk by name', () => {
    expect(['._a', '.DS_Store', 'Thumbs.db', 'x.spx.12-0a1b2c3d.part'].every(isJunk)).toBe(true);
    expect(['.env', 'a.part', '.hidden', 'manifest.json'].some(isJunk)).toBe(false);
  });

  it('takes the execute bit from the file, and on Windows from the first two bytes', async () => {
    const script = put('ext/run.sh', '#!/bin/sh\n');
    expect(await isExecutable(script, 0o644, 'linux')).toBe(false);
    expect(await isExecutable(script, 0o755, 'darwin')).toBe(true);
    expect(await isExecutable(script, 0o666, 'win32')).toBe(true);
    expect(await isExecutable(put('ext/data', 'x'), 0o777, 'win32')).toBe(false);
  });
});
