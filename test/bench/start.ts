import { spawnSync } from 'node:child_process';
import type { BenchRow } from './bench-row.ts';

/** What `npm start` adds when everything is there: the set-up's own checks, in milliseconds, median of five. */
export async function startBench(): Promise<BenchRow[]> {
  const script = `
    const { ensureDependencies } = await import('./scripts/bootstrap/dependencies.mjs');
    const { ensureSystem } = await import('./scripts/bootstrap/system.mjs');
    const { ensureBuilt } = await import('./scripts/bootstrap/built.mjs');
    const { ensureEngine } = await import('./scripts/bootstrap/engine.mjs');
    const root = process.cwd();
    ensureDependencies(root); ensureSystem(['engine', 'emulation', 'window']); ensureBuilt(root); await ensureEngine();
    const { provideElectron } = await import('./scripts/provide-electron.mjs');
    await provideElectron({ log: () => {} });`;
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: process.cwd(), encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const median = times[2]!;
  return [{ name: 'second npm start: what the set-up adds', ours: `${Math.round(median)} ms`, limit: '< 1000 ms', ok: median < 1000 }];
}
