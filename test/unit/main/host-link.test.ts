import { describe, expect, it } from 'vitest';
import { HostLink, type HostProcess } from '../../../electron/main/host-link.ts';
import type { JobBatch } from '../../../shared/ipc/contract.ts';
import type { FromHost, ToHost } from '../../../shared/ipc/host-protocol.ts';

/** A services' process that says what the test makes it say, and dies on demand. */
class FakeHost implements HostProcess {
  readonly got: ToHost[] = [];
  killed = false;
  private messageListener: (message: FromHost) => void = () => undefined;
  private exitListener: (code: number) => void = () => undefined;
  postMessage(message: ToHost): void {
    this.got.push(message);
  }
  on(event: 'message' | 'exit', listener: never): void {
    if (event === 'message') this.messageListener = listener;
    else this.exitListener = listener;
  }
  kill(): boolean {
    this.killed = true;
    return true;
  }
  say(message: FromHost): void {
    this.messageListener(message);
  }
  crash(): void {
    this.exitListener(134);
  }
}

function open(started = true): { link: HostLink; hosts: FakeHost[]; pushed: [number, JobBatch][]; events: unknown[]; now: { at: number } } {
  const hosts: FakeHost[] = [];
  const pushed: [number, JobBatch][] = [];
  const events: unknown[] = [];
  const now = { at: 0 };
  const link = new HostLink({
    fork: () => {
      hosts.push(new FakeHost());
      return hosts.at(-1)!;
    },
    push: (windowId, batch) => void pushed.push([windowId, batch]),
    event: (windowId, message) => void events.push([windowId, message.name]),
    desktop: async ({ ask }) => ({ ok: true, value: ask }),
    now: () => now.at,
  });
  if (started) {
    link.windowReady(99);
    hosts[0]!.got.length = 0;
  }
  return { link, hosts, pushed, events, now };
}

const line = (seq: number): JobBatch[number] => ({ jobId: 'j', seq, type: 'report', event: { type: 'log', stream: 'stdout', text: 'x', at: 0 } });

describe('the link to the services', () => {
  it('starts them with the first message for them and no sooner', () => {
    const { hosts, link } = open(false);
    expect(hosts).toHaveLength(0);
    void link.ask(1, { type: 'call', name: 'a', request: null });
    expect(hosts).toHaveLength(1);
  });

  it('matches answers to questions, whatever their order', async () => {
    const { link, hosts } = open();
    const first = link.ask(1, { type: 'call', name: 'a', request: null });
    const second = link.ask(1, { type: 'call', name: 'b', request: null });
    const [a, b] = hosts[0]!.got as { id: number }[];
    hosts[0]!.say({ type: 'answer', id: b!.id, result: { ok: true, value: 'b' } });
    hosts[0]!.say({ type: 'answer', id: a!.id, result: { ok: true, value: 'a' } });
    expect(await Promise.all([first, second])).toEqual([
      { ok: true, value: 'a' },
      { ok: true, value: 'b' },
    ]);
  });

  it('answers what the services ask of the desktop', async () => {
    const { hosts } = open();
    hosts[0]!.say({ type: 'desktop', id: 5, windowId: 1, ask: 'dark', request: null });
    await Promise.resolve();
    await Promise.resolve();
    expect(hosts[0]!.got).toEqual([{ type: 'desktop-answer', id: 5, result: { ok: true, value: 'dark' } }]);
  });

  it('answers open questions when the services crash, instead of leaving them', async () => {
    const { link, hosts } = open();
    const question = link.ask(1, { type: 'call', name: 'a', request: null });
    hosts[0]!.crash();
    expect(await question).toMatchObject({ ok: false, error: { code: 'INTERNAL', message: expect.stringContaining('services stopped') } });
  });

  it('ends running jobs once in every window that saw them, and not those that had ended', () => {
    const { hosts, pushed, events } = open();
    hosts[0]!.say({ type: 'push', windowId: 1, batch: [line(0), line(1)] });
    hosts[0]!.say({ type: 'push', windowId: 2, batch: [line(1)] });
    hosts[0]!.say({ type: 'push', windowId: 3, batch: [line(1), { jobId: 'j', seq: 2, type: 'end', status: 'done', at: 0 }] });
    pushed.length = 0;
    hosts[0]!.crash();
    const end = { jobId: 'j', seq: 2, type: 'end', status: 'failed', error: expect.objectContaining({ code: 'INTERNAL' }), at: 0 };
    expect(pushed).toEqual([
      [1, [end]],
      [2, [end]],
    ]);
    expect(events).toContainEqual([null, 'jobs.changed']);
  });

  it('starts the services anew and tells them of windows and grants', () => {
    const { link, hosts } = open();
    link.windowReady(1);
    hosts[0]!.say({ type: 'granted', windowId: 1, grantId: 'g', path: '/a' });
    hosts[0]!.say({ type: 'granted', windowId: 2, grantId: 'h', path: '/b' });
    link.windowClosed(2);
    hosts[0]!.crash();
    expect(hosts).toHaveLength(2);
    expect(hosts[1]!.got).toEqual([
      { type: 'regrant', windowId: 1, grants: [{ grantId: 'g', path: '/a' }] },
      { type: 'window-ready', windowId: 99 },
      { type: 'window-ready', windowId: 1 },
    ]);
  });

  it('leaves them alone when they fall over again and again, and says so to every question', async () => {
    const { link, hosts } = open();
    for (let i = 0; i < 20 && i < hosts.length; i++) hosts.at(-1)!.crash();
    expect(hosts.length).toBeLessThan(8);
    expect(await link.ask(1, { type: 'call', name: 'a', request: null })).toMatchObject({ ok: false });
  });

  it('waits for running jobs to clean up before it ends them', async () => {
    const { link, hosts } = open();
    const closed = link.close(5000);
    expect(hosts[0]!.got).toEqual([{ type: 'close' }]);
    expect(hosts[0]!.killed).toBe(false);
    hosts[0]!.say({ type: 'closed' });
    await closed;
    expect(hosts[0]!.killed).toBe(true);
  });

  it('ends services that do not close in time', async () => {
    const { link, hosts } = open();
    await link.close(10);
    expect(hosts[0]!.killed).toBe(true);
  });
});
