import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Recents } from '../../../../electron/services/settings/recents.ts';
import { SettingsStore } from '../../../../electron/services/settings/settings-store.ts';
import { DEFAULT_SETTINGS } from '../../../../shared/settings/settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('settings', () => {
  it('are the defaults where there is no file, and are there again after a restart', async () => {
    expect(await new SettingsStore(folder).get()).toEqual(DEFAULT_SETTINGS);
    await new SettingsStore(folder).set({ theme: 'dark' });
    expect(await new SettingsStore(folder).get()).toEqual({ ...DEFAULT_SETTINGS, theme: 'dark' });
  });

  it('set a file aside that is not JSON, and keep what was in it', async () => {
    writeFileSync(join(folder, 'settings.json'), '{"theme": "dark"');
    expect(await new SettingsStore(folder).get()).toEqual(DEFAULT_SETTINGS);
    const [aside] = readdirSync(folder);
    expect(aside).toMatch(/^settings\.json\.corrupt-\d+$/);
    expect(readFileSync(join(folder, aside!), 'utf8')).toBe('{"theme": "dark"');
  });

  it('answer everybody who asks while a damaged file is set aside', async () => {
    writeFileSync(join(folder, 'settings.json'), '{');
    const store = new SettingsStore(folder);
    expect(await Promise.all([store.get(), store.get(), new SettingsStore(folder).get()])).toEqual([DEFAULT_SETTINGS, DEFAULT_SETTINGS, DEFAULT_SETTINGS]);
  });

  it('are the defaults where the file cannot be read at all', async () => {
    mkdirSync(join(folder, 'settings.json'));
    expect(await new SettingsStore(folder).get()).toEqual(DEFAULT_SETTINGS);
  });

  it('fall back value by value', async () => {
    writeFileSync(join(folder, 'settings.json'), JSON.stringify({ theme: 'plaid', defaultTarget: 'orbit', layerStoreBytes: -1, other: 1 }));
    expect(await new SettingsStore(folder).get()).toEqual({ ...DEFAULT_SETTINGS, defaultTarget: 'orbit' });
  });

  it('are written whole, one after the other, for the user alone', async () => {
    const store = new SettingsStore(join(folder, 'deep', 'er'));
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.set({ layerStoreBytes: 2 ** 30 + i })));
    expect((await new SettingsStore(join(folder, 'deep', 'er')).get()).layerStoreBytes).toBe(2 ** 30 + 19);
    expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['settings.json']);
    if (process.platform !== 'win32') expect(statSync(join(folder, 'deep', 'er', 'settings.json')).mode & 0o777).toBe(0o600);
  });
});

describe('recent sources', () => {
  it('stand newest first, once each, and at most twelve', async () => {
    let now = 0;
    const recents = new Recents(folder, () => ++now);
    for (let i = 0; i < 14; i++) await recents.add(join(folder, `source-${i}`));
    await recents.add(join(folder, 'source-5'));
    const names = (await new Recents(folder).list()).map(({ name }) => name);
    expect(names).toHaveLength(12);
    expect(names.slice(0, 3)).toEqual(['source-5', 'source-13', 'source-12']);
  });

  it('say whether the source is still there, and give its path by id only', async () => {
    mkdirSync(join(folder, 'here'));
    const recents = new Recents(folder);
    await recents.add(join(folder, 'here'));
    await recents.add(join(folder, 'gone'));
    const list = await recents.list();
    expect(list.map(({ name, exists }) => [name, exists])).toEqual([
      ['gone', false],
      ['here', true],
    ]);
    expect(await recents.path(list[1]!.id)).toBe(join(folder, 'here'));
    expect(await recents.path(join(folder, 'here'))).toBeNull();
  });

  it('start empty over a file of another shape', async () => {
    writeFileSync(join(folder, 'recents.json'), '{"a": 1}');
    expect(await new Recents(folder).list()).toEqual([]);
  });
});
