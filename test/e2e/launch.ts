import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { display } from './display.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Launched {
  app: ElectronApplication;
  page: Page;
  /** Own folder of this run, removed at the end; `config` and `cache` lie in it. */
  folder: string;
  /** A copy of the screen, where GANGWAY_SCREENSHOTS names a folder to keep them in. */
  shot(name: string): Promise<void>;
  /** Every address that the page asked for. */
  requests: string[];
  /** What the page's console said as an error, and errors that nothing caught. */
  errors: string[];
  close(): Promise<void>;
}

export interface LaunchOptions {
  /** Words after the app's folder, e.g. a file to open. */
  args?: string[];
  env?: Record<string, string>;
  /** Folder of an earlier run, to start again with its settings; is not removed then. */
  folder?: string;
  colorScheme?: 'light' | 'dark';
}

/** The Electron binary and its version, fetched where needed. */
export async function electron(): Promise<{ path: string; version: string }> {
  // In a process of its own: the script is plain JavaScript and stays out of the type check.
  const [version, ...path] = execFileSync(process.execPath, [join(root, 'scripts/provide-electron.mjs')], { encoding: 'utf8' })
    .trim()
    .split(' ');
  return { version: version!, path: path.join(' ') };
}

/** Opens the unpackaged window on a display of its own, with settings and cache of its own. Needs `npm run build` before. */
export async function launch(options: LaunchOptions = {}): Promise<Launched> {
  if (!existsSync(join(root, 'dist/main/index.js'))) throw new Error('dist/ is missing: run npm run build');
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'gangway-window-'));
  const [{ path }, { name: DISPLAY }] = await Promise.all([electron(), display()]);
  const app = await _electron.launch({
    executablePath: path,
    args: [root, '--no-sandbox', ...(options.args ?? [])],
    env: { ...inherited(), DISPLAY, GANGWAY_CONFIG_DIR: join(folder, 'config'), GANGWAY_CACHE_DIR: join(folder, 'cache'), ...options.env },
    ...(options.colorScheme ? { colorScheme: options.colorScheme } : {}),
    timeout: 30_000,
  });
  const requests: string[] = [];
  const errors: string[] = [];
  const page = await app.firstWindow({ timeout: 30_000 });
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.setDefaultTimeout(20_000);
  await page.waitForLoadState('domcontentloaded');
  return {
    app,
    page,
    folder,
    requests,
    errors,
    shot: async (name) => {
      const target = process.env.GANGWAY_SCREENSHOTS;
      if (!target) return;
      mkdirSync(target, { recursive: true });
      await page.screenshot({ path: join(target, `${name}.png`) });
    },
    close: async () => {
      await closeWithin(app, 8000);
      if (!options.folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An app that will not quit must not hold up the tests. */
async function closeWithin(app: ElectronApplication, milliseconds: number): Promise<void> {
  const child = app.process();
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  await app.close().catch(() => undefined);
  clearTimeout(timer);
}

function inherited(): Record<string, string> {
  const own = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(own.filter(([name]) => !name.startsWith('VITEST') && name !== 'NODE_ENV'));
}

/**
 * Drops files or folders from the system on the element at `selector`. A DataTransfer made in the page has files without
 * a path; the debugger's drag events give the real one, as a hand does.
 */
export async function drop(page: Page, selector: string, paths: string[]): Promise<void> {
  const box = await page.locator(selector).first().boundingBox();
  if (!box) throw new Error(`${selector} is not to be seen`);
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, ...at, data });
  await session.detach();
}
