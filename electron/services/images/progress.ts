import type { Report } from '../../../shared/jobs/report.ts';

/** Milliseconds between two progress events. */
const EVERY = 100;

/** A sink for "so many bytes went by" that reports at most ten times a second. `total` grows with what went by where the estimate was low. */
export function progressInBytes(report: Report, total?: number): (done: number) => void {
  let last = 0;
  return (done) => {
    const now = Date.now();
    if (now - last < EVERY) return;
    last = now;
    report({ type: 'progress', phase: 'layers', done, ...(total === undefined ? {} : { total: Math.max(total, done) }), unit: 'bytes' });
  };
}
