import { describe, expect, it } from 'vitest';
import { appPaths, layerStoreRoot } from '../../../../electron/services/settings/paths.ts';

describe('the folders of the application', () => {
  it('follow XDG on Linux, where a relative value counts as unset', () => {
    expect(appPaths({ platform: 'linux', env: {}, home: '/home/ada' })).toEqual({
      cache: '/home/ada/.cache/gangway',
      config: '/home/ada/.config/gangway',
      data: '/home/ada/.local/share/gangway',
    });
    const env = { XDG_CACHE_HOME: '/var/c', XDG_CONFIG_HOME: 'relative', XDG_DATA_HOME: '/var/d/' };
    expect(appPaths({ platform: 'linux', env, home: '/home/ada' })).toEqual({
      cache: '/var/c/gangway',
      config: '/home/ada/.config/gangway',
      data: '/var/d/gangway',
    });
  });

  it('lie in the Library on macOS', () => {
    expect(appPaths({ platform: 'darwin', env: {}, home: '/Users/ada' })).toEqual({
      cache: '/Users/ada/Library/Caches/Gangway',
      config: '/Users/ada/Library/Application Support/Gangway',
      data: '/Users/ada/Library/Application Support/Gangway/Data',
    });
  });

  it('follow APPDATA and LOCALAPPDATA on Windows, and the profile where those are unset', () => {
    const env = { APPDATA: 'D:\\Roaming', LOCALAPPDATA: 'D:\\Local' };
    expect(appPaths({ platform: 'win32', env, home: 'C:\\Users\\ada' })).toEqual({
      cache: 'D:\\Local\\Gangway\\Cache',
      config: 'D:\\Roaming\\Gangway',
      data: 'D:\\Local\\Gangway\\Data',
    });
    const bare = appPaths({ platform: 'win32', env: {}, home: 'C:\\Users\\ada' });
    expect(bare.config).toBe('C:\\Users\\ada\\AppData\\Roaming\\Gangway');
    expect(layerStoreRoot(bare, 'win32')).toBe('C:\\Users\\ada\\AppData\\Local\\Gangway\\Cache\\layers');
  });

  it('can be moved by the environment', () => {
    const env = { GANGWAY_CACHE_DIR: '/tmp/c', GANGWAY_CONFIG_DIR: '/tmp/g' };
    expect(appPaths({ platform: 'linux', env, home: '/home/ada' })).toEqual({ cache: '/tmp/c', config: '/tmp/g', data: '/tmp/g/data' });
    expect(appPaths({ platform: 'linux', env: { GANGWAY_CACHE_DIR: 'here' }, home: '/home/ada' }).cache).toBe('/home/ada/.cache/gangway');
  });
});
