// Type-checks each layer on its own, so that a border of the design is a compile error.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { references } = JSON.parse(readFileSync('tsconfig.json', 'utf8'));
let failed = false;
// Once more with the types of the oldest Electron that main and preload run on: no newer API gets in without a guard.
for (const path of [...references.map((reference) => reference.path), 'electron/main/tsconfig.electron-33.json']) {
  const { status } = spawnSync('node_modules/.bin/tsc', ['-p', path], { stdio: 'inherit' });
  if (status !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
