import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layersToDrop } from '../../../../electron/services/images/collect.ts';

const layer = (digest: string, bytes: number, usedAt: number) => ({ digest, bytes, usedAt });

describe('layersToDrop', () => {
  it('drops the longest unused until the rest fits, and no more', () => {
    const layers = [layer('new', 40, 3), layer('old', 40, 1), layer('mid', 40, 2)];
    expect(layersToDrop(layers, new Set(), 100).map(({ digest }) => digest)).toEqual(['old']);
    expect(layersToDrop(layers, new Set(), 79).map(({ digest }) => digest)).toEqual(['old', 'mid']);
    expect(layersToDrop(layers, new Set(), 120)).toEqual([]);
  });

  it('passes over held layers even where the bound cannot be kept then', () => {
    expect(layersToDrop([layer('a', 40, 1), layer('b', 40, 2)], new Set(['a']), 0).map(({ digest }) => digest)).toEqual(['b']);
  });

  it('never drops a held layer and never drops more than needed by a whole layer', () => {
    const any = fc.record({ digest: fc.uuid(), bytes: fc.integer({ min: 1, max: 1000 }), usedAt: fc.integer({ min: 0, max: 50 }) });
    fc.assert(
      fc.property(
        fc.uniqueArray(any, { selector: ({ digest }) => digest }),
        fc.integer({ min: 0, max: 5000 }),
        fc.func(fc.boolean()),
        (layers, bound, isHeld) => {
          const held = new Set(layers.filter(({ digest }) => isHeld(digest)).map(({ digest }) => digest));
          const dropped = layersToDrop(layers, held, bound);
          expect(dropped.some(({ digest }) => held.has(digest))).toBe(false);
          const rest = layers.reduce((sum, { bytes }) => sum + bytes, 0) - dropped.reduce((sum, { bytes }) => sum + bytes, 0);
          if (rest > bound) expect(dropped.length + held.size).toBe(layers.length);
          const last = dropped.at(-1);
          if (last) expect(rest + last.bytes).toBeGreaterThan(bound);
        },
      ),
    );
  });
});
