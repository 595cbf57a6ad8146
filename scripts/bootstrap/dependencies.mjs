// Installs node_modules when they are missing or older than the lock file. Node built-ins only: it runs before anything is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './say.mjs';

/** True when node_modules was installed by us from this very lock file. */
export function dependenciesAreFresh(root) {
  const stamp = join(root, 'node_modules', '.gangway-lock');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest(root);
}

/** Runs `npm ci` where needed. No install script of any package runs (see .npmrc). */
export function ensureDependencies(root) {
  if (dependenciesAreFresh(root)) return;
  say('installing the npm packages of package-lock.json (npm ci, no install scripts) ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    // npm on Windows is a .cmd file, which Node starts through the shell only; the arguments are constants.
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci failed${error ? `: ${error.message}` : ''}. Is the package registry reachable?`);
  writeFileSync(join(root, 'node_modules', '.gangway-lock'), lockDigest(root));
}

function lockDigest(root) {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}
