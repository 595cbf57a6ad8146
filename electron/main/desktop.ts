import { BrowserWindow, dialog, nativeTheme, shell, webContents, type OpenDialogOptions } from 'electron';
import type { DesktopAsk, DesktopAsks } from '../../shared/ipc/host-protocol.ts';
import type { Result } from '../../shared/ipc/result.ts';
import { linkAddress } from './links.ts';

const DIALOGS: Readonly<Record<DesktopAsks['pick']['request']['what'], OpenDialogOptions>> = {
  'dockerfile-or-archive': {
    title: 'Choose a Dockerfile, a saved image or an .spx file',
    properties: ['openFile', 'showHiddenFiles'],
    filters: [
      { name: 'All files', extensions: ['*'] },
      { name: 'Spot extensions', extensions: ['spx'] },
      { name: 'Saved images', extensions: ['tar', 'tgz', 'gz', 'zst'] },
    ],
  },
  folder: { title: 'Choose a folder', properties: ['openDirectory'] },
  icon: { title: 'Choose an icon', properties: ['openFile'], filters: [{ name: 'Pictures', extensions: ['png', 'jpg', 'jpeg', 'svg', 'gif', 'webp'] }] },
  'output-folder': { title: 'Choose where to write', properties: ['openDirectory', 'createDirectory'] },
};

/** Does what the services ask of the desktop, for one window. */
export async function answerDesktop(windowId: number, ask: DesktopAsk): Promise<Result<unknown>> {
  switch (ask.ask) {
    case 'dark':
      return { ok: true, value: { dark: nativeTheme.shouldUseDarkColors } };
    case 'pick': {
      const contents = webContents.fromId(windowId);
      const window = contents ? BrowserWindow.fromWebContents(contents) : null;
      const options = DIALOGS[ask.request.what];
      const { canceled, filePaths } = window ? await dialog.showOpenDialog(window, options) : await dialog.showOpenDialog(options);
      return { ok: true, value: { path: canceled ? null : (filePaths[0] ?? null) } };
    }
    case 'reveal':
      shell.showItemInFolder(ask.request.path);
      return { ok: true, value: null };
    case 'openLink': {
      const address = linkAddress(ask.request.id);
      if (address === null) return { ok: false, error: { code: 'FORBIDDEN', message: "That link is not one of Gangway's." } };
      await shell.openExternal(address);
      return { ok: true, value: null };
    }
  }
}
