import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobMessage } from '../../../../shared/jobs/job.ts';
import { MAX_LOG_LINES } from '../../../../shared/jobs/log-lines.ts';
import { currentPhase, elapsed, emptyJobView, phaseFraction, reduceJob, type JobView } from '../../../../shared/jobs/progress.ts';
import { PHASES, type BuildStep, type Report } from '../../../../shared/jobs/report.ts';

type Event = Parameters<Report>[0];

/** Numbers events as the job runner does, a millisecond apart. */
function messages(events: Event[], from = 0): JobMessage[] {
  return events.map((event, index) => ({ jobId: 'j', seq: from + index, type: 'report', event: { ...event, at: 1000 + from + index } as never }));
}
const ended = (seq: number, status: 'done' | 'failed' | 'cancelled', more: object = {}): JobMessage => ({
  jobId: 'j',
  seq,
  type: 'end',
  status,
  at: 5000,
  ...more,
});
const step = (id: string, state: BuildStep['state']): Event => ({ type: 'step', step: { id, image: 'a:l', name: id, state } });
const reduce = (events: Event[], view = emptyJobView('extension.package')): JobView => reduceJob(view, messages(events, view.nextSeq));

describe('the reduction of a job', () => {
  it('follows phases from waiting over running to done, with their times', () => {
    const view = reduce([
      { type: 'phase', phase: 'build', state: 'started', title: 'Build ping:l' },
      { type: 'progress', phase: 'build', done: 1, total: 4, unit: 'steps' },
    ]);
    const build = view.phases.find((phase) => phase.id === 'build')!;
    expect(build).toEqual({ id: 'build', title: 'Build ping:l', state: 'running', startedAt: 1000, done: 1, total: 4, unit: 'steps' });
    expect(phaseFraction(view, build)).toBe(0.25);
    const after = reduce([{ type: 'phase', phase: 'build', state: 'done' }], view);
    expect(after.phases.find((phase) => phase.id === 'build')).toMatchObject({ state: 'done', startedAt: 1000, endedAt: 1002 });
    expect(currentPhase(after)!.id).toBe('build');
  });

  it('counts a phase whose total is unknown as begun and no further', () => {
    const view = reduce([{ type: 'progress', phase: 'context', done: 900, unit: 'bytes' }]);
    expect(phaseFraction(view, view.phases.find((phase) => phase.id === 'context')!)).toBeNull();
    expect(view.phases.find((phase) => phase.id === 'context')!.state).toBe('running');
  });

  it('takes the share of finished steps where the build reports no progress of its own', () => {
    const view = reduce([{ type: 'phase', phase: 'build', state: 'started' }, step('one', 'cached'), step('two', 'running')]);
    expect(phaseFraction(view, view.phases.find((phase) => phase.id === 'build')!)).toBe(0.5);
  });

  it('does not take the first steps of a build for all of them', () => {
    const named = (id: string, name: string, state: 'done' | 'running'): Event => ({ type: 'step', step: { id, image: 'a:1', name, state } });
    const view = reduce([{ type: 'phase', phase: 'build', state: 'started' }, named('i', '[internal] load .dockerignore', 'done')]);
    expect(phaseFraction(view, view.phases.find((phase) => phase.id === 'build')!)).toBeNull();
    const later = reduce([named('a', '[build 1/4] COPY a /a', 'done')], view);
    expect(phaseFraction(later, later.phases.find((phase) => phase.id === 'build')!)).toBe(0.25);
  });

  it('never lets overall progress run backwards, whatever is reported, and reaches 1 only when done', () => {
    const phase = fc.constantFrom(...PHASES);
    const event = fc.oneof(
      fc.record({ type: fc.constant('phase'), phase, state: fc.constantFrom('started', 'done', 'skipped') }),
      fc.record({ type: fc.constant('progress'), phase, done: fc.nat(1000), total: fc.nat(1000), unit: fc.constant('bytes') }),
      fc.record({
        type: fc.constant('step'),
        step: fc.record({
          id: fc.constantFrom('a', 'b', 'c'),
          image: fc.constant('i'),
          name: fc.constant('n'),
          state: fc.constantFrom('waiting', 'running', 'done'),
        }),
      }),
    ) as fc.Arbitrary<Event>;
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let view = emptyJobView('extension.package');
        let highest = 0;
        for (const one of events) {
          view = reduce([one], view);
          expect(view.progress).toBeGreaterThanOrEqual(highest);
          expect(view.progress).toBeLessThan(1);
          highest = view.progress;
        }
        expect(reduceJob(view, [ended(view.nextSeq, 'failed')]).progress).toBe(highest);
        expect(reduceJob(view, [ended(view.nextSeq, 'done')]).progress).toBe(1);
      }),
    );
  });

  it('gives the same view for one batch as for single messages', () => {
    const events: Event[] = [
      { type: 'phase', phase: 'build', state: 'started' },
      step('one', 'running'),
      { type: 'log', step: 'one', stream: 'stdout', text: 'hel' },
      { type: 'log', step: 'one', stream: 'stdout', text: 'lo\nworld\n' },
      step('one', 'done'),
    ];
    const whole = messages(events);
    const single = whole.reduce((view, message) => reduceJob(view, [message]), emptyJobView('image.build'));
    expect(reduceJob(emptyJobView('image.build'), whole)).toEqual(single);
    expect(single.logs.one!.lines.map((line) => line.text)).toEqual(['hello', 'world']);
  });

  it('passes over messages that it has reduced already, so a replay may overlap live batches', () => {
    const all = messages([
      { type: 'log', stream: 'stdout', text: 'a\n' },
      { type: 'log', stream: 'stdout', text: 'b\n' },
      { type: 'log', stream: 'stdout', text: 'c\n' },
    ]);
    const view = reduceJob(reduceJob(emptyJobView('image.build'), all.slice(0, 2)), all);
    expect(view.logs['']!.lines.map((line) => line.text)).toEqual(['a', 'b', 'c']);
    expect(reduceJob(view, all)).toBe(view);
  });

  it('leaves the view before it as it was', () => {
    const before = reduce([{ type: 'log', stream: 'stdout', text: 'a\n' }, step('one', 'running')]);
    const copy = structuredClone(before);
    reduce([{ type: 'log', stream: 'stdout', text: 'b\n' }, step('one', 'done'), { type: 'phase', phase: 'build', state: 'started' }], before);
    expect(before).toEqual(copy);
  });

  it('keeps the steps in the order in which they came, in their last state', () => {
    const view = reduce([step('one', 'running'), step('two', 'waiting'), step('one', 'done')]);
    expect(view.steps.map(({ id, state }) => [id, state])).toEqual([
      ['one', 'done'],
      ['two', 'waiting'],
    ]);
  });

  it('bounds the log of a step and says how many lines it dropped', () => {
    const text = Array.from({ length: MAX_LOG_LINES + 7 }, (_, i) => `line ${i}\n`).join('');
    const log = reduce([{ type: 'log', step: 's', stream: 'stderr', text }]).logs.s!;
    expect(log.lines).toHaveLength(MAX_LOG_LINES);
    expect(log.dropped).toBe(7);
    expect(log.lines[0]!.text).toBe('line 7');
  });

  it('shows a line with carriage returns as a terminal would', () => {
    const view = reduce([
      { type: 'log', stream: 'stdout', text: '10%\r50%' },
      { type: 'log', stream: 'stdout', text: '\r100%\r\nnext' },
    ]);
    expect(view.logs['']!.lines.map((line) => line.text.trimEnd())).toEqual(['100%', 'next']);
  });

  it('adds up what the replay says was dropped', () => {
    expect(reduceJob(emptyJobView('image.build'), [{ jobId: 'j', seq: 41, type: 'dropped', count: 42 }])).toMatchObject({ droppedLogs: 42, nextSeq: 42 });
  });

  it('ends once: a later end and later reports change nothing', () => {
    const done = reduceJob(reduce([{ type: 'phase', phase: 'pack', state: 'started' }]), [ended(1, 'done', { value: 7 })]);
    expect(done).toMatchObject({ status: 'done', value: 7, endedAt: 5000 });
    expect(reduceJob(done, [ended(2, 'failed')])).toBe(done);
  });

  it('marks what still ran as failed with the job, and carries the error', () => {
    const error = { code: 'BUILD_STEP_FAILED' as const, message: 'no' };
    const view = reduceJob(reduce([{ type: 'phase', phase: 'build', state: 'started' }, step('one', 'failed'), step('two', 'running')]), [
      ended(3, 'failed', { error }),
    ]);
    expect(view.error).toEqual(error);
    expect(view.phases.find((phase) => phase.id === 'build')!.state).toBe('failed');
    expect(view.steps.map((one) => one.state)).toEqual(['failed', 'cancelled']);
  });

  it('shows a cancelled job without an error', () => {
    const view = reduceJob(reduce([{ type: 'phase', phase: 'build', state: 'started' }]), [
      ended(1, 'cancelled', { error: { code: 'INTERNAL', message: 'x' } }),
    ]);
    expect(view.status).toBe('cancelled');
    expect(view.error).toBeUndefined();
  });

  it('keeps the progress that came in one batch with the end', () => {
    const half: Event[] = [{ type: 'phase', phase: 'build', state: 'started' }, step('one', 'done'), step('two', 'running')];
    const apart = reduceJob(reduce(half), [ended(3, 'failed')]);
    expect(apart.progress).toBeGreaterThan(0);
    expect(reduceJob(emptyJobView('extension.package'), [...messages(half), ended(3, 'failed')]).progress).toBe(apart.progress);
  });

  it('measures elapsed time until the end and no further', () => {
    const running = reduce([{ type: 'phase', phase: 'build', state: 'started' }]);
    expect(elapsed(emptyJobView('image.build'), 9999)).toBe(0);
    expect(elapsed(running, 3000)).toBe(2000);
    expect(elapsed(reduceJob(running, [ended(1, 'done')]), 99_999)).toBe(4000);
  });
});
