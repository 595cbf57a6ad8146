import type { BuildStep, Report } from '../jobs/report.ts';
import type { Trace, TraceVertex } from './buildkit-trace.ts';
import { Utf8Pieces } from './buildkit-trace-utf8.ts';

/** Counts and the last output, for the result or the error of a build. */
export interface StepSummary {
  total: number;
  cached: number;
}

/** A step as the failure mapping wants it. */
export interface FailedStep {
  name: string;
  error: string;
  tail: string[];
}

/** Lines of output kept per step. */
const TAIL = 40;
/** Characters of an unfinished line that are kept before it is cut. */
const LONGEST_LINE = 64 * 1024;
/** Milliseconds between two reports of a step's bytes. */
const BYTES_EVERY = 100;

interface Kept {
  vertex: TraceVertex;
  step: BuildStep;
  decoders: Record<number, { utf8: Utf8Pieces; line: string }>;
  tail: string[];
  bytes: Map<string, { current: number; total: number }>;
  bytesAt: number;
  internal: boolean;
}

/**
 * Reduces a build's traces to reports: steps that change, lines of output, and the progress of the phase "build". Progress counts the
 * steps of the Dockerfile, may include parts of a step, and never runs backwards.
 */
export class TraceSteps {
  private readonly kept = new Map<string, Kept>();
  private best = 0;
  private total: number;

  /**
   * @param image tag that the steps belong to
   * @param expected number of steps that the Dockerfile promises, 0 where unknown
   */
  constructor(
    private readonly image: string,
    private readonly report: Report,
    private expected: number,
  ) {
    this.total = expected;
  }

  take(trace: Trace): void {
    for (const vertex of trace.vertices) this.vertex(vertex);
    for (const status of trace.statuses) {
      const kept = this.kept.get(status.vertex);
      if (!kept || (status.total <= 0 && status.current <= 0)) continue;
      kept.bytes.set(status.id, { current: status.current, total: status.total });
      this.bytes(kept, status.completed !== undefined);
    }
    for (const log of trace.logs) this.log(log.vertex, log.stream, log.message);
    for (const warning of trace.warnings) this.line(warning.vertex, 2, `warning: ${warning.short}${warning.line ? ` (line ${warning.line})` : ''}`);
    if (trace.vertices.length > 0 || trace.statuses.length > 0) this.progress(false);
  }

  /** Ends lines that have no newline and marks steps that never ended. */
  finish(outcome: 'done' | 'failed' | 'cancelled'): StepSummary {
    for (const kept of this.kept.values()) {
      for (const [stream, decoder] of Object.entries(kept.decoders)) {
        const rest = decoder.line + decoder.utf8.end();
        decoder.line = '';
        if (rest !== '') this.emit(kept, Number(stream), rest);
      }
      if (kept.step.state === 'running' && outcome !== 'done')
        this.change(kept, {
          state: outcome === 'cancelled' ? 'cancelled' : kept.vertex.error ? 'failed' : 'cancelled',
          endedAt: kept.step.endedAt ?? Date.now(),
        });
    }
    if (outcome === 'done') this.progress(true);
    const steps = [...this.kept.values()].filter((kept) => !kept.internal);
    return { total: steps.length, cached: steps.filter((kept) => kept.step.state === 'cached').length };
  }

  /** The step that failed first, by the engine's word. A cancelled neighbour carries an error too ("context canceled"). */
  failed(): FailedStep | null {
    const failed = [...this.kept.values()].filter((kept) => kept.vertex.error !== '');
    const kept = failed.find(({ vertex }) => !/context canceled/.test(vertex.error)) ?? failed[0];
    return kept ? { name: kept.vertex.name, error: kept.vertex.error, tail: kept.tail } : null;
  }

  private vertex(vertex: TraceVertex): void {
    const known = this.kept.get(vertex.digest);
    const internal = isInternal(vertex.name);
    const state = stateOf(vertex);
    if (!known) {
      const kept: Kept = {
        vertex,
        step: { id: vertex.digest, image: this.image, name: vertex.name, state: 'waiting' },
        decoders: {},
        tail: [],
        bytes: new Map(),
        bytesAt: 0,
        internal,
      };
      this.kept.set(vertex.digest, kept);
      this.change(kept, { state, ...times(vertex), ...(vertex.error ? { error: vertex.error } : {}) });
      return;
    }
    // The graph is told again with each solve: a step that ended stays ended.
    if (known.vertex.completed !== undefined && vertex.completed === undefined) return;
    known.vertex = { ...vertex, error: vertex.error || known.vertex.error };
    const note = this.why(known, state);
    this.change(known, { state, ...times(vertex), ...(vertex.error ? { error: vertex.error } : {}), ...(note ? { note } : {}) });
  }

