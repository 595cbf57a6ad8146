// `npm run bench -- package`: prints the figures of an area, measured side by side with what people use today.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './bootstrap/built.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { ensureEngine } from './bootstrap/engine.mjs';
import { ensureSystem } from './bootstrap/system.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

ensureDependencies(root);
ensureSystem(['engine', 'emulation', 'window', 'display', 'pigz', 'debootstrap']);
ensureBuilt(root);
const engine = await ensureEngine();
// Below node_modules, so that the bundle finds the dependencies that stay outside it; flat and two folders deep, as the sources of the tests are, so
// that what they find beside themselves is found too.
const folder = join(root, 'node_modules', '.gangway-bench');
mkdirSync(folder, { recursive: true });
try {
  const { build } = await import('vite');
  const options = {
    ssr: true,
    target: 'node20',
    outDir: folder,
    emptyOutDir: true,
    rollupOptions: { input: { main: 'test/bench/main.ts' }, output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' } },
  };
  await build({ configFile: false, root, logLevel: 'warn', build: options });
  process.exitCode = spawnSync(process.execPath, ['--expose-gc', join(folder, 'main.js'), ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
  await engine.stop();
}
