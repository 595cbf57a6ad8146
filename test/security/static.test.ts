import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const sources = (folder: string): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', folder], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(ts|tsx|html|css)$/.test(file) && existsSync(join(root, file)));

vi.mock('electron', () => ({ BrowserWindow: class {}, nativeTheme: { on: () => undefined, shouldUseDarkColors: false } }));

describe("the window's preferences (Electron checklist 2-4, 6, 8-11)", () => {
  it('are exactly these', async () => {
    const { WEB_PREFERENCES } = await import('../../electron/main/window.ts');
    expect(WEB_PREFERENCES).toEqual({
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
      enableBlinkFeatures: '',
    });
  });

  it('are the ones the window gets, with the preload and nothing else', async () => {
    const { WEB_PREFERENCES, windowOptions, MINIMUM_SIZE } = await import('../../electron/main/window.ts');
    const options = windowOptions({ width: 1280, height: 800, maximized: true }, '/preload.cjs', true);
    expect(options.webPreferences).toEqual({ ...WEB_PREFERENCES, preload: '/preload.cjs' });
    expect(options).toMatchObject({ minWidth: 960, minHeight: 640, show: false });
    expect(options.backgroundColor).not.toBe(windowOptions({ width: 1, height: 1, maximized: false }, '', false).backgroundColor);
    expect(MINIMUM_SIZE).toEqual({ width: 960, height: 640 });
  });

  it('turns on the sandbox for every process', () => {
    expect(text('electron/main/index.ts')).toContain('app.enableSandbox()');
  });
});

