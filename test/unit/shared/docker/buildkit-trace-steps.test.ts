import { describe, expect, it } from 'vitest';
import type { Trace, TraceVertex } from '../../../../shared/docker/buildkit-trace.ts';
import { TraceSteps } from '../../../../shared/docker/buildkit-trace-steps.ts';
import type { BuildStep, ReportEvent } from '../../../../shared/jobs/report.ts';

const vertex = (digest: string, name: string, more: Partial<TraceVertex> = {}): TraceVertex => ({
  digest,
  inputs: [],
  name,
  cached: false,
  error: '',
  ...more,
});
const trace = (more: Partial<Trace>): Trace => ({ vertices: [], statuses: [], logs: [], warnings: [], ...more });
const bytes = (text: string): Uint8Array => Buffer.from(text);

function record(expected = 3): { steps: TraceSteps; events: ReportEvent[]; last(id: string): BuildStep; shares(): number[]; lines(): string[] } {
  const events: ReportEvent[] = [];
  return {
    steps: new TraceSteps('ping:1', (event) => void events.push({ ...event, at: 0 } as ReportEvent), expected),
    events,
    last: (id) => events.flatMap((event) => (event.type === 'step' && event.step.id === id ? [event.step] : [])).at(-1)!,
    shares: () => events.flatMap((event) => (event.type === 'progress' ? [event.done / event.total!] : [])),
    lines: () => events.flatMap((event) => (event.type === 'log' ? [event.text] : [])),
  };
}

describe('the steps of a trace', () => {
  it('go from waiting over running to done, each change told once', () => {
    const { steps, events } = record();
    const told = [
      vertex('a', '[1/2] RUN x'),
      vertex('a', '[1/2] RUN x', { started: 1 }),
      vertex('a', '[1/2] RUN x', { started: 1 }),
      vertex('a', '[1/2] RUN x', { started: 1, completed: 5 }),
    ];
    for (const one of told) steps.take(trace({ vertices: [one] }));
    expect(events.flatMap((event) => (event.type === 'step' ? [event.step.state] : []))).toEqual(['waiting', 'running', 'done']);
  });

  it('stay ended when the graph is told again', () => {
    const { steps, last } = record();
    steps.take(trace({ vertices: [vertex('a', '[1/1] RUN x', { started: 1, completed: 2 })] }));
    steps.take(trace({ vertices: [vertex('a', '[1/1] RUN x')] }));
    expect(last('a').state).toBe('done');
  });

  it('say which one is the first that is not in the cache, and that later ones follow from it', () => {
    const { steps, last } = record();
    steps.take(
      trace({
        vertices: [
          vertex('f', '[1/4] FROM x', { started: 1, completed: 2, cached: true }),
          vertex('c', '[2/4] RUN a', { inputs: ['f'], started: 1, completed: 2, cached: true }),
          vertex('d', '[3/4] COPY b /', { inputs: ['c', 'ctx'], started: 3 }),
          vertex('e', '[4/4] RUN c', { inputs: ['d'] }),
        ],
      }),
    );
    steps.take(
      trace({
        vertices: [
          vertex('d', '[3/4] COPY b /', { inputs: ['c', 'ctx'], started: 3, completed: 4 }),
          vertex('e', '[4/4] RUN c', { inputs: ['d'], started: 5 }),
        ],
      }),
    );
    steps.take(trace({ vertices: [vertex('c', '[2/4] RUN a', { inputs: ['f'], started: 1, completed: 2, cached: true })] }));
    expect(last('c')).toMatchObject({ state: 'cached' });
    expect(last('d').note).toMatch(/^First step that is not in the cache: the files it copies/);
    expect(last('e').note).toBe('Runs again because an earlier step did: [3/4] COPY b /');
    expect(steps.finish('done')).toEqual({ total: 4, cached: 2 });
  });

  it("count without the engine's own, such as loading the Dockerfile", () => {
    const { steps } = record();
    steps.take(
      trace({
        vertices: [
          vertex('i', '[internal] load build definition from Dockerfile', { started: 1, completed: 2 }),
          vertex('a', '[1/1] RUN x', { started: 1, completed: 2 }),
        ],
      }),
    );
    expect(steps.finish('done')).toEqual({ total: 1, cached: 0 });
  });

  it('tell the first that failed, not a neighbour that was cancelled with it', () => {
    const { steps } = record();
    steps.take(
      trace({
        vertices: [
          vertex('b', '[2/3] RUN other', { started: 1, completed: 2, error: 'context canceled' }),
          vertex('a', '[1/3] RUN x', { started: 1, completed: 2, error: 'exit code: 1' }),
        ],
        logs: [{ vertex: 'a', stream: 2, message: bytes('no\nreason') }],
      }),
    );
    steps.finish('failed');
    expect(steps.failed()).toEqual({ name: '[1/3] RUN x', error: 'exit code: 1', tail: ['no', 'reason'] });
  });

  it('that run when a build is cancelled are cancelled', () => {
    const { steps, last } = record();
    steps.take(trace({ vertices: [vertex('a', '[1/3] RUN x', { started: 1 })] }));
    steps.finish('cancelled');
    expect(last('a').state).toBe('cancelled');
  });

  it('carry the bytes of a download', () => {
    const { steps, last } = record();
    steps.take(
      trace({
        vertices: [vertex('a', '[1/1] FROM x', { started: 1 })],
        statuses: [
          { id: 'l1', vertex: 'a', name: '', current: 10, total: 100, completed: 1 },
          { id: 'l2', vertex: 'a', name: '', current: 5, total: 50, completed: 1 },
        ],
      }),
    );
    expect(last('a')).toMatchObject({ current: 15, total: 150 });
  });
});

