import { describe, expect, it } from 'vitest';
import { partOf, Phases } from '../../../../electron/services/extension/phases.ts';
import type { Report, ReportEvent } from '../../../../shared/jobs/report.ts';

function recorder(): { events: ReportEvent[]; report: Report } {
  const events: ReportEvent[] = [];
  return { events, report: (event) => void events.push({ ...event, at: 0 } as ReportEvent) };
}
const progressOf = (events: readonly ReportEvent[]) => events.filter((event) => event.type === 'progress');

describe('the phases of a job', () => {
  it('start and end once each, whatever the engine says of phases of its own', async () => {
    const { events, report } = recorder();
    const phases = new Phases(report);
    await phases.run('build', 'Build two images', async (inner) => {
      for (const image of ['a', 'b']) {
        inner({ type: 'phase', phase: 'context', state: 'started' });
        inner({ type: 'progress', phase: 'context', done: 1, total: 1, unit: 'bytes' });
        inner({ type: 'phase', phase: 'build', state: 'started' });
        inner({ type: 'log', stream: 'stdout', text: image });
        inner({ type: 'phase', phase: 'build', state: 'done' });
      }
    });
    const shown = events.map((event) => (event.type === 'phase' ? `${event.phase} ${event.state}` : event.type));
    expect(shown).toEqual(['build started', 'context started', 'progress', 'log', 'progress', 'log', 'context done', 'build done']);
    expect(phases.milliseconds.build).toBeGreaterThanOrEqual(0);
  });

  it('never says that a failed phase is done', async () => {
    const { events, report } = recorder();
    const phases = new Phases(report);
    await expect(phases.run('layers', 'Take', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(events).toEqual([{ type: 'phase', phase: 'layers', state: 'started', title: 'Take', at: 0 }]);
    expect(phases.milliseconds.layers).toBeUndefined();
  });

  it('passes over progress of another phase', async () => {
    const { events, report } = recorder();
    await new Phases(report).run('pack', 'Pack', async (inner) => inner({ type: 'progress', phase: 'layers', done: 1, unit: 'bytes' }));
    expect(progressOf(events)).toEqual([]);
  });

  it('fold the parts of one phase into one measure that only grows', () => {
    const { events, report } = recorder();
    for (const index of [0, 1])
      for (const done of [0, 5, 10]) partOf(report, 'build', index, 2)({ type: 'progress', phase: 'build', done, total: 10, unit: 'steps' });
    expect(progressOf(events).map((event) => event.done)).toEqual([0, 500, 1000, 1000, 1500, 2000]);
    expect(progressOf(events).every((event) => event.total === 2000)).toBe(true);
  });
});
