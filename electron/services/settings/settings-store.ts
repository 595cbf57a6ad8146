import { join } from 'node:path';
import { TARGET_IDS, type TargetId } from '../../../shared/extension/targets.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../shared/settings/settings.ts';
import { JsonFile } from './json-file.ts';

const THEMES: readonly Settings['theme'][] = ['system', 'light', 'dark'];

/** The user's settings in <config>/settings.json. Unknown and wrong values fall back to the default, one by one. */
export class SettingsStore {
  private readonly file: JsonFile<Settings>;
  private current: Promise<Settings> | null = null;

  constructor(configFolder: string) {
    this.file = new JsonFile(join(configFolder, 'settings.json'), readSettings);
  }

  /** Read once; a file that cannot be read at all counts as absent, since nothing depends on it. */
  get(): Promise<Settings> {
    this.current ??= this.file.read().then(
      (read) => read ?? DEFAULT_SETTINGS,
      () => DEFAULT_SETTINGS,
    );
    return this.current;
  }

  async set(change: Partial<Settings>): Promise<Settings> {
    const next = this.get().then((settings) => ({ ...settings, ...change }));
    this.current = next;
    await this.file.write(await next);
    return next;
  }
}

function readSettings(raw: unknown): Settings | null {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return null;
  const { theme, defaultTarget, layerStoreBytes } = raw as Record<string, unknown>;
  return {
    theme: THEMES.find((known) => known === theme) ?? DEFAULT_SETTINGS.theme,
    defaultTarget: TARGET_IDS.find((known): known is TargetId => known === defaultTarget) ?? DEFAULT_SETTINGS.defaultTarget,
    layerStoreBytes: typeof layerStoreBytes === 'number' && layerStoreBytes > 0 ? layerStoreBytes : DEFAULT_SETTINGS.layerStoreBytes,
  };
}