  /** Why a step was taken from the cache or not, where its inputs tell. */
  private why(kept: Kept, state: BuildStep['state']): string | null {
    if (kept.internal || kept.step.note) return null;
    const inputs = kept.vertex.inputs
      .map((digest) => this.kept.get(digest))
      .filter((input) => input !== undefined && !isContext(input.vertex.name) && !input.internal) as Kept[];
    if (state === 'cached') return 'Nothing it depends on has changed since an earlier build.';
    if (state !== 'done' && state !== 'running') return null;
    if (/\] FROM /.test(kept.vertex.name)) return null;
    const ran = inputs.find((input) => input.step.state === 'done' && !/\] FROM /.test(input.vertex.name));
    if (ran) return `Runs again because an earlier step did: ${ran.vertex.name}`;
    if (inputs.some((input) => input.step.state !== 'cached' && input.step.state !== 'done')) return null;
    return /\] (COPY|ADD) /.test(kept.vertex.name)
      ? 'First step that is not in the cache: the files it copies, or the line itself, are new.'
      : 'First step that is not in the cache: its line is new, or a file or argument it uses has changed.';
  }

  private change(kept: Kept, change: Partial<BuildStep>): void {
    const next = { ...kept.step, ...change };
    const same = (Object.keys(change) as (keyof BuildStep)[]).every((key) => kept.step[key] === change[key]);
    const first = kept.step.state === 'waiting' && kept.step.startedAt === undefined && change.state === 'waiting' && !this.announced.has(kept.step.id);
    if (same && !first) return;
    this.announced.add(kept.step.id);
    kept.step = next;
    this.report({ type: 'step', step: next });
  }

  private readonly announced = new Set<string>();

  private bytes(kept: Kept, ended: boolean): void {
    let current = 0;
    let total = 0;
    for (const part of kept.bytes.values()) {
      current += part.current;
      total += part.total > 0 ? part.total : part.current;
    }
    const now = Date.now();
    if (!ended && now - kept.bytesAt < BYTES_EVERY) return;
    kept.bytesAt = now;
    this.change(kept, { current, total: Math.max(total, current) });
  }

  private log(digest: string, stream: number, message: Uint8Array): void {
    const kept = this.kept.get(digest);
    if (!kept) return;
    kept.decoders[stream] ??= { utf8: new Utf8Pieces(), line: '' };
    const decoder = kept.decoders[stream];
    const lines = (decoder.line + decoder.utf8.push(message)).split('\n');
    decoder.line = lines.pop()!;
    if (decoder.line.length > LONGEST_LINE) {
      lines.push(decoder.line);
      decoder.line = '';
    }
    for (const line of lines) this.emit(kept, stream, line);
  }

  private line(digest: string, stream: number, text: string): void {
    const kept = this.kept.get(digest);
    if (kept) this.emit(kept, stream, text);
    else this.report({ type: 'log', stream: stream === 2 ? 'stderr' : 'stdout', text: `${text}\n` });
  }

  private emit(kept: Kept, stream: number, raw: string): void {
    // A progress bar redraws its line with carriage returns: the last drawing counts.
    const text = raw.replace(/\r+$/, '').split('\r').at(-1)!;
    kept.tail.push(text);
    if (kept.tail.length > TAIL) kept.tail.shift();
    this.report({ type: 'log', step: kept.step.id, stream: stream === 2 ? 'stderr' : 'stdout', text: `${text}\n` });
  }

  private progress(ended: boolean): void {
    const steps = [...this.kept.values()].filter((kept) => !kept.internal);
    this.total = Math.max(this.expected, steps.length, 1);
    let done = 0;
    for (const { step } of steps) {
      if (step.state === 'done' || step.state === 'cached') done += 1;
      else if (step.state === 'running' && step.total) done += 0.9 * Math.min(1, (step.current ?? 0) / step.total);
    }
    const share = ended ? 1 : Math.max(this.best, Math.min(done / this.total, 0.99));
    if (share === this.best && !ended) return;
    this.best = share;
    this.report({ type: 'progress', phase: 'build', done: Math.round(share * this.total * 100) / 100, total: this.total, unit: 'steps' });
  }
}

const isInternal = (name: string): boolean => /^\[internal\]|^resolve image config|^docker-image:\/\//.test(name);
const isContext = (name: string): boolean => /^\[internal\] load build context/.test(name);

function stateOf(vertex: TraceVertex): BuildStep['state'] {
  if (vertex.error !== '') return /context canceled/.test(vertex.error) ? 'cancelled' : 'failed';
  if (vertex.completed !== undefined) return vertex.cached ? 'cached' : 'done';
  if (vertex.cached) return 'cached';
  return vertex.started !== undefined ? 'running' : 'waiting';
}

const times = (vertex: TraceVertex): Partial<BuildStep> => ({
  ...(vertex.started === undefined ? {} : { startedAt: vertex.started }),
  ...(vertex.completed === undefined ? {} : { endedAt: vertex.completed }),
});
