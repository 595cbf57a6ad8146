export interface Settings {
  theme: 'system' | 'light' | 'dark';
  /** Target offered first in the wizard. */
  defaultTarget: import('../extension/targets.ts').TargetId;
  /** Bound of the layer store, bytes. */
  layerStoreBytes: number;
}

export const DEFAULT_SETTINGS: Settings = { theme: 'system', defaultTarget: 'spot-core-io', layerStoreBytes: 20 * 1024 ** 3 };
