import { randomUUID } from 'node:crypto';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { toOutcome, toWireError, type Outcome } from '../../../shared/ipc/result.ts';
import type { JobKind, JobMessage, JobSummary } from '../../../shared/jobs/job.ts';
import type { VerbContext } from '../ports/verb.ts';
import { ReplayBuffer } from './replay-buffer.ts';

export interface JobRequest {
  kind: JobKind;
  /** What must not be worked on twice at once, e.g. the source's real path. */
  key: string;
  title: string;
}

export interface JobRunnerOptions {
  now?: () => number;
  /** Messages kept per job for a page that joins late. */
  replayLimit?: number;
  /** Ended jobs that can still be joined. */
  keepEnded?: number;
  /** A verb that has not ended this long after its cancel (ms) is taken as cancelled, and not heard any more. */
  cancelGrace?: number;
}

interface Job {
  summary: JobSummary;
  key: string;
  seq: number;
  abort: AbortController;
  buffer: ReplayBuffer;
  value?: unknown;
  ended: Promise<void>;
}

type Listener<T> = (value: T) => void;

/** Runs long verbs as jobs: numbers and keeps what they report, and ends each exactly once. Pages come and go meanwhile. */
export class JobRunner {
  private readonly jobs = new Map<string, Job>();
  private readonly messageListeners = new Set<Listener<JobMessage>>();
  private readonly changeListeners = new Set<Listener<JobSummary[]>>();
  private readonly options: Required<JobRunnerOptions>;

  constructor(options: JobRunnerOptions = {}) {
    this.options = { now: Date.now, replayLimit: 5000, keepEnded: 20, cancelGrace: 1800, ...options };
  }

  /** Starts the verb, or joins the running job of the same kind and key. */
  start(request: JobRequest, verb: (context: VerbContext) => Promise<Outcome<unknown>>): { jobId: string; joined: boolean } {
    const running = [...this.jobs.values()].find((job) => job.summary.status === 'running' && job.key === request.key && job.summary.kind === request.kind);
    if (running) return { jobId: running.summary.id, joined: true };
    const id = randomUUID();
    const summary: JobSummary = { id, kind: request.kind, title: request.title, status: 'running', startedAt: this.options.now() };
    const job: Job = {
      summary,
      key: request.key,
      seq: 0,
      abort: new AbortController(),
      buffer: new ReplayBuffer(this.options.replayLimit),
      ended: Promise.resolve(),
    };
    this.jobs.set(id, job);
    // In a later turn, so that the caller knows the id before the first message.
    job.ended = Promise.resolve().then(() => this.run(job, verb));
    this.changed();
    return { jobId: id, joined: false };
  }

  /** Asks a job to stop; it ends within two seconds. No effect on one that has ended. */
  cancel(jobId: string): void {
    this.find(jobId).abort.abort();
  }

  /** Running jobs and the last that ended, newest first. */
  list(): JobSummary[] {
    return [...this.jobs.values()].map((job) => ({ ...job.summary })).reverse();
  }

  /** The job as it stands, and the messages to draw it from. */
  join(jobId: string): { summary: JobSummary; replay: JobMessage[] } {
    const job = this.find(jobId);
    return { summary: { ...job.summary }, replay: job.buffer.replay() };
  }

  /** The answer of a job that is done, else undefined. */
  value(jobId: string): unknown {
    return this.find(jobId).value;
  }

  onMessage(listener: Listener<JobMessage>): () => void {
    this.messageListeners.add(listener);
    return () => this.messageListeners.delete(listener);
  }

  /** Called with the list whenever a job starts or ends. */
  onChange(listener: Listener<JobSummary[]>): () => void {
    this.changeListeners.add(listener);
    return () => this.changeListeners.delete(listener);
  }

  /** Cancels everything and waits for the ends. */
  async close(): Promise<void> {
    for (const job of this.jobs.values()) job.abort.abort();
    await Promise.all([...this.jobs.values()].map((job) => job.ended));
  }

  private async run(job: Job, verb: (context: VerbContext) => Promise<Outcome<unknown>>): Promise<void> {
    const { signal } = job.abort;
    const report: VerbContext['report'] = (event) => this.message(job, { type: 'report', event: { ...event, at: this.options.now() } });
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<Outcome<unknown>>((resolve) => {
      const arm = (): void => {
        timer = setTimeout(() => resolve({ status: 'cancelled' }), this.options.cancelGrace);
      };
      if (signal.aborted) arm();
      else signal.addEventListener('abort', arm, { once: true });
    });
    const own = toOutcome(signal, () => verb({ signal, report })).then((outer) => (outer.status === 'done' ? outer.value : outer));
    const outcome = await Promise.race([own, overdue]).catch((thrown: unknown): Outcome<unknown> => ({ status: 'failed', error: toWireError(thrown) }));
    clearTimeout(timer);
    this.end(job, outcome.status === 'failed' && signal.aborted ? { status: 'cancelled' } : outcome);
  }

  private end(job: Job, outcome: Outcome<unknown>): void {
    const at = this.options.now();
    if (outcome.status === 'done') job.value = outcome.value;
    const more = outcome.status === 'done' ? { value: outcome.value } : outcome.status === 'failed' ? { error: outcome.error } : {};
    this.message(job, { type: 'end', status: outcome.status, at, ...more });
    job.summary = { ...job.summary, status: outcome.status, endedAt: at };
    this.forgetOldest();
    this.changed();
  }

  private message(job: Job, body: DistributiveOmit<JobMessage, 'jobId' | 'seq'>): void {
    // Nothing follows an end: a verb that goes on reporting after its cancel is not heard.
    if (job.summary.status !== 'running') return;
    const message = { jobId: job.summary.id, seq: job.seq++, ...body } as JobMessage;
    job.buffer.add(message);
    for (const listener of this.messageListeners) listener(message);
  }

  private changed(): void {
    const list = this.list();
    for (const listener of this.changeListeners) listener(list);
  }

  private forgetOldest(): void {
    const ended = [...this.jobs.values()].filter((job) => job.summary.status !== 'running');
    for (const job of ended.slice(0, Math.max(0, ended.length - this.options.keepEnded))) this.jobs.delete(job.summary.id);
  }

  private find(jobId: string): Job {
    const job = this.jobs.get(jobId);
    if (!job) throw new GangwayError('UNKNOWN_JOB', `There is no job ${jobId}.`);
    return job;
  }
}

type DistributiveOmit<T, K extends keyof never> = T extends unknown ? Omit<T, K> : never;
