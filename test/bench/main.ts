import type { BenchRow } from './bench-row.ts';

/** The parts of each area's benchmark, by the name that `npm run bench -- NAME` takes. */
const PARTS: Record<string, () => Promise<BenchRow[]>> = {
  'package-archive': async () => (await import('./package.ts')).packageBench(),
  context: async () => (await import('./context.ts')).contextBench(),
  window: async () => (await import('./window.ts')).windowBench(),
  'checks-engine': async () => (await import('./checks.ts')).checksBench(),
  start: async () => (await import('./start.ts')).startBench(),
};
const AREAS: Record<string, string[]> = { package: ['package-archive', 'context', 'window', 'start'], checks: ['checks-engine'] };

const wanted = process.argv.slice(2);
const names = (wanted.length > 0 ? wanted : Object.keys(AREAS)).flatMap((name) => AREAS[name] ?? [name]);
const unknown = names.filter((name) => !PARTS[name]);
if (unknown.length > 0) {
  console.error(`no benchmark named ${unknown.join(', ')}; there are ${[...Object.keys(AREAS), ...Object.keys(PARTS)].join(', ')}`);
  process.exit(2);
}
let short = 0;
for (const name of names) {
  console.log(`\n== ${name}`);
  for (const row of await PARTS[name]!()) {
    if (!row.ok) short++;
    console.log(
      `${row.ok ? 'ok   ' : 'SHORT'}  ${row.name}: ${row.ours}${row.theirs ? `  against ${row.theirs}` : ''}${row.ratio === undefined ? '' : `  = ${row.ratio}`}  (limit ${row.limit})${row.note ? `  ${row.note}` : ''}`,
    );
  }
}
console.log(`\n${short === 0 ? 'every figure is met' : `${short} figure(s) short`}`);
process.exitCode = short === 0 ? 0 : 1;
