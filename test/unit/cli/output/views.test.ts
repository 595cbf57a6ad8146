import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { liveView } from '../../../../electron/cli/output/live-view.ts';
import { overallOf } from '../../../../electron/cli/output/overall.ts';
import { plainView } from '../../../../electron/cli/output/plain-view.ts';
import { PLAIN } from '../../../../electron/cli/output/style.ts';
import { displayWidth } from '../../../../electron/cli/output/text.ts';
import type { BuildStep, ReportEvent, StepState } from '../../../../shared/jobs/report.ts';
import { fakeSink } from '../harness.ts';

const step = (id: string, state: StepState, more: Partial<BuildStep> = {}): ReportEvent => ({
  type: 'step',
  at: 1000,
  step: {
    id,
    image: 'i',
    name: `[${id}/3] RUN step ${id}`,
    state,
    startedAt: 1000,
    ...(state === 'done' || state === 'failed' ? { endedAt: 3500 } : {}),
    ...more,
  },
});
const log = (id: string, text: string): ReportEvent => ({ type: 'log', step: id, stream: 'stdout', text, at: 0 });

describe('plainView', () => {
  const shown = (...events: ReportEvent[]): string => {
    const sink = fakeSink();
    const view = plainView((text) => sink.write(text), PLAIN);
    for (const event of events) view.event(event);
    view.stop();
    return sink.text();
  };

  it('tells each step once when it begins and once when it ends, its output between, numbered', () => {
    expect(
      shown(
        { type: 'phase', phase: 'build', state: 'started', at: 0 },
        step('1', 'running'),
        step('2', 'cached'),
        log('1', 'one\ntwo\n'),
        step('1', 'running'),
        step('1', 'done'),
        step('1', 'done'),
      ),
    ).toBe('Build the image\n#1 [1/3] RUN step 1\n#2 [2/3] RUN step 2\n#2 cached\n#1 | one\n#1 | two\n#1 done 2.5 s\n');
  });

  it("keeps BuildKit's own steps quiet unless they fail", () => {
    const name = '[internal] load build definition from Dockerfile';
    expect(shown(step('a', 'running', { name }), step('a', 'done', { name }))).toBe('');
    expect(shown(step('a', 'failed', { name }))).toContain('FAILED');
  });

  it('tells an amount every five seconds at most', () => {
    const at = (ms: number, done: number): ReportEvent => ({ type: 'progress', phase: 'layers', done, total: 100e6, unit: 'bytes', at: ms });
    expect(shown(at(0, 0), at(1000, 10e6), at(6000, 50e6), at(7000, 60e6))).toBe('  50.0 MB of 100 MB (50 %)\n');
  });
});

describe('liveView', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 2000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('draws about ten times a second, whatever comes in', () => {
    const sink = fakeSink({ isTTY: true });
    const view = liveView({ sink, style: PLAIN, overall: overallOf('package') });
    view.event(step('1', 'running'));
    for (let i = 0; i < 5000; i++) {
      view.event(log('1', `line ${i}\n`));
      if (i % 5 === 4) vi.advanceTimersByTime(1);
    }
    expect(sink.writes.length).toBe(10);
    view.stop();
  });

  it('draws nothing while nothing changes', () => {
    const sink = fakeSink({ isTTY: true });
    const view = liveView({ sink, style: PLAIN, overall: overallOf('package'), now: () => 2000 });
    view.event(step('1', 'running'));
    vi.advanceTimersByTime(10_000);
    expect(sink.writes.length).toBe(1);
    view.stop();
  });

  it('keeps finished steps above and leaves nothing of the rest when it stops', () => {
    const sink = fakeSink({ isTTY: true });
    const view = liveView({ sink, style: PLAIN, overall: overallOf('package') });
    view.event({ type: 'phase', phase: 'build', state: 'started', at: 2000 });
    view.event(step('1', 'running'));
    view.event(log('1', 'compiling\r\u001B[31mlinking'));
    vi.advanceTimersByTime(100);
    expect(sink.text()).toContain('    linking');
    view.event(step('1', 'done'));
    view.event(step('2', 'cached'));
    view.print(['a finding']);
    view.stop();
    view.stop();
    vi.advanceTimersByTime(1000);
    expect(screen(sink.text())).toEqual([
      expect.stringMatching(/^\+ \[1\/3\] RUN step 1 +done 2\.5 s$/),
      expect.stringMatching(/^\+ \[2\/3\] RUN step 2 +cached$/),
      'a finding',
      '',
    ]);
  });

  it.each([
    [200, 50],
    [80, 24],
    [40, 10],
    [20, 5],
  ])('never writes a line wider or a picture higher than a terminal of %d by %d', (columns, rows) => {
    const sink = fakeSink({ isTTY: true, columns, rows });
    const view = liveView({ sink, style: PLAIN, overall: overallOf('package') });
    view.event({ type: 'phase', phase: 'layers', state: 'started', at: 2000 });
    view.event({ type: 'progress', phase: 'layers', done: 3e8, total: 6e8, unit: 'bytes', at: 2000 });
    for (let i = 0; i < 30; i++) {
      view.event(step(String(i), 'running', { name: `[${i}] RUN 日本語 ${'very long '.repeat(30)}` }));
      view.event(log(String(i), 'output '.repeat(50)));
    }
    vi.advanceTimersByTime(100);
    const lines = sink.text().split('\n');
    expect(Math.max(...lines.map(displayWidth))).toBeLessThan(columns);
    expect(lines.length).toBeLessThan(rows);
    view.stop();
  });
});

/** What a terminal shows in the end: enough of VT100 for what the view uses (carriage return, cursor up, erase below). */
function screen(text: string): string[] {
  const rows = [''];
  let row = 0;
  for (const [token, up] of text.matchAll(/\u001B\[(\d+)A|\u001B\[J|\r|\n|[^\u001B\r\n]+/g)) {
    if (up !== undefined) row -= Number(up);
    else if (token === '\u001B[J') rows.splice(row, rows.length, '');
    else if (token === '\n') rows[++row] ??= '';
    else if (token !== '\r') rows[row] += token;
  }
  return rows;
}
