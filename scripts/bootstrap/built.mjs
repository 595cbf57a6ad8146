// Builds what is stale: the digest of names, sizes and times of every source against the one of the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './say.mjs';

const SOURCES = ['electron', 'renderer', 'shared', 'resources', 'scripts/config', 'scripts/build.mjs', 'scripts/make-sample-elf.mjs', 'package.json'];

/** Runs `npm run build` unless the sources are those of the last build. */
export function ensureBuilt(root) {
  const stamp = join(root, 'dist', '.sources');
  const digest = digestOf(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  say('building the command line and the window ...');
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the build failed; its messages stand above');
  mkdirSync(join(root, 'dist'), { recursive: true });
  // Taken anew: the build itself makes files (the sample's binaries) below one of these folders.
  writeFileSync(stamp, digestOf(root));
}

function digestOf(root) {
  const hash = createHash('sha256');
  const walk = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) walk(`${path}/${name}`);
    else hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
  };
  for (const source of SOURCES) walk(source);
  return hash.digest('hex');
}
