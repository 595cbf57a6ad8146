import type { PhaseId, Report } from '../../../shared/jobs/report.ts';

/**
 * Reports the phases of one job, each exactly once, and keeps how long each took. What a phase's workers report of phases
 * of their own is dropped (an engine that builds three images would start "build" three times); the rest passes.
 */
export class Phases {
  /** Milliseconds per finished phase. */
  readonly milliseconds: Partial<Record<PhaseId, number>> = {};
  readonly #report: Report;
  readonly #begun = new Map<PhaseId, number>();
  #context: 'waiting' | 'started' | 'done' = 'waiting';

  constructor(report: Report) {
    this.#report = report;
  }

  async run<T>(phase: PhaseId, title: string, body: (report: Report) => Promise<T>): Promise<T> {
    const result = await body(this.begin(phase, title));
    this.end(phase);
    return result;
  }

  /** Starts a phase; what its workers report goes to the Report that this gives. A phase that fails is never ended. */
  begin(phase: PhaseId, title: string): Report {
    this.#begun.set(phase, performance.now());
    this.#report({ type: 'phase', phase, state: 'started', title });
    return this.#within(phase);
  }

  end(phase: PhaseId): void {
    this.milliseconds[phase] = Math.round(performance.now() - (this.#begun.get(phase) ?? performance.now()));
    if (phase === 'build') this.#endContext();
    this.#report({ type: 'phase', phase, state: 'done' });
  }

  skip(phase: PhaseId): void {
    this.#report({ type: 'phase', phase, state: 'skipped' });
  }

  #within(phase: PhaseId): Report {
    return (event) => {
      if (event.type === 'phase') return;
      if (event.type === 'progress' && event.phase === 'context' && phase === 'build') {
        if (this.#context === 'waiting') {
          this.#context = 'started';
          this.#report({ type: 'phase', phase: 'context', state: 'started' });
        }
        if (this.#context !== 'started') return;
      } else if (event.type === 'progress' && event.phase !== phase) return;
      this.#report(event);
      // BuildKit's own step for the context: what follows in this phase is building.
      if (event.type === 'step' && event.step.state === 'done' && /load build context$/.test(event.step.name) && this.#context === 'started')
        this.#endContext();
    };
  }

  #endContext(): void {
    if (this.#context === 'done') return;
    this.#report({ type: 'phase', phase: 'context', state: this.#context === 'started' ? 'done' : 'skipped' });
    this.#context = 'done';
  }
}

/** Folds the progress of the i-th of n equal parts into one measure for its phase; everything else passes. */
export function partOf(report: Report, phase: PhaseId, index: number, count: number): Report {
  return (event) => {
    if (event.type !== 'progress' || event.phase !== phase) return report(event);
    const part = event.total ? Math.min(1, event.done / event.total) : 0;
    report({ type: 'progress', phase, done: Math.round((index + part) * 1000), total: count * 1000, unit: event.unit });
  };
}
