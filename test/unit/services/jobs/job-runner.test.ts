import { afterEach, describe, expect, it } from 'vitest';
import { JobRunner } from '../../../../electron/services/jobs/job-runner.ts';
import { ReplayBuffer } from '../../../../electron/services/jobs/replay-buffer.ts';
import { PushBatcher } from '../../../../electron/services/jobs/push-batcher.ts';
import type { VerbContext } from '../../../../electron/services/ports/verb.ts';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import type { Outcome } from '../../../../shared/ipc/result.ts';
import type { JobMessage } from '../../../../shared/jobs/job.ts';

const REQUEST = { kind: 'image.build', key: '/a', title: 'a' } as const;
let runner = new JobRunner();
afterEach(() => runner.close());

/** Runs one verb to its end and gives what was heard. */
async function run(verb: (context: VerbContext) => Promise<Outcome<unknown>>, meanwhile: (jobId: string) => void = () => undefined): Promise<JobMessage[]> {
  runner = new JobRunner({ cancelGrace: 60 });
  const heard: JobMessage[] = [];
  const ended = new Promise<void>((resolve) => {
    runner.onMessage((message) => {
      heard.push(message);
      if (message.type === 'end') resolve();
    });
  });
  meanwhile(runner.start(REQUEST, verb).jobId);
  await ended;
  await new Promise((resolve) => setTimeout(resolve, 20));
  return heard;
}

describe('the job runner', () => {
  it('ends a job that throws as failed, with the code that was thrown', async () => {
    const heard = await run(async () => {
      throw new GangwayError('DISK_FULL', 'no space');
    });
    expect(heard).toMatchObject([{ seq: 0, type: 'end', status: 'failed', error: { code: 'DISK_FULL' } }]);
  });

  it('takes an error after a cancel as the cancel that it is', async () => {
    const heard = await run(
      ({ signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ status: 'failed', error: { code: 'ENGINE_LOST', message: 'aborted' } }))),
      (jobId) => setTimeout(() => runner.cancel(jobId), 5),
    );
    expect(heard).toMatchObject([{ type: 'end', status: 'cancelled' }]);
    expect(heard[0]).not.toHaveProperty('error');
  });

  it('ends a job that ignores its cancel, and hears nothing of it any more', async () => {
    let report: VerbContext['report'] = () => undefined;
    let finish: (outcome: Outcome<unknown>) => void = () => undefined;
    const heard = await run(
      (context) => {
        report = context.report;
        return new Promise((resolve) => {
          finish = resolve;
        });
      },
      (jobId) => setTimeout(() => runner.cancel(jobId), 5),
    );
    report({ type: 'log', stream: 'stdout', text: 'still here' });
    finish({ status: 'done', value: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({ type: 'end', status: 'cancelled' });
  });

  it('keeps a result that came in spite of the cancel', async () => {
    const heard = await run(
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve({ status: 'done', value: 'written' }))),
      (jobId) => setTimeout(() => runner.cancel(jobId), 5),
    );
    expect(heard).toMatchObject([{ type: 'end', status: 'done', value: 'written' }]);
  });

  it('runs jobs of other sources and kinds beside each other', () => {
    runner = new JobRunner({ cancelGrace: 5 });
    const forever = (): Promise<never> => new Promise(() => undefined);
    const ids = [REQUEST, { ...REQUEST, key: '/b' }, { ...REQUEST, kind: 'extension.package' as const }].map((request) => runner.start(request, forever).jobId);
    expect(new Set(ids).size).toBe(3);
    expect(runner.list().map(({ status }) => status)).toEqual(['running', 'running', 'running']);
  });

  it('forgets the oldest ended jobs', async () => {
    runner = new JobRunner({ keepEnded: 2 });
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) {
      ids.push(runner.start({ ...REQUEST, key: String(i) }, async () => ({ status: 'done', value: i })).jobId);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(runner.list().map(({ id }) => id)).toEqual([ids[3], ids[2]]);
    expect(() => runner.join(ids[0]!)).toThrow(expect.objectContaining({ code: 'UNKNOWN_JOB' }));
    expect(runner.value(ids[3]!)).toBe(3);
  });
});

describe('the replay buffer', () => {
  const log = (seq: number): JobMessage => ({ jobId: 'j', seq, type: 'report', event: { type: 'log', stream: 'stdout', text: `${seq}\n`, at: seq } });
  const progress = (seq: number): JobMessage => ({
    jobId: 'j',
    seq,
    type: 'report',
    event: { type: 'progress', phase: 'build', done: seq, unit: 'steps', at: seq },
  });

  it('keeps everything while it is short', () => {
    const buffer = new ReplayBuffer(100);
    const all = [log(0), progress(1), log(2), progress(3)];
    for (const message of all) buffer.add(message);
    expect(buffer.replay()).toEqual(all);
  });

  it('stays bounded, keeps the last lines, and counts every one it dropped in place', () => {
    const buffer = new ReplayBuffer(100);
    buffer.add({ jobId: 'j', seq: 0, type: 'report', event: { type: 'phase', phase: 'build', state: 'started', at: 0 } });
    for (let seq = 1; seq <= 5000; seq++) buffer.add(log(seq));
    const kept = buffer.replay();
    expect(kept.length).toBeLessThanOrEqual(126);
    expect(kept[0]).toMatchObject({ seq: 0, event: { type: 'phase' } });
    expect(kept[1]!.type).toBe('dropped');
    const dropped = kept.reduce((sum, message) => sum + (message.type === 'dropped' ? message.count : 0), 0);
    expect(dropped + kept.length - 2).toBe(5000);
    expect(kept.at(-1)).toEqual(log(5000));
    expect(kept.every((message, index) => index === 0 || message.seq > kept[index - 1]!.seq)).toBe(true);
  });

  it('drops progress that a later one supersedes before it drops a line', () => {
    const buffer = new ReplayBuffer(100);
    for (let seq = 0; seq < 90; seq++) buffer.add(log(seq));
    for (let seq = 90; seq < 1000; seq++) buffer.add(progress(seq));
    const kept = buffer.replay();
    expect(kept.filter((message) => message.type === 'dropped')).toEqual([]);
    expect(kept.slice(0, 90)).toEqual(Array.from({ length: 90 }, (_, seq) => log(seq)));
    expect(kept.at(-1)).toEqual(progress(999));
  });
});

describe('the push batcher', () => {
  const message = (seq: number): JobMessage => ({ jobId: 'j', seq, type: 'dropped', count: 1 });

  it('sends after its interval, and at once when a batch is full', async () => {
    const batches: number[] = [];
    const batcher = new PushBatcher((batch) => batches.push(batch.length), 20, 3);
    for (let seq = 0; seq < 7; seq++) batcher.add(message(seq));
    expect(batches).toEqual([3, 3]);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(batches).toEqual([3, 3, 1]);
    batcher.close();
  });

  it('sends nothing once it is closed', async () => {
    const batches: number[] = [];
    const batcher = new PushBatcher((batch) => batches.push(batch.length), 5, 3);
    batcher.add(message(0));
    batcher.close();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(batches).toEqual([]);
  });
});
