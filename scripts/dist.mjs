// `npm run dist`: packs the window for this system, into release/. `--dir` stops at the unpacked folder. Where the pinned Electron
// cannot be had, only the folder is packed, from the Electron that serves development: for tests, never for release.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'electron-builder';
import { ensureBuilt } from './bootstrap/built.mjs';
import { provideElectron } from './provide-electron.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const log = (line) => console.error(`dist: ${line}`);
const words = process.argv.slice(2);
const output = words.find((word) => word.startsWith('--output='))?.slice('--output='.length);

process.chdir(root);
ensureBuilt(root);
const { path, version } = await provideElectron({ log });
const { version: pinned } = JSON.parse(await (await import('node:fs/promises')).readFile('node_modules/electron/package.json', 'utf8'));
const config = { ...(output ? { directories: { output, buildResources: 'resources/icons' } } : {}) };
let copy;
try {
  let dir = words.includes('--dir');
  if (version !== pinned) {
    log(`Electron ${pinned} cannot be had here; packing the folder only, from ${version}: for tests, not for release`);
    dir = true;
    copy = mkdtempSync(join(tmpdir(), 'gangway-dist-'));
    const from = join(path, '..');
    // Without the loader of unpackaged apps, which a packed one must not have.
    cpSync(from, copy, { recursive: true, filter: (source) => source !== join(from, 'resources', 'app') });
    Object.assign(config, { electronDist: copy, electronVersion: version });
  }
  const files = await build({ dir, config: { extends: 'electron-builder.yml', ...config }, publish: 'never' });
  for (const file of files) log(file);
} finally {
  if (copy) rmSync(copy, { recursive: true, force: true });
}
