import type { FailedStep, StepSummary } from '../../../../shared/docker/buildkit-trace-steps.ts';
import type { BuildStep, Report } from '../../../../shared/jobs/report.ts';

/** Lines of output kept per step. */
const TAIL = 40;

/**
 * Steps out of the text of the classic builder ("Step 2/5 : RUN make", " ---> Using cache") and of Podman ("[1/2] STEP 2/5: RUN make",
 * "--> Using cache 1a2b..."). Everything else is the output of the step that runs.
 */
export class ClassicSteps {
  private readonly steps: BuildStep[] = [];
  private tail: string[] = [];
  private rest = '';
  private stage = '';
  private best = 0;

  constructor(
    private readonly image: string,
    private readonly report: Report,
    private readonly now: () => number = Date.now,
  ) {}

  /** Text of the engine, cut anywhere. */
  take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) this.line(line.replace(/\r$/, '').split('\r').at(-1)!);
  }

  /** Progress of a download inside the running step, in bytes. */
  bytes(current: number, total: number): void {
    if (total > 0) this.change({ current, total });
  }

  finish(outcome: 'done' | 'failed' | 'cancelled'): StepSummary {
    if (this.rest !== '') this.line(this.rest);
    this.rest = '';
    const last = this.steps.at(-1);
    if (last?.state === 'running') this.change({ state: outcome, endedAt: this.now() });
    if (outcome === 'done' && last) this.progress(1, this.totalOf(last));
    return { total: this.steps.length, cached: this.steps.filter((step) => step.state === 'cached').length };
  }

  failed(): FailedStep | null {
    const last = this.steps.at(-1);
    return last ? { name: last.name, error: '', tail: this.tail } : null;
  }

  private totalOf(step: BuildStep): number {
    return Number(/(\d+)\/(\d+)\]/.exec(step.name)?.[2] ?? this.steps.length);
  }

  private line(line: string): void {
    const step = /^(?:\[(\d+)\/(\d+)\] )?step (\d+)\/(\d+) ?: (.*)$/i.exec(line);
    if (step) return this.begin(step);
    if (/^-{2,3}> Using cache\b|^ ---> Using cache$/.test(line))
      return this.change({ state: 'cached', note: 'Nothing it depends on has changed since an earlier build.' });
    if (/^ ?-{2,3}> (?:Running in )?[0-9a-f]{10,64}$|^Removing intermediate container [0-9a-f]+$|^(?:Successfully (?:built|tagged) |COMMIT )/.test(line))
      return;
    if (line.trim() === '' && this.tail.length === 0) return;
    // Lines with an arrow are the builder's own remarks.
    if (!line.startsWith(' ---> ')) this.tail.push(line);
    if (this.tail.length > TAIL) this.tail.shift();
    const current = this.steps.at(-1);
    this.report({ type: 'log', stream: 'stdout', text: `${line}\n`, ...(current ? { step: current.id } : {}) });
  }

  private begin(match: RegExpExecArray): void {
    const last = this.steps.at(-1);
    if (last?.state === 'running') this.change({ state: 'done', endedAt: this.now() });
    else if (last?.state === 'cached') this.change({ endedAt: this.now() });
    this.stage = match[1] ? `stage-${Number(match[1]) - 1} ` : '';
    const [number, of] = [Number(match[3]), Number(match[4])];
    this.tail = [];
    this.steps.push({
      id: `${this.image}#${this.stage}${number}`,
      image: this.image,
      name: `[${this.stage}${number}/${of}] ${match[5]!}`,
      state: 'running',
      startedAt: this.now(),
    });
    this.report({ type: 'step', step: this.steps.at(-1)! });
    const [stage, stages] = match[1] ? [Number(match[1]) - 1, Number(match[2])] : [0, 1];
    this.progress((stage + (number - 1) / of) / stages, of);
  }

  private change(change: Partial<BuildStep>): void {
    const step = this.steps.at(-1);
    if (!step) return;
    Object.assign(step, change);
    this.report({ type: 'step', step: { ...step } });
  }

  private progress(share: number, total: number): void {
    this.best = Math.max(this.best, share);
    this.report({ type: 'progress', phase: 'build', done: Math.round(this.best * total * 100) / 100, total, unit: 'steps' });
  }
}
