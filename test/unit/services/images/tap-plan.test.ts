import { describe, expect, it } from 'vitest';
import { planTap } from '../../../../electron/services/images/tap-plan.ts';

const MB = 1_000_000;
const local = { local: true, store: 'graph' } as const;
const plan = (diffIds: string[], stored: Record<string, number>, imageSize: number, engine: Parameters<typeof planTap>[0]['engine'] = local) =>
  planTap({ engine, diffIds, stored: new Map(Object.entries(stored)), imageSize });

describe('planTap', () => {
  it('taps when only the top layer is new', () => {
    expect(plan(['base', 'mid', 'top'], { base: 500 * MB, mid: 80 * MB }, 581 * MB)).toEqual({ way: 'tap', missing: ['top'] });
  });

  it('needs no layer at all when only the config is new', () => {
    expect(plan(['base', 'top'], { base: 500 * MB, top: MB }, 501 * MB)).toEqual({ way: 'config' });
    expect(plan(['base'], { base: MB }, MB, { local: false, store: 'graph' })).toEqual({ way: 'config' });
  });

  it.each([
    ['nothing is stored yet', ['a', 'b'], {}, 10 * MB, local],
    ['a new layer lies below a large stored one', ['base', 'new', 'top'], { base: 500 * MB, top: 80 * MB }, 581 * MB, local],
    ['too much is new', ['base', 'top'], { base: 300 * MB }, 600 * MB, local],
    ['the engine has another loopback', ['base', 'top'], { base: 500 * MB }, 501 * MB, { local: false, store: 'graph' as const }],
    ['the engine compresses whole layers first', ['base', 'top'], { base: 500 * MB }, 501 * MB, { local: true, store: 'containerd' as const }],
  ])('saves when %s', (_, diffIds, stored, size, engine) => {
    expect(plan(diffIds, stored, size, engine).way).toBe('save');
  });

  it('reads through small stored layers above a new one', () => {
    expect(plan(['base', 'new', 'tiny'], { base: 500 * MB, tiny: 1000 }, 501 * MB)).toEqual({ way: 'tap', missing: ['new'] });
  });

  it('taps small images whatever their share is', () => {
    expect(plan(['base', 'top'], { base: 2 * MB }, 10 * MB).way).toBe('tap');
  });

  it('counts a layer that occurs twice once', () => {
    expect(plan(['base', 'x', 'x'], { base: 100 * MB }, 101 * MB)).toEqual({ way: 'tap', missing: ['x'] });
  });
});
