// `npm test`: sees to what is missing (the engine, emulation, a display without a screen), builds, and runs every test.
// The last line is "N passed, N failed[, N skipped]".
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './bootstrap/built.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { ensureEngine } from './bootstrap/engine.mjs';
import { say } from './bootstrap/say.mjs';
import { ensureSystem } from './bootstrap/system.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
// Where CI says so, a part that cannot be had is a failure and not a skip: here all can be had.
if (process.env.CI === 'true' && process.platform === 'linux') process.env.GANGWAY_REQUIRE_PARTS ??= '1';

process.exitCode = await main().catch((error) => {
  say(error instanceof Error ? error.message : String(error));
  console.log('0 passed, 1 failed');
  return 1;
});

async function main() {
  ensureDependencies(root);
  const missing = ensureSystem(['engine', 'emulation', 'window', 'display', 'namespaces', 'registry', 'unpack', 'certificates']);
  if (missing.length > 0) say(`going on without: ${missing.join(', ')}; tests that need them are skipped by name`);
  for (const [name, script] of [
    ['types', 'scripts/typecheck.mjs'],
    ['lint', 'scripts/lint.mjs'],
  ]) {
    if (run(process.execPath, [script]) !== 0) throw new Error(`${name}: errors stand above`);
  }
  ensureBuilt(root);
  const { provideElectron } = await import('./provide-electron.mjs');
  await provideElectron({ log: say });
  const engine = await ensureEngine();
  const folder = mkdtempSync(join(tmpdir(), 'gangway-test-'));
  try {
    const report = join(folder, 'report.json');
    const only = process.argv.slice(2);
    const code = run(process.execPath, [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'scripts/config/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...only,
    ]);
    return summarise(report, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await engine.stop();
  }
}

/** Prints what was skipped by name, then the closing line. A file that could not even load counts as one failure. */
function summarise(report, code) {
  const { testResults, numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
  for (const file of testResults) {
    for (const test of file.assertionResults) if (['skipped', 'pending', 'todo'].includes(test.status)) console.log(`SKIPPED: ${test.fullName}`);
  }
  const unloadable = testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')).length;
  const failed = numFailedTests + unloadable;
  const bad = code !== 0 && failed === 0 ? 1 : failed;
  console.log(`${numPassedTests} passed, ${bad} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''}`);
  return bad > 0 || numPassedTests === 0 ? 1 : 0;
}

function run(command, args) {
  return spawnSync(command, args, { stdio: ['ignore', 1, 2] }).status ?? 1;
}
