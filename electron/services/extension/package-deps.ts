import type { Engine } from '../ports/engine.ts';
import type { LayerStore, ReadArchive } from '../ports/layer-store.ts';
import type { Owner } from './output-file.ts';

/** What the verbs of this folder need of the world. */
export interface PackageDeps {
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  /** Absolute; a build context may not be it. */
  home: string;
  /** Asked for only when something is built or comes from the engine: packing archives works without one. */
  engine: () => Engine;
  store: LayerStore;
  readArchive: ReadArchive;
  /** Whom results belong to, under sudo. */
  owner: Owner | null;
}
