// `npm start`: sees to what is missing, then opens the window; without a display it does the main job in the terminal.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { ensureBuilt } from './bootstrap/built.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { ensureEngine, hasDisplay } from './bootstrap/engine.mjs';
import { say } from './bootstrap/say.mjs';
import { ensureSystem } from './bootstrap/system.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

process.exitCode = await main().catch((error) => {
  say(error instanceof Error ? error.message : String(error));
  return 1;
});

async function main() {
  const windowed = hasDisplay();
  ensureDependencies(root);
  ensureSystem(windowed ? ['engine', 'emulation', 'window'] : ['engine', 'emulation']);
  ensureBuilt(root);
  const engine = await ensureEngine();
  try {
    return windowed ? await openWindow() : await packSample();
  } finally {
    await engine.stop();
  }
}

async function openWindow() {
  const { provideElectron } = await import('./provide-electron.mjs');
  const { path } = await provideElectron({ log: say });
  // Chromium refuses its sandbox to root.
  const args = process.getuid?.() === 0 ? [root, '--no-sandbox'] : [root];
  return run(path, [...args, ...process.argv.slice(2)]);
}

async function packSample() {
  say('there is no display here, so the sample extension is built and packed in the terminal.');
  const sample = join(root, 'resources', 'samples', 'hello-spot');
  const code = await run(process.execPath, [join(root, 'dist', 'cli', 'gangway.js'), 'package', sample, '-o', join(process.cwd(), 'hello-spot.spx')]);
  const line = `node ${join(root, 'dist', 'cli', 'gangway.js')} package YOUR-FOLDER`;
  if (code === 0) say(`the same for a folder of yours with a Dockerfile, manifest.json and docker-compose.yml:\n  ${line}`);
  return code;
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', cwd: process.cwd() });
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', pass);
    process.on('SIGTERM', pass);
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