describe('the output of a trace', () => {
  const started = trace({ vertices: [vertex('a', '[1/1] RUN x', { started: 1 })] });

  it('comes in lines, whatever the borders of messages, stdout and stderr apart', () => {
    const { steps, events } = record();
    steps.take(started);
    const word = Buffer.from('größe\n');
    for (const byte of word) steps.take(trace({ logs: [{ vertex: 'a', stream: 1, message: Uint8Array.from([byte]) }] }));
    steps.take(
      trace({
        logs: [
          { vertex: 'a', stream: 1, message: bytes('on one ') },
          { vertex: 'a', stream: 2, message: bytes('error\n') },
          { vertex: 'a', stream: 1, message: bytes('line\nrest') },
        ],
      }),
    );
    steps.finish('done');
    expect(events.flatMap((event) => (event.type === 'log' ? [[event.stream, event.text]] : []))).toEqual([
      ['stdout', 'größe\n'],
      ['stderr', 'error\n'],
      ['stdout', 'on one line\n'],
      ['stdout', 'rest\n'],
    ]);
  });

  it("shows a progress bar's last drawing, and Windows line ends without their carriage return", () => {
    const { steps, lines } = record();
    steps.take(started);
    steps.take(trace({ logs: [{ vertex: 'a', stream: 1, message: bytes(' 1%\r 50%\r100%\r\nplain\r\n') }] }));
    expect(lines()).toEqual(['100%\n', 'plain\n']);
  });

  it('is kept for an error up to forty lines', () => {
    const { steps } = record();
    steps.take(
      trace({
        vertices: [vertex('a', '[1/1] RUN x', { started: 1, error: 'e' })],
        logs: [{ vertex: 'a', stream: 1, message: bytes(Array.from({ length: 100 }, (_, i) => `${i}\n`).join('')) }],
      }),
    );
    expect(steps.failed()?.tail).toEqual(Array.from({ length: 40 }, (_, i) => String(60 + i)));
  });

  it('does not wait for ever for the end of a line', () => {
    const { steps, lines } = record();
    steps.take(started);
    steps.take(trace({ logs: [{ vertex: 'a', stream: 1, message: bytes('x'.repeat(70_000)) }] }));
    expect(lines()[0]?.length).toBe(70_001);
  });
});

describe('the progress of a trace', () => {
  it('never runs backwards, even when more steps turn up than the Dockerfile promised', () => {
    const { steps, shares } = record(2);
    for (let i = 0; i < 6; i++) {
      steps.take(trace({ vertices: [vertex(`s${i}`, `[${i}/6] RUN x`, { started: 1, completed: 2 })] }));
      steps.take(trace({ vertices: Array.from({ length: i + 2 }, (_, j) => vertex(`w${j}`, `[${j}/6] RUN y`)) }));
    }
    expect(shares()).toEqual([...shares()].sort((a, b) => a - b));
    expect(Math.max(...shares())).toBeLessThan(1);
    steps.finish('done');
    expect(shares().at(-1)).toBe(1);
  });

  it('counts part of a step that downloads', () => {
    const { steps, shares } = record(2);
    steps.take(
      trace({ vertices: [vertex('a', '[1/1] FROM x', { started: 1 })], statuses: [{ id: 'l', vertex: 'a', name: '', current: 50, total: 100, completed: 1 }] }),
    );
    expect(shares().at(-1)).toBeGreaterThan(0.2);
  });
});
