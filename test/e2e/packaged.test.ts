import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { display } from './display.ts';
import { root } from './launch.ts';

/** Packed once for the whole file, into a folder of its own. */
describe.runIf(process.platform === 'linux')('the packed window', () => {
  let folder: string;
  let binary: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gangway-packed-'));
    execFileSync(process.execPath, [join(root, 'scripts/dist.mjs'), '--dir', `--output=${folder}`], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
    binary = join(folder, 'linux-unpacked', 'gangway');
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has every fuse set as it should be', () => {
    const text = execFileSync(process.execPath, [join(root, 'node_modules/@electron/fuses/dist/bin.js'), 'read', '--app', binary], { encoding: 'utf8' });
    const fuses = Object.fromEntries(
      [...text.replaceAll(/\x1b\[\d+m/g, '').matchAll(/(\w+) is (Enabled|Disabled)/g)].map(([, name, state]) => [name, state === 'Enabled']),
    );
    expect(fuses).toMatchObject({
      RunAsNode: false,
      EnableCookieEncryption: true,
      EnableNodeOptionsEnvironmentVariable: false,
      EnableNodeCliInspectArguments: false,
      EnableEmbeddedAsarIntegrityValidation: true,
      OnlyLoadAppFromAsar: true,
      GrantFileProtocolExtraPrivileges: false,
    });
  });

  it('no longer runs scripts as Node would, nor takes NODE_OPTIONS', () => {
    const marker = join(folder, 'ran');
    const script = `require('fs').writeFileSync(${JSON.stringify(marker)}, '')`;
    const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '', GANGWAY_CONFIG_DIR: join(folder, 'config') };
    spawnSync(binary, ['--no-sandbox', '-e', script], { env: { ...env, ELECTRON_RUN_AS_NODE: '1' }, timeout: 10_000 });
    writeFileSync(join(folder, 'hook.cjs'), script);
    spawnSync(binary, ['--no-sandbox'], { env: { ...env, NODE_OPTIONS: `--require ${join(folder, 'hook.cjs')}` }, timeout: 10_000 });
    expect(existsSync(marker)).toBe(false);
  });

  it('holds its code in one archive, with the samples beside it', () => {
    const resources = join(folder, 'linux-unpacked', 'resources');
    expect(existsSync(join(resources, 'app.asar'))).toBe(true);
    expect(existsSync(join(resources, 'app'))).toBe(false);
    expect(existsSync(join(resources, 'samples', 'hello-spot', 'Dockerfile'))).toBe(true);
    expect(readFileSync(join(resources, 'app.asar')).includes(Buffer.from('scripts/provide-electron'))).toBe(false);
  });

  it('opens, and its services answer', async () => {
    const config = mkdtempSync(join(folder, 'run-'));
    const { name: DISPLAY } = await display();
    const child = spawn(binary, ['--no-sandbox', '--remote-debugging-port=0'], {
      env: { ...process.env, DISPLAY, GANGWAY_CONFIG_DIR: config, GANGWAY_CACHE_DIR: join(config, 'cache') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      const browser = await chromium.connectOverCDP(await debuggingAddress(child));
      const context = browser.contexts()[0]!;
      const page = context.pages()[0] ?? (await context.waitForEvent('page'));
      await page.getByRole('heading').first().waitFor();
      expect(page.url()).toBe('app://gangway/index.html');
      const ask = (name: string): Promise<unknown> =>
        page.evaluate((call) => (window as never as { gangway: { call(name: string, request: null): Promise<unknown> } }).gangway.call(call, null), name);
      expect(await ask('app.info')).toMatchObject({ ok: true });
      expect(await ask('jobs.list')).toEqual({ ok: true, value: [] });
      expect(await ask('doctor.run')).toMatchObject({ ok: true, value: { os: expect.any(String) } });
      await browser.close();
    } finally {
      child.kill();
      await new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(undefined)));
    }
  });
});

/** The address that Chromium prints once its port is open. */
function debuggingAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`no debugging port; it said: ${text}`)), 30_000);
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const address = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${text}`)));
  });
}
