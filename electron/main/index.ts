/** Where the window's program starts. Windows, dialogs and security stand here; the services run in a process of their own. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, type BrowserWindow, ipcMain, nativeTheme, protocol, screen, session, utilityProcess, type UtilityProcess } from 'electron';
import { CHANNELS } from '../../shared/ipc/channels.ts';
import type { EventMessage } from '../../shared/ipc/contract.ts';
import { createSchemeHandler, SCHEME, SCHEME_PRIVILEGES, START_PAGE } from './app-scheme.ts';
import { answerDesktop } from './desktop.ts';
import { HostLink } from './host-link.ts';
import { registerIpc } from './ipc.ts';
import { setMenu } from './menu.ts';
import { openedPath } from './opened-files.ts';
import { hardenContents, hardenSession } from './security.ts';
import { createWindow, MINIMUM_SIZE } from './window.ts';
import { fitBounds, loadState, saveState } from './window-state.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const log = (line: string): void => void process.stderr.write(`gangway: ${line}\n`);

// With --no-sandbox (root in a container) it would take the switch from the child processes, which then refuse to start.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
protocol.registerSchemesAsPrivileged([SCHEME_PRIVILEGES]);
// Tests and several profiles side by side: the same folder as the services' settings.
if (process.env.GANGWAY_CONFIG_DIR) app.setPath('userData', join(process.env.GANGWAY_CONFIG_DIR, 'window'));

if (app.requestSingleInstanceLock()) main();
else app.quit();

function main(): void {
  const stateFile = join(app.getPath('userData'), 'window.json');
  const state = loadState(stateFile);
  const windows = new Set<BrowserWindow>();
  /** What the system opened before there was a window. */
  let opened = openedPath(process.argv.slice(1), process.cwd(), app.getAppPath());

  const host = new HostLink({
    fork: (): UtilityProcess => utilityProcess.fork(join(here, 'host.js'), [app.getVersion()], { serviceName: 'Gangway services' }),
    push: (windowId, batch) => send(windowId, CHANNELS.job, batch),
    event: (windowId, message) => {
      if (message.name === 'settings.changed') followTheme(message);
      send(windowId, CHANNELS.event, message);
    },
    desktop: (ask) => answerDesktop(ask.windowId, ask),
    log,
  });

  const send = (windowId: number | null, channel: string, message: unknown): void => {
    for (const { webContents } of windows)
      if ((windowId === null || webContents.id === windowId) && !webContents.isDestroyed()) webContents.send(channel, message);
  };

  const followTheme = ({ value }: Extract<EventMessage, { name: 'settings.changed' }>): void => {
    if (nativeTheme.themeSource === value.theme) return;
    nativeTheme.themeSource = value.theme;
    state.theme = value.theme;
    saveState(stateFile, state);
  };

  const openWindow = (): BrowserWindow => {
    const areas = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map((display) => display.workArea);
    const window = createWindow(fitBounds(state.bounds, areas, MINIMUM_SIZE), join(here, '../preload/index.cjs'));
    const { id } = window.webContents;
    windows.add(window);
    window.on('close', () => {
      state.bounds = { ...window.getNormalBounds(), maximized: window.isMaximized() };
      saveState(stateFile, state);
    });
    window.on('closed', () => {
      windows.delete(window);
      host.windowClosed(id);
    });
    void window.loadURL(import.meta.env.DEV && process.env.ELECTRON_RENDERER_URL ? process.env.ELECTRON_RENDERER_URL : START_PAGE);
    return window;
  };

  const open = (path: string): void => {
    const window = [...windows][0] ?? (app.isReady() ? openWindow() : null);
    if (!window) {
      opened = path;
      return;
    }
    host.opened(window.webContents.id, path);
    if (window.isMinimized()) window.restore();
    window.focus();
  };

  app.on('web-contents-created', (_, contents) => hardenContents(contents));
  app.on('open-file', (event, path) => {
    event.preventDefault();
    open(path);
  });
  app.on('second-instance', (_, argv, cwd) => {
    const path = openedPath(argv.slice(1), cwd, app.getAppPath());
    if (path) open(path);
    else [...windows][0]?.focus();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  let closed = false;
  app.on('before-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    closed = true;
    void host.close().finally(() => app.quit());
  });
  registerIpc(ipcMain, { host, isKnown: (id) => [...windows].some((window) => !window.isDestroyed() && window.webContents.id === id), log });

  void app.whenReady().then(() => {
    setMenu(process.platform);
    nativeTheme.themeSource = state.theme;
    hardenSession(session.defaultSession);
    protocol.handle(SCHEME, createSchemeHandler(join(here, '../renderer')));
    const window = openWindow();
    if (opened) host.opened(window.webContents.id, opened);
    nativeTheme.on('updated', () => host.themeChanged(nativeTheme.shouldUseDarkColors));
    app.on('activate', () => {
      if (windows.size === 0) openWindow();
    });
  });
}
