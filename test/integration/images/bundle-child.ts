import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

/**
 * Bundles a TypeScript file of the tests for plain Node, packages left outside, so that a second process can run what this one runs.
 * `source` counts from `root`, where node_modules is.
 * Returns the script's path and what removes it.
 */
export async function bundleChild(source: string, root = process.cwd()): Promise<{ script: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gangway-child-'));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { target: 'node', noExternal: [] },
    build: {
      ssr: source,
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'child.mjs', format: 'es' } },
    },
  });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return { script: join(folder, 'child.mjs'), remove: () => rm(folder, { recursive: true, force: true }) };
}
