import { parseImageConfig } from '../../../shared/docker/image-config.ts';
import { sha256 } from './layer-files.ts';
import type { LayerIntake, StoreIntake, TakenLayer } from './layer-intake.ts';
import type { LayerIndex } from './layer-index.ts';

/**
 * What of an engine's save need not be read, since the wanted images are known beforehand: a layer that has the length and the first MiB of a stored
 * one of these images goes by unread (its bytes would not be used: archives are assembled from the store), and the stream may stop once every
 * missing layer, by its digest, and every config is there. A layer taken for another one so leaves a missing layer missing, and the
 * archive has to be read again without this.
 */
export class Shortcut {
  private readonly unclaimed: Set<LayerIndex>;
  private readonly missing: Set<string>;

  /** `ids` are what the engine calls the images: the digests of their configs (with a containerd store they are not, and nothing stops early). */
  constructor(
    private readonly ids: readonly string[],
    stored: Iterable<LayerIndex>,
    missing: Iterable<string>,
  ) {
    this.unclaimed = new Set(stored);
    this.missing = new Set(missing);
  }

  /** Whether any layer went by unread. */
  skipped = false;

  /** Where a layer of `size` uncompressed bytes goes; undefined where that is not known. */
  intake(inner: StoreIntake, size: number | undefined): LayerIntake {
    return new ShortcutIntake(inner, {
      // Each stored layer serves once: of two that look alike, the second is read.
      recognise: (alike) => {
        const found = alike.find((index) => index.size === size && this.unclaimed.has(index));
        if (!found) return null;
        this.unclaimed.delete(found);
        this.skipped = true;
        return found;
      },
      read: ({ diffId }) => this.missing.delete(diffId),
    });
  }

  /** The configs of the images, in the order of their ids, once they and all missing layers went by; else null. */
  complete(meta: ReadonlyMap<string, Buffer>): Buffer[] | null {
    if (this.missing.size > 0) return null;
    const configs: Buffer[] = [];
    for (const id of this.ids) {
      const hex = id.slice('sha256:'.length);
      const bytes = meta.get(`${hex}.json`) ?? meta.get(`blobs/sha256/${hex}`);
      if (!bytes || sha256(bytes) !== id || !isConfig(bytes)) return null;
      configs.push(bytes);
    }
    return configs;
  }
}

/** A containerd store calls an image by its manifest: a blob with that digest is there too, and is no config. */
function isConfig(bytes: Buffer): boolean {
  try {
    parseImageConfig(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

interface Judge {
  /** The stored layer that this one is taken for, among those that begin alike. */
  recognise(alike: readonly LayerIndex[]): LayerIndex | null;
  /** A layer was read to its end. */
  read(layer: TakenLayer): void;
}

/** Takes a layer until it is recognised by its beginning. */
class ShortcutIntake implements LayerIntake {
  private known: LayerIndex | null = null;
  private judged = false;

  constructor(
    private readonly inner: StoreIntake,
    private readonly judge: Judge,
  ) {}

  write(bytes: Buffer): void {
    if (this.known) return;
    this.inner.write(bytes);
    if (this.judged || !this.inner.begun) return;
    this.judged = true;
    this.known = this.judge.recognise(this.inner.alikes);
    // As long as a layer equals a stored one nothing of it is written: this only gives its memory back.
    if (this.known) this.inner.abort().catch(() => undefined);
  }

  ready(): Promise<void> | null {
    return this.known ? null : this.inner.ready();
  }

  async finish(): Promise<TakenLayer> {
    if (this.known) return { diffId: this.known.diffId, size: this.known.size, machines: this.known.machines };
    const taken = await this.inner.finish();
    this.judge.read(taken);
    return taken;
  }

  abort(): Promise<void> {
    return this.inner.abort();
  }
}
