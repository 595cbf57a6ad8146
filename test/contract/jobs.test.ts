import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Services } from '../../electron/services/create-services.ts';
import type { Calls } from '../../shared/ipc/contract.ts';
import { emptyJobView, reduceJob } from '../../shared/jobs/progress.ts';
import { DRAFT, fakeServices, RESULT, untilCancelled } from './fake-services.ts';
import { HostPair, until } from './host-pair.ts';

let pair: HostPair;

function open(packageDraft: Services['packageDraft']): Promise<string> {
  pair = new HostPair(fakeServices({ packageDraft }));
  mkdirSync(join(pair.folder, 'ping'));
  return pair.granted(join(pair.folder, 'ping'));
}
afterEach(() => pair.close());

const start = (source: string, windowId = 1): Promise<unknown> => pair.job({ kind: 'extension.package', request: { source, draft: DRAFT } }, windowId);
const idOf = (result: unknown): string => (result as { value: { jobId: string } }).value.jobId;
const ends = (windowId = 1): unknown[] => pair.pushed(windowId).filter((message) => message.type === 'end');

describe('jobs of a window', () => {
  it('answer with their id, then push what happens, numbered without a gap, and one end', async () => {
    const source = await open(async (request, { report }) => {
      report({ type: 'phase', phase: 'build', state: 'started' });
      for (let i = 0; i < 1200; i++) report({ type: 'log', stream: 'stdout', text: `line ${i}\n` });
      expect(request.draft).toEqual(DRAFT);
      return { status: 'done', value: { ...RESULT, path: request.path } };
    });
    const jobId = idOf(await start(source));
    await until(() => ends().length > 0);
    const messages = pair.pushed();
    expect(messages.map((message) => message.seq)).toEqual(messages.map((_, index) => index));
    expect(messages.every((message) => message.jobId === jobId)).toBe(true);
    expect(messages.at(-1)).toMatchObject({ type: 'end', status: 'done', value: { path: join(pair.folder, 'ping') } });
    const sizes = pair.sent.flatMap((message) => (message.type === 'push' ? [message.batch.length] : []));
    expect(sizes).toEqual([500, 500, 202]);
  });

  it('join the running job when the same source is started twice', async () => {
    const source = await open(untilCancelled);
    const first = await start(source);
    expect(await start(source)).toEqual({ ok: true, value: { jobId: idOf(first), joined: true } });
    const other = await pair.granted(join(pair.folder, 'ping'), 2);
    expect(await start(other, 2)).toEqual({ ok: true, value: { jobId: idOf(first), joined: true } });
    await pair.call('job.cancel', { jobId: idOf(first) });
    await until(() => ends(1).length === 1 && ends(2).length === 1);
    expect(await start(source)).toMatchObject({ value: { joined: false } });
  });

  it('give a window that joins by starting everything from the beginning', async () => {
    const source = await open(async (request, context) => {
      context.report({ type: 'phase', phase: 'build', state: 'started' });
      return untilCancelled(request, context);
    });
    await start(source);
    await until(() => pair.pushed(1).length === 1);
    await start(await pair.granted(join(pair.folder, 'ping'), 2), 2);
    await until(() => pair.pushed(2).length > 0);
    expect(pair.pushed(2)[0]).toMatchObject({ seq: 0, event: { type: 'phase', phase: 'build' } });
  });

  it('end as cancelled, without an error, when a person cancels', async () => {
    const jobId = idOf(await start(await open(untilCancelled)));
    expect(await pair.call('job.cancel', { jobId })).toEqual({ ok: true, value: null });
    await until(() => ends().length > 0);
    expect(ends()).toEqual([{ jobId, seq: expect.any(Number), type: 'end', status: 'cancelled', at: expect.any(Number) }]);
    expect(await pair.call('job.cancel', { jobId })).toEqual({ ok: true, value: null });
  });

  it('outlive the page: after a reload it lists, joins and hears the rest', async () => {
    let go = (): void => undefined;
    const source = await open(async (_, { report }) => {
      report({ type: 'phase', phase: 'build', state: 'started' });
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      report({ type: 'phase', phase: 'build', state: 'done' });
      return { status: 'done', value: RESULT };
    });
    const jobId = idOf(await start(source));
    await until(() => pair.pushed().length === 1);
    pair.post({ type: 'window-ready', windowId: 1 });
    const list = (await pair.call('jobs.list', null)) as { value: Calls['jobs.list']['answer'] };
    expect(list.value).toEqual([{ id: jobId, kind: 'extension.package', title: 'ping', status: 'running', startedAt: expect.any(Number) }]);
    const joined = (await pair.call('job.join', { jobId })) as { value: Calls['job.join']['answer'] };
    const before = pair.pushed().length;
    go();
    await until(() => ends().length > 0);
    const view = reduceJob(reduceJob(emptyJobView('extension.package'), joined.value.replay), pair.pushed().slice(before));
    expect(view).toMatchObject({ status: 'done', progress: 1, value: RESULT });
    expect(view.phases.find((phase) => phase.id === 'build')!.state).toBe('done');
  });

  it('start again with what they were asked, also after a reload, but not from another window', async () => {
    const names: string[] = [];
    const source = await open(async ({ draft }) => {
      names.push(draft.extension.name);
      return { status: 'failed', error: { code: 'BUILD_STEP_FAILED', message: 'RUN false' } };
    });
    const jobId = idOf(await start(source));
    await until(() => ends().length === 1);
    pair.post({ type: 'window-ready', windowId: 1 });
    expect(await pair.call('job.again', { jobId }, 2)).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } });
    const again = await pair.call('job.again', { jobId });
    expect(again).toEqual({ ok: true, value: { jobId: expect.any(String), joined: false } });
    await until(() => ends().length === 2);
    expect(ends()[1]).toMatchObject({ jobId: idOf(again), status: 'failed' });
    expect(names).toEqual(['ping', 'ping']);
  });

  it('push nothing to a page that was loaded anew until it joins', async () => {
    const jobId = idOf(await start(await open(untilCancelled)));
    pair.post({ type: 'window-ready', windowId: 1 });
    await pair.call('job.cancel', { jobId });
    await until(() => pair.events('jobs.changed').length === 2);
    expect(pair.pushed()).toEqual([]);
  });

  it('carry the error of a failed one as data', async () => {
    const error = { code: 'BUILD_STEP_FAILED' as const, message: 'RUN false', location: { file: 'Dockerfile', line: 3 } };
    await start(await open(async () => ({ status: 'failed', error })));
    await until(() => ends().length > 0);
    expect(ends()).toMatchObject([{ status: 'failed', error }]);
  });

  it('tell all windows whenever one starts or ends', async () => {
    await start(await open(async () => ({ status: 'done', value: RESULT })));
    await until(() => ends().length > 0);
    expect(pair.events('jobs.changed').map(({ value }) => (value as { status: string }[])[0]!.status)).toEqual(['running', 'done']);
  });

  it('show the written file in the file manager, and say when it is gone', async () => {
    const source = await open(async (request) => ({ status: 'done', value: { ...RESULT, path: join(request.path, 'ping.spx') } }));
    const jobId = idOf(await start(source));
    await until(() => ends().length > 0);
    expect(await pair.call('job.reveal', { jobId })).toMatchObject({ error: { code: 'FILE_NOT_FOUND' } });
    writeFileSync(join(pair.folder, 'ping', 'ping.spx'), '');
    expect(await pair.call('job.reveal', { jobId })).toEqual({ ok: true, value: null });
    expect(pair.asks.at(-1)).toMatchObject({ ask: 'reveal', request: { path: join(pair.folder, 'ping', 'ping.spx') } });
  });

  it('are cancelled before the host closes', async () => {
    let ended = false;
    await start(
      await open(async (request, context) => {
        const outcome = await untilCancelled(request, context);
        ended = true;
        return outcome;
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    pair.post({ type: 'close' });
    await until(() => pair.sent.some((message) => message.type === 'closed'));
    expect(ended).toBe(true);
  });

  it.each([
    [null],
    [{}],
    [{ kind: 'extension.package' }],
    [{ kind: 'rm -rf', request: { source: 'x', draft: DRAFT } }],
    [{ kind: 'image.build', request: { source: 'x', draft: null } }],
  ])('are not started by %j', async (raw) => {
    await open(untilCancelled);
    expect(await pair.job(raw)).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } });
  });
});
