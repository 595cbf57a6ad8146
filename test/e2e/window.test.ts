import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launch, type Launched } from './launch.ts';

let folder: string;
let run: Launched | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-place-'));
});
afterEach(async () => {
  await run?.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (args: string[] = []): Promise<Launched> => {
  run = await launch({ folder, args });
  await run.page.getByRole('heading').first().waitFor();
  return run;
};
const call = (name: string, request: unknown): Promise<unknown> =>
  run!.page.evaluate(
    ([name_, request_]) => (window as never as { gangway: { call(name: unknown, request: unknown): Promise<unknown> } }).gangway.call(name_, request_),
    [name, request],
  );

describe('the window', () => {
  it('opens at 1280x800, is shown once there is something to see, and gets no smaller than 960x640', async () => {
    const { app } = await start();
    const facts = await app.evaluate(async ({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows()[0]!;
      while (!window.isVisible()) await new Promise((resolve) => setTimeout(resolve, 20));
      return { size: window.getSize(), minimum: window.getMinimumSize(), title: window.getTitle() };
    });
    expect(facts).toEqual({ size: [1280, 800], minimum: [960, 640], title: 'Gangway' });
  });

  it('remembers its place and theme, so that the next start does not flash', async () => {
    const { app } = await start();
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.setBounds({ x: 120, y: 90, width: 1100, height: 700 }));
    await call('settings.set', { theme: 'dark' });
    await expect.poll(() => app.evaluate(({ nativeTheme }) => nativeTheme.shouldUseDarkColors)).toBe(true);
    await run!.close();
    const saved = JSON.parse(readFileSync(join(folder, 'config', 'window', 'window.json'), 'utf8')) as { theme: string };
    expect(saved.theme).toBe('dark');
    const again = await start();
    const facts = await again.app.evaluate(({ BrowserWindow, nativeTheme }) => {
      const window = BrowserWindow.getAllWindows()[0]!;
      return { size: window.getSize(), background: window.getBackgroundColor(), source: nativeTheme.themeSource };
    });
    expect(facts).toEqual({ size: [1100, 700], background: '#14171C', source: 'dark' });
    expect(await call('app.info', null)).toMatchObject({ value: { dark: true } });
  });

  it('opens a file that stands on its command line', async () => {
    const file = join(folder, 'given.spx');
    writeFileSync(file, 'not really an extension');
    const { page } = await start([file]);
    await page
      .getByText(/given\.spx/)
      .first()
      .waitFor();
  });

  it('starts with damaged settings, and keeps them aside', async () => {
    const config = join(folder, 'config');
    await (await start()).close();
    writeFileSync(join(config, 'settings.json'), '{"theme":');
    writeFileSync(join(config, 'window', 'window.json'), '{');
    await start();
    expect(await call('settings.get', null)).toMatchObject({ ok: true, value: { theme: 'system' } });
  });

  it('ends at once when it is closed and nothing runs', async () => {
    const { app } = await start();
    const child = app.process();
    const began = Date.now();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close()).catch(() => undefined);
    await ended;
    expect(Date.now() - began).toBeLessThan(3000);
    run = undefined;
  });
});
