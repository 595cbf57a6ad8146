import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface WindowBounds {
  x?: number;
  y?: number;
  width: number;
  height: number;
  maximized: boolean;
}
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What main must know before the services answer: where the window was, and the theme. */
export interface WindowState {
  bounds: WindowBounds;
  theme: 'system' | 'light' | 'dark';
}

const DEFAULT_SIZE = { width: 1280, height: 800 } as const;

export function defaultState(): WindowState {
  return { bounds: { ...DEFAULT_SIZE, maximized: false }, theme: 'system' };
}

/** Reads a saved state; anything that is not as it should be falls back to the default. */
export function readState(raw: unknown): WindowState {
  const state = defaultState();
  if (typeof raw !== 'object' || raw === null) return state;
  const { bounds, theme } = raw as { bounds?: Record<string, unknown>; theme?: unknown };
  if (theme === 'light' || theme === 'dark') state.theme = theme;
  const { x, y, width, height, maximized } = bounds ?? {};
  if (isSize(width) && isSize(height)) state.bounds = { ...state.bounds, width, height };
  if (Number.isInteger(x) && Number.isInteger(y)) state.bounds = { ...state.bounds, x: x as number, y: y as number };
  state.bounds.maximized = maximized === true;
  return state;
}

/**
 * The bounds on the screens that there are now: where too little of the window would be seen, the place is forgotten (the
 * screen was unplugged), and it is never larger than the screen nor smaller than the minimum.
 */
export function fitBounds(bounds: WindowBounds, areas: readonly Area[], minimum: { width: number; height: number }): WindowBounds {
  const { x, y, width, height, maximized } = bounds;
  const size = (area: Area | undefined): { width: number; height: number } => ({
    width: Math.max(minimum.width, Math.min(width, area?.width ?? width)),
    height: Math.max(minimum.height, Math.min(height, area?.height ?? height)),
  });
  if (x === undefined || y === undefined) return { ...size(areas[0]), maximized };
  // A strip of the title bar that a hand can take hold of.
  const area = areas.find((one) => overlap(x, width, one.x, one.width) >= 120 && y >= one.y - 10 && y < one.y + one.height - 40);
  return area ? { x, y, ...size(area), maximized } : { ...size(areas[0]), maximized };
}

export function loadState(file: string): WindowState {
  try {
    return readState(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return defaultState();
  }
}

/** Losing this file costs nothing, so a failure to write it is no error. */
export function saveState(file: string, state: WindowState): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.part`, JSON.stringify(state));
    renameSync(`${file}.part`, file);
  } catch {
    // The next start opens with the default place.
  }
}

const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0 && (value as number) < 100_000;
const overlap = (a: number, aLength: number, b: number, bLength: number): number => Math.min(a + aLength, b + bLength) - Math.max(a, b);
