import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = ['electron', 'renderer', 'shared', 'test', 'scripts'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
);

/** Which layers a file of a layer may import from (design: shared <- services <- {host, cli}; shared <- renderer, preload, main). */
const MAY_IMPORT: Record<string, string[]> = {
  shared: ['shared'],
  'electron/services': ['electron/services', 'shared'],
  'electron/host': ['electron/host', 'electron/services', 'shared'],
  'electron/cli': ['electron/cli', 'electron/services', 'shared'],
  'electron/preload': ['electron/preload', 'shared'],
  'electron/main': ['electron/main', 'shared'],
  renderer: ['renderer', 'shared'],
};
const layerOf = (file: string): string | undefined => Object.keys(MAY_IMPORT).find((layer) => file === layer || file.startsWith(`${layer}/`));
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from\s+|import\s*\(\s*|import\s+)'([^']+)'/g)].map((match) => match[1]!);

describe('the house', () => {
  it('has no source file over 400 lines', () => {
    const long = sources.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 401);
    expect(long).toEqual([]);
  });

  it('has no import across a border of the layers', () => {
    const crossings: string[] = [];
    for (const file of sources) {
      const layer = layerOf(file);
      if (!layer) continue;
      for (const name of importsOf(file)) {
        if (!name.startsWith('.')) continue;
        const target = relative(root, resolve(root, dirname(file), name)).replaceAll('\\', '/');
        if (target === 'package.json' || target.startsWith('resources/')) continue;
        const into = layerOf(target);
        if (!into || !MAY_IMPORT[layer]!.includes(into)) crossings.push(`${file} -> ${target}`);
      }
    }
    expect(crossings).toEqual([]);
  });

  it('names electron in main and preload only', () => {
    const strangers = sources.filter(
      (file) =>
        /^(electron\/(services|host|cli)|shared|renderer)\//.test(file) && importsOf(file).some((name) => name === 'electron' || name.startsWith('electron/')),
    );
    expect(strangers).toEqual([]);
  });

  it('keeps Node out of shared and renderer', () => {
    const strangers = sources.filter((file) => /^(shared|renderer)\//.test(file) && importsOf(file).some((name) => name.startsWith('node:')));
    expect(strangers).toEqual([]);
  });

  it('keeps the preload within 80 lines', () => {
    const preload = sources
      .filter((file) => file.startsWith('electron/preload/'))
      .reduce((lines, file) => lines + readFileSync(join(root, file), 'utf8').split('\n').length - 1, 0);
    expect(preload).toBeGreaterThan(10);
    expect(preload).toBeLessThanOrEqual(80);
  });
});

describe('plain Node', () => {
  let folder: string;
  let hook: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gangway-house-'));
    hook = join(folder, 'refuse-electron.mjs');
    const loader = `export async function resolve(name, context, next) { if (name === 'electron' || name.startsWith('electron/')) throw new Error('electron was imported'); return next(name, context); }`;
    writeFileSync(hook, `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(loader)}`)});`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('loads the composition root without electron', async () => {
    // Inside node_modules, so that the bundle finds the dependencies that stay outside it.
    const out = mkdtempSync(join(root, 'node_modules', '.gangway-house-'));
    try {
      await build({
        configFile: false,
        root,
        logLevel: 'silent',
        build: { ssr: 'electron/services/create-services.ts', outDir: out, rollupOptions: { output: { entryFileNames: 'services.js' } } },
      });
      const script = `const { createServices } = await import(${JSON.stringify(pathToFileURL(join(out, 'services.js')).href)}); const services = createServices({ env: { HOME: ${JSON.stringify(folder)}, DOCKER_HOST: 'unix:///nonexistent.sock' } }); console.log((await services.engineStatus({ fresh: true })).state); await services.close();`;
      const { stdout, stderr } = spawnSync(process.execPath, ['--import', hook, '--input-type=module', '-e', script], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout.trim()).toBe('unavailable');
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });

  it('runs the command line without electron', () => {
    const { status, stdout } = spawnSync(process.execPath, ['--import', hook, join(root, 'dist/cli/gangway.js'), '--help'], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: gangway COMMAND');
  });
});