describe('sources', () => {
  it('of the page name no address on the network (1)', () => {
    const found = sources('renderer').filter((file) => /['"`(]https?:\/\//.test(text(file).replaceAll('http://www.w3.org/', '')));
    expect(found).toEqual([]);
  });

  it('never turn off what protects the page (6)', () => {
    const weak =
      /webSecurity:\s*false|contextIsolation:\s*false|sandbox:\s*false|nodeIntegration:\s*true|webviewTag:\s*true|allowRunningInsecureContent:\s*true|bypassCSP|unsafe-inline|unsafe-eval/;
    expect([...sources('electron'), ...sources('renderer'), ...sources('shared')].filter((file) => weak.test(text(file)))).toEqual([]);
  });

  it('set no HTML from text and compile no code in the page', () => {
    const risky = /dangerouslySetInnerHTML|\.innerHTML\s*=|\.outerHTML\s*=|insertAdjacentHTML|new Function\(|[^.\w]eval\(/;
    expect(sources('renderer').filter((file) => risky.test(text(file)))).toEqual([]);
  });

  it('start child processes by argument lists only, never through a shell', () => {
    const shell = /shell:\s*true|[^.\w]exec\(|[^.\w]execSync\(/;
    expect(sources('electron').filter((file) => shell.test(text(file)))).toEqual([]);
  });

  it('use no synchronous message and no remote module', () => {
    expect([...sources('electron'), ...sources('renderer')].filter((file) => /sendSync|@electron\/remote/.test(text(file)))).toEqual([]);
  });

  it('open addresses in one place, which takes them from the list', () => {
    const opening = sources('electron').filter((file) => /openExternal/.test(text(file)));
    expect(opening).toEqual(['electron/main/desktop.ts']);
  });

  it('keep the ipc channels in main to the one file that checks the sender (17)', () => {
    const listening = sources('electron/main').filter((file) => /ipcMain\.(handle|on|once|handleOnce)\(/.test(text(file)));
    expect(listening).toEqual(['electron/main/ipc.ts']);
  });
});

describe('the preload (20)', () => {
  const exposed: Record<string, Record<string, (...args: never[]) => unknown>> = {};
  const sent: unknown[][] = [];
  const listeners = new Map<string, (event: unknown, message: unknown) => void>();
  let pathOf: (file: unknown) => string = () => '';

  beforeAll(async () => {
    vi.resetModules();
    vi.doMock('electron', () => ({
      contextBridge: { exposeInMainWorld: (name: string, api: never) => Object.assign(exposed, { [name]: api }) },
      ipcRenderer: {
        invoke: async (...args: unknown[]) => {
          sent.push(args);
          structuredClone(args[1]);
          return { ok: true, value: null };
        },
        send: (...args: unknown[]) => void sent.push(args),
        on: (channel: string, listener: never) => void listeners.set(channel, listener),
        off: (channel: string) => void listeners.delete(channel),
      },
      webUtils: { getPathForFile: (file: unknown) => pathOf(file) },
    }));
    await import('../../electron/preload/index.ts');
  });

  it('gives the page exactly six functions under one name', () => {
    expect(Object.keys(exposed)).toEqual(['gangway']);
    expect(Object.keys(exposed.gangway!)).toEqual(['call', 'job', 'onPush', 'onEvent', 'ready', 'grantFile']);
    expect(Object.values(exposed.gangway!).every((one) => typeof one === 'function')).toBe(true);
  });

  it('passes the message alone to a listener, no event object, until it stops listening', () => {
    const got: unknown[][] = [];
    const stop = exposed.gangway!.onPush!(((...args: unknown[]) => got.push(args)) as never) as () => void;
    listeners.get('job')!({ sender: 'ipcRenderer' }, ['batch']);
    expect(got).toEqual([[['batch']]]);
    stop();
    expect(listeners.has('job')).toBe(false);
  });

  it('lets the page choose name and request, never the kind of the message', async () => {
    sent.length = 0;
    await exposed.gangway!.call!('x' as never, { kind: 'grant', path: '/etc/passwd' } as never);
    expect(sent).toEqual([['call', { kind: 'call', name: 'x', request: { kind: 'grant', path: '/etc/passwd' } }]]);
  });

  it('grants only files that have a path on this computer', async () => {
    sent.length = 0;
    expect(await exposed.gangway!.grantFile!({} as never)).toMatchObject({ ok: false, error: { code: 'FILE_NOT_LOCAL' } });
    pathOf = () => {
      throw new TypeError('not a File');
    };
    expect(await exposed.gangway!.grantFile!('/etc/passwd' as never)).toMatchObject({ ok: false, error: { code: 'FILE_NOT_LOCAL' } });
    expect(sent).toEqual([]);
    pathOf = () => '/home/a/Dockerfile';
    await exposed.gangway!.grantFile!({} as never);
    expect(sent).toEqual([['call', { kind: 'grant', path: '/home/a/Dockerfile' }]]);
  });

  it('answers BAD_REQUEST to what cannot be cloned, instead of throwing', async () => {
    expect(await exposed.gangway!.call!('x' as never, (() => 1) as never)).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } });
  });
});

describe('what is shipped', () => {
  it('pins Electron and every other dependency to one version (16)', () => {
    const { dependencies, devDependencies } = JSON.parse(text('package.json')) as Record<string, Record<string, string>>;
    for (const version of Object.values({ ...dependencies, ...devDependencies })) expect(version).toMatch(/^(npm:[a-z-]+@)?\d+\.\d+\.\d+$/);
  });

  it('runs no install script of any package', () => {
    expect(text('.npmrc')).toContain('ignore-scripts=true');
  });

  it('sets every fuse (19)', () => {
    const yaml = text('electron-builder.yml');
    for (const [fuse, on] of [
      ['runAsNode', false],
      ['enableCookieEncryption', true],
      ['enableNodeOptionsEnvironmentVariable', false],
      ['enableNodeCliInspectArguments', false],
      ['enableEmbeddedAsarIntegrityValidation', true],
      ['onlyLoadAppFromAsar', true],
      ['grantFileProtocolExtraPrivileges', false],
    ])
      expect(yaml).toContain(`  ${fuse}: ${on}\n`);
    expect(yaml).toContain('ext: spx');
  });

  it('has a page without inline script or style (7)', () => {
    const pages = [text('renderer/index.html'), ...(existsSync(join(root, 'dist/renderer/index.html')) ? [text('dist/renderer/index.html')] : [])];
    for (const page of pages) {
      expect(page).toContain('__CSP_NONCE__');
      expect([...page.matchAll(/<script\b([^>]*)>([^<]*)/g)].every(([, attributes, body]) => attributes!.includes('src=') && body === '')).toBe(true);
      expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|https?:/);
    }
  });

  it.runIf(existsSync(join(root, 'dist/renderer/assets')))('compiles no code at run time in the built page', () => {
    for (const file of readdirSync(join(root, 'dist/renderer/assets')).filter((name) => name.endsWith('.js'))) {
      // zod asks with one guarded `new Function("")` whether it may; schemas are told not to (jitless).
      expect(text(`dist/renderer/assets/${file}`).replaceAll(/new Function\(``\)|new Function\(""\)/g, '')).not.toMatch(/[^.\w$](eval|Function)\(["'`a-z]/);
    }
  });
});
