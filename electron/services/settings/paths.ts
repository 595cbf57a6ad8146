import path from 'node:path';

export interface PathsInput {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, absolute. */
  home: string;
}

/** Folders of this user, absolute. `cache` may be deleted at any time; `config` is what a person would back up. */
export interface AppPaths {
  cache: string;
  config: string;
  data: string;
}

/**
 * Where Gangway keeps things, by the habits of each system: XDG on Linux (where a relative value must be ignored, XDG Base
 * Directory 0.8), ~/Library on macOS, %APPDATA% and %LOCALAPPDATA% on Windows. GANGWAY_CACHE_DIR and GANGWAY_CONFIG_DIR win.
 */
export function appPaths({ platform, env, home }: PathsInput): AppPaths {
  const p = platform === 'win32' ? path.win32 : path.posix;
  const absolute = (value: string | undefined, fallback: string): string => (value && p.isAbsolute(value) ? p.normalize(value) : fallback);
  const own = systemPaths(platform, env, home, p, absolute);
  const config = absolute(env.GANGWAY_CONFIG_DIR, own.config);
  return {
    cache: absolute(env.GANGWAY_CACHE_DIR, own.cache),
    config,
    data: env.GANGWAY_CONFIG_DIR && p.isAbsolute(env.GANGWAY_CONFIG_DIR) ? p.join(config, 'data') : own.data,
  };
}

function systemPaths(
  platform: NodeJS.Platform,
  env: PathsInput['env'],
  home: string,
  p: path.PlatformPath,
  absolute: (value: string | undefined, fallback: string) => string,
): AppPaths {
  if (platform === 'win32') {
    const local = absolute(env.LOCALAPPDATA, p.join(home, 'AppData', 'Local'));
    const roaming = absolute(env.APPDATA, p.join(home, 'AppData', 'Roaming'));
    return { cache: p.join(local, 'Gangway', 'Cache'), config: p.join(roaming, 'Gangway'), data: p.join(local, 'Gangway', 'Data') };
  }
  if (platform === 'darwin') {
    const support = p.join(home, 'Library', 'Application Support', 'Gangway');
    return { cache: p.join(home, 'Library', 'Caches', 'Gangway'), config: support, data: p.join(support, 'Data') };
  }
  return {
    cache: p.join(absolute(env.XDG_CACHE_HOME, p.join(home, '.cache')), 'gangway'),
    config: p.join(absolute(env.XDG_CONFIG_HOME, p.join(home, '.config')), 'gangway'),
    data: p.join(absolute(env.XDG_DATA_HOME, p.join(home, '.local', 'share')), 'gangway'),
  };
}

/** The layer store's folder inside the cache. */
export function layerStoreRoot(paths: AppPaths, platform: NodeJS.Platform): string {
  return (platform === 'win32' ? path.win32 : path.posix).join(paths.cache, 'layers');
}
