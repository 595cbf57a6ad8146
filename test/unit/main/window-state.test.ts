import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultState, fitBounds, loadState, readState, saveState } from '../../../electron/main/window-state.ts';

const minimum = { width: 960, height: 640 };
const screen = { x: 0, y: 0, width: 1920, height: 1080 };

describe('the place of the window', () => {
  it('stays where it was on a screen that is there', () => {
    const bounds = { x: 100, y: 50, width: 1200, height: 700, maximized: true };
    expect(fitBounds(bounds, [screen], minimum)).toEqual(bounds);
  });

  it('is forgotten when its screen was unplugged', () => {
    expect(fitBounds({ x: 2500, y: 50, width: 1200, height: 700, maximized: false }, [screen], minimum)).toEqual({
      width: 1200,
      height: 700,
      maximized: false,
    });
    expect(fitBounds({ x: 100, y: -900, width: 1200, height: 700, maximized: false }, [screen], minimum)).not.toHaveProperty('x');
  });

  it('is kept on a screen left of the first', () => {
    const left = { x: -1920, y: 0, width: 1920, height: 1080 };
    expect(fitBounds({ x: -1800, y: 10, width: 1000, height: 700, maximized: false }, [screen, left], minimum)).toMatchObject({ x: -1800, y: 10 });
  });

  it('is never larger than the screen nor smaller than the minimum', () => {
    expect(fitBounds({ width: 5000, height: 3000, maximized: false }, [screen], minimum)).toEqual({ width: 1920, height: 1080, maximized: false });
    expect(fitBounds({ width: 10, height: 10, maximized: false }, [{ x: 0, y: 0, width: 800, height: 600 }], minimum)).toEqual({
      width: 960,
      height: 640,
      maximized: false,
    });
  });
});

describe('the saved state', () => {
  it.each([[null], [7], ['x'], [{}], [{ bounds: { width: -1, height: 'a', x: 1.5 }, theme: 'plaid' }]])('falls back to the default from %j', (raw) => {
    expect(readState(raw)).toEqual(defaultState());
  });

  it('comes back as it was saved, and a damaged file is as none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gangway-state-'));
    const file = join(folder, 'deep', 'window.json');
    expect(loadState(file)).toEqual(defaultState());
    const state = { bounds: { x: 1, y: 2, width: 1000, height: 700, maximized: true }, theme: 'dark' as const };
    saveState(file, state);
    expect(loadState(file)).toEqual(state);
    writeFileSync(file, '{');
    expect(loadState(file)).toEqual(defaultState());
    rmSync(folder, { recursive: true, force: true });
  });

  it('that cannot be written is no error', () => {
    expect(() => saveState('/dev/null/window.json', defaultState())).not.toThrow();
  });
});
