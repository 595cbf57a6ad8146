import { BrowserWindow, nativeTheme, type BrowserWindowConstructorOptions, type WebPreferences } from 'electron';
import type { WindowBounds } from './window-state.ts';

/** Constant on purpose: a test holds them against this very list. */
export const WEB_PREFERENCES = {
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
} as const satisfies WebPreferences;

/** The page's own background (renderer/ui/tokens.css), so that nothing flashes before the first paint. */
const BACKGROUND = { light: '#f6f7f9', dark: '#14171c' } as const;

export const MINIMUM_SIZE = { width: 960, height: 640 } as const;

export function windowOptions(bounds: WindowBounds, preload: string, dark: boolean): BrowserWindowConstructorOptions {
  const { maximized: _, ...place } = bounds;
  return {
    ...place,
    minWidth: MINIMUM_SIZE.width,
    minHeight: MINIMUM_SIZE.height,
    title: 'Gangway',
    show: false,
    backgroundColor: dark ? BACKGROUND.dark : BACKGROUND.light,
    autoHideMenuBar: true,
    webPreferences: { ...WEB_PREFERENCES, preload },
  };
}

export function createWindow(bounds: WindowBounds, preload: string): BrowserWindow {
  const window = new BrowserWindow(windowOptions(bounds, preload, nativeTheme.shouldUseDarkColors));
  window.once('ready-to-show', () => {
    if (bounds.maximized) window.maximize();
    window.show();
  });
  nativeTheme.on('updated', () => {
    if (!window.isDestroyed()) window.setBackgroundColor(nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light);
  });
  return window;
}
