// Draws resources/icons/icon.png (1024 px) from icon.svg with Electron itself, since no other renderer of SVG need be there.
// electron-builder makes .ico, .icns and the sizes for Linux from it. Run it after the .svg was changed: node scripts/draw-icons.mjs
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provideElectron } from './provide-electron.mjs';

const icons = fileURLToPath(new URL('../resources/icons/', import.meta.url));
const { path } = await provideElectron({ log: console.error });
const app = mkdtempSync(join(tmpdir(), 'gangway-icons-'));
try {
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'icons', version: '1.0.0', main: 'main.cjs' }));
  writeFileSync(
    join(app, 'main.cjs'),
    `const { app, BrowserWindow } = require('electron');
const { readFileSync, writeFileSync } = require('node:fs');
app.commandLine.appendSwitch('force-device-scale-factor', '1');
app.whenReady().then(async () => {
  const svg = readFileSync(${JSON.stringify(join(icons, 'icon.svg'))}, 'utf8');
  const window = new BrowserWindow({ width: 1024, height: 1024, useContentSize: true, show: false, frame: false, transparent: true, webPreferences: { offscreen: true } });
  const page = '<style>html,body{margin:0;background:transparent}svg{display:block;width:1024px;height:1024px}</style>' + svg;
  await window.loadURL('data:text/html;base64,' + Buffer.from(page).toString('base64'));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const image = await window.webContents.capturePage();
  writeFileSync(${JSON.stringify(join(icons, 'icon.png'))}, image.resize({ width: 1024, height: 1024 }).toPNG());
  app.exit(0);
});`,
  );
  process.exitCode = spawnSync(path, [app, '--no-sandbox'], { stdio: ['ignore', 'inherit', 'ignore'] }).status ?? 1;
} finally {
  rmSync(app, { recursive: true, force: true });
}
