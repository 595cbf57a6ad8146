import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, root, type Launched } from './launch.ts';

let run: Launched;
beforeAll(async () => {
  run = await launch();
});
afterAll(() => run?.close());

describe('the real window', () => {
  it('shows the page from our scheme and asks the network for nothing', async () => {
    await run.page.getByRole('heading').first().waitFor();
    expect(run.page.url()).toMatch(/^app:\/\/gangway\/index\.html/);
    expect(run.requests.filter((address) => !address.startsWith('app://gangway/') && !address.startsWith('data:'))).toEqual([]);
  });

  it('answers app.info through preload, main and host', async () => {
    const info = await run.page.evaluate(() =>
      (window as never as { gangway: { call(name: string, request: null): Promise<unknown> } }).gangway.call('app.info', null),
    );
    expect(info).toEqual({ ok: true, value: { version: expect.stringMatching(/^\d+\.\d+\.\d+$/), os: 'linux', dark: false } });
  });

  it('runs the page with the preferences that were set (2-4, 6, 8-12)', async () => {
    const preferences = await run.app.evaluate(({ BrowserWindow }) =>
      (BrowserWindow.getAllWindows()[0]!.webContents as never as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences(),
    );
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      nodeIntegration: false,
      webviewTag: false,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
    });
  });

  it('gives the page neither Node nor Electron (2, 20)', async () => {
    const found = await run.page.evaluate(() => {
      const { gangway } = window as never as { gangway: object };
      return {
        types: ['require', 'process', 'Buffer', 'module', 'electron', 'ipcRenderer'].map((name) => typeof (window as never as Record<string, unknown>)[name]),
        functions: Object.keys(gangway),
      };
    });
    expect(found.types).toEqual(Array(6).fill('undefined'));
    expect(found.functions).toEqual(['call', 'job', 'onPush', 'onEvent', 'ready', 'grantFile']);
  });

  it('hands a listener exactly one argument, the message (20)', async () => {
    const counts = await run.page.evaluate(
      () =>
        new Promise((resolve) => {
          const { gangway } = window as never as {
            gangway: { onEvent(listener: (...args: unknown[]) => void): void; call(name: string, request: unknown): Promise<unknown> };
          };
          gangway.onEvent((...args) => resolve([args.length, Object.keys(args[0] as object)]));
          void gangway.call('settings.set', { theme: 'system' });
        }),
    );
    expect(counts).toEqual([1, ['name', 'value']]);
  });

  it('keeps answering after the page rewrote the language under it (3)', async () => {
    const answer = await run.page.evaluate(async () => {
      const { push } = Array.prototype;
      Array.prototype.push = () => {
        throw new Error('poisoned');
      };
      try {
        return await (window as never as { gangway: { call(name: string, request: null): Promise<{ ok: boolean }> } }).gangway.call('jobs.list', null);
      } finally {
        Array.prototype.push = push;
      }
    });
    expect(answer).toMatchObject({ ok: true });
  });

  it('does not let the page grant itself a path', async () => {
    const answers = await run.page.evaluate(async () => {
      const { gangway } = window as never as {
        gangway: {
          call(name: unknown, request: unknown): Promise<{ error: { code: string } }>;
          grantFile(file: unknown): Promise<{ error: { code: string } }>;
        };
      };
      const made = new File(['FROM scratch'], 'Dockerfile');
      return [
        (await gangway.grantFile(made)).error.code,
        (await gangway.grantFile({ path: '/etc/passwd' }).catch(() => ({ error: { code: 'threw' } }))).error.code,
        (await gangway.call('grant', { path: '/etc/passwd' })).error.code,
        (await gangway.call('source.inspect', { source: '/etc/passwd' })).error.code,
      ];
    });
    expect(answers).toEqual(['FILE_NOT_LOCAL', 'FILE_NOT_LOCAL', 'BAD_REQUEST', 'FORBIDDEN']);
  });

  it('blocks inline scripts, evaluated strings, remote images, frames and connections (7)', async () => {
    const outcome = await run.page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
      const add = (tag: string, set: Record<string, string>): void => void document.body.append(Object.assign(document.createElement(tag), set));
      add('script', { textContent: 'window.inlineRan = true' });
      add('img', { src: 'https://example.com/x.png' });
      add('iframe', { src: 'https://example.com/' });
      // A string given to a timer: `Function()` from a debugger would be let through.
      setTimeout('window.evalRan = true' as never, 0);
      const fetched = await fetch('https://example.com/').then(
        () => 'fetched',
        () => 'blocked',
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { inlineRan, evalRan } = window as never as Record<string, unknown>;
      return { violations: [...new Set(violations)].sort(), inlineRan, evalRan, fetched };
    });
    expect(outcome.inlineRan).toBeUndefined();
    expect(outcome.evalRan).toBeUndefined();
    expect(outcome.fetched).toBe('blocked');
    for (const directive of ['connect-src', 'frame-src', 'img-src', 'script-src-elem']) expect(outcome.violations).toContain(directive);
  });

  it('makes a webview a plain element, and opens no window (11-12, 14)', async () => {
    expect(
      await run.page.evaluate(() => {
        const webview = document.createElement('webview');
        document.body.append(webview);
        return [Object.getPrototypeOf(webview) === HTMLElement.prototype, window.open('https://example.com')];
      }),
    ).toEqual([true, null]);
    expect(await run.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  it('refuses permissions (5)', async () => {
    const states = await run.page.evaluate(async () => [
      await Notification.requestPermission(),
      (await navigator.permissions.query({ name: 'geolocation' })).state,
      await navigator.mediaDevices.getUserMedia({ audio: true }).then(
        () => 'granted',
        (error: Error) => error.name,
      ),
    ]);
    expect(states.slice(0, 2)).toEqual(['denied', 'denied']);
    expect(states[2]).not.toBe('granted');
  });

  it("serves the page's own files and nothing else (18)", async () => {
    const statuses = await run.app.evaluate(async ({ net }) => {
      const ask = async (address: string): Promise<number> => (await net.fetch(address).catch(() => ({ status: 0 }))).status;
      return Promise.all(
        [
          'app://gangway/index.html',
          'app://other/index.html',
          'app://gangway/..%2fmain%2findex.js',
          'app://gangway/..%2f..%2fpackage.json',
          'app://gangway//etc/passwd',
        ].map(ask),
      );
    });
    expect(statuses[0]).toBe(200);
    for (const status of statuses.slice(1)) expect([403, 404]).toContain(status);
  });

  it('refuses a foreign page that has the same preload (17)', async () => {
    const answer = await run.app.evaluate(
      async ({ BrowserWindow }, preload) => {
        const foreign = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true, contextIsolation: true } });
        await foreign.loadURL('data:text/html,<p>foreign</p>');
        const result = await foreign.webContents.executeJavaScript(`Promise.all([gangway.call('app.info', null), gangway.job({})]).then(JSON.stringify)`);
        foreign.destroy();
        return result;
      },
      join(root, 'dist/preload/index.cjs'),
    );
    expect((JSON.parse(answer) as { error: { code: string } }[]).map(({ error }) => error.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  });

  it('keeps its own page whole: no error, no violation of its own', () => {
    // What the tests above provoked is of example.com, inline or evaluated, or met the array that one of them poisoned.
    expect(
      run.errors.filter((error) => !/poisoned|example\.com|inline script|unsafe-eval|Refused to (load|execute|evaluate|connect|frame)/.test(error)),
    ).toEqual([]);
  });

  it('survives a crash of the services: they are started anew and answer', async () => {
    await run.app.evaluate(async ({ app }) => {
      const services = app
        .getAppMetrics()
        .find(({ name, serviceName }) => name === 'Gangway services' || serviceName === 'Gangway services' || name?.includes('services'));
      if (!services) throw new Error(JSON.stringify(app.getAppMetrics().map(({ type, name, serviceName }) => ({ type, name, serviceName }))));
      process.kill(services.pid, 'SIGKILL');
    });
    await run.page.waitForTimeout(300);
    const answer = await run.page.evaluate(() =>
      (window as never as { gangway: { call(name: string, request: null): Promise<unknown> } }).gangway.call('settings.get', null),
    );
    expect(answer).toMatchObject({ ok: true });
  });

  it('stays where it is when the page tries to go elsewhere (13)', async () => {
    // Last: Playwright waits for that navigation ever after.
    await run.app.evaluate(
      ({ BrowserWindow }) => void BrowserWindow.getAllWindows()[0]!.webContents.executeJavaScript(`location.href = 'https://example.com'; 0`),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await run.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.webContents.getURL())).toMatch(/^app:\/\/gangway\//);
  });
});

describe('a second start', () => {
  it('ends at once, and hands the file that it was given to the first window', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gangway-second-'));
    const first = await launch({ folder });
    try {
      await first.page.evaluate(() => {
        const target = window as never as { opened: unknown[]; gangway: { onEvent(listener: (message: { name: string; value: unknown }) => void): void } };
        target.opened = [];
        target.gangway.onEvent((message) => message.name === 'source.opened' && target.opened.push(message.value));
      });
      writeFileSync(join(folder, 'x.spx'), 'not really');
      const second = launch({ folder, args: [join(folder, 'x.spx')] }).catch(() => null);
      await first.page.waitForFunction(() => (window as never as { opened: unknown[] }).opened.length > 0);
      expect(await first.page.evaluate(() => (window as never as { opened: unknown[] }).opened)).toEqual([
        { grantId: expect.any(String), name: 'x.spx', kind: 'file' },
      ]);
      await (await second)?.close();
    } finally {
      await first.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
