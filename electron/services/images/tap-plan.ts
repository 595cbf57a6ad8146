import type { EngineInfo } from '../../../shared/docker/build.ts';

/** What the tap's decision looks at. `stored` maps the image's layers that the store has to their uncompressed size. */
export interface TapQuestion {
  engine: Pick<EngineInfo, 'local' | 'store'>;
  diffIds: string[];
  stored: ReadonlyMap<string, number>;
  /** Bytes of the image as the engine counts them. */
  imageSize: number;
}

export type TapPlan =
  /** Only the config is new. */
  { way: 'config' } | { way: 'tap'; missing: string[] } | { way: 'save'; why: string };

/** A stored layer up to this size is read through and dropped instead of being held back. */
const READ_THROUGH = 4 << 20;
/**
 * The engine's compressor makes about 18 MB/s of a push where `save` streams 80 MB/s (measured on two cores), so a tap that takes more
 * than a fifth of the image is slower than saving it whole. Small amounts go either way.
 */
const SHARE = 0.2;
const ALWAYS = 16 << 20;

/**
 * Whether a push into the tap serves, or the whole image must be saved. The engine pushes five layers at once, top first: one that
 * is held back keeps its place, so nothing missing may lie below a large stored layer.
 */
export function planTap({ engine, diffIds, stored, imageSize }: TapQuestion): TapPlan {
  const missing = [...new Set(diffIds.filter((id) => !stored.has(id)))];
  if (engine.store !== 'graph') return { way: 'save', why: 'the containerd image store compresses whole layers before it sends any' };
  if (missing.length === 0) return { way: 'config' };
  if (!engine.local) return { way: 'save', why: 'the engine does not share this loopback interface' };
  if (missing.length === new Set(diffIds).size) return { way: 'save', why: 'nothing of it is stored yet' };
  const lowest = diffIds.findIndex((id) => !stored.has(id));
  if (diffIds.slice(lowest).some((id) => (stored.get(id) ?? 0) > READ_THROUGH)) return { way: 'save', why: 'a new layer lies below a stored one' };
  const known = [...new Set(diffIds)].reduce((sum, id) => sum + (stored.get(id) ?? 0), 0);
  const fresh = Math.max(0, imageSize - known);
  if (fresh > ALWAYS && fresh > SHARE * imageSize) return { way: 'save', why: 'too much of it is new' };
  return { way: 'tap', missing };
}
