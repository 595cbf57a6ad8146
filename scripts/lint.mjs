// Biome over the whole tree, with the restricted imports of each layer.
import { spawnSync } from 'node:child_process';

const args = [
  'node_modules/@biomejs/biome/bin/biome',
  'check',
  '--config-path=scripts/config/lint.json',
  '--max-diagnostics=40',
  ...process.argv.slice(2),
  '.',
];
process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
