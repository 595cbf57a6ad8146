/** What a job looks like, as a pure reduction over its messages. The window and the command line both show this. */
import type { Finding } from '../checks/finding.ts';
import type { WireError } from '../errors/codes.ts';
import type { JobKind, JobMessage, JobStatus } from './job.ts';
import { appendLog, type LogView } from './log-lines.ts';
import { PHASES, type BuildStep, type PhaseId, type ReportEvent } from './report.ts';

export type PhaseState = 'waiting' | 'running' | 'done' | 'skipped' | 'failed' | 'cancelled';

/** One phase. `total` is absent while unknown. Times are milliseconds since the epoch. */
export interface PhaseView {
  id: PhaseId;
  title: string;
  state: PhaseState;
  startedAt?: number;
  endedAt?: number;
  done?: number;
  total?: number;
  unit?: 'bytes' | 'steps' | 'files';
}

/** Everything a page shows of one job. Treat as read-only: reduceJob shares what did not change with the view before. */
export interface JobView {
  kind: JobKind;
  status: JobStatus;
  /** The phases that this kind of job goes through, in order. */
  phases: PhaseView[];
  /** 0 to 1, never lower than in the view before; 1 only when the job is done. */
  progress: number;
  /** In the order in which they were first heard of. */
  steps: BuildStep[];
  /** Output by step id; '' holds what belongs to no step. */
  logs: Record<string, LogView>;
  /** Log events that were dropped before this view could hold them. */
  droppedLogs: number;
  findings: Finding[];
  startedAt?: number;
  endedAt?: number;
  /** The answer of a job that is done, as Jobs[kind]['value']. */
  value?: unknown;
  /** Why it failed. Absent for a cancelled job: that is no failure. */
  error?: WireError;
  /** The next `seq` that is news; messages below it were reduced already. */
  nextSeq: number;
}

/** Shares of the whole, measured on a first packing of a 600 MB image; they only need to be roughly right. */
const WEIGHTS: Readonly<Record<PhaseId, number>> = { preflight: 2, context: 5, build: 50, pull: 8, layers: 22, check: 1, pack: 10, verify: 2 };

const KIND_PHASES: Readonly<Record<JobKind, readonly PhaseId[]>> = { 'extension.package': PHASES, 'image.build': ['preflight', 'context', 'build', 'pull'] };

/** Names of the phases for people, where a report gives none. */
export const PHASE_TITLES: Readonly<Record<PhaseId, string>> = {
  preflight: 'Look around',
  context: 'Send the files',
  build: 'Build the image',
  pull: 'Fetch images',
  layers: 'Take the layers',
  check: 'Check the extension',
  pack: 'Write the package',
  verify: 'Read it back',
};

/** A job of which nothing is known yet. */
export function emptyJobView(kind: JobKind): JobView {
  const phases = KIND_PHASES[kind].map((id): PhaseView => ({ id, title: PHASE_TITLES[id], state: 'waiting' }));
  return { kind, status: 'running', phases, progress: 0, steps: [], logs: {}, droppedLogs: 0, findings: [], nextSeq: 0 };
}

/** The view after these messages. Messages that were reduced already are passed over, so a replay may overlap live ones. */
export function reduceJob(before: JobView, messages: readonly JobMessage[]): JobView {
  const fresh = messages.filter((message, index) => message.seq >= before.nextSeq && (index === 0 || message.seq > messages[index - 1]!.seq));
  if (fresh.length === 0 || before.status !== 'running') return before;
  const view: JobView = { ...before, phases: [...before.phases], steps: [...before.steps], logs: { ...before.logs }, findings: [...before.findings] };
  const ownLogs = new Set<string>();
  for (const message of fresh) {
    view.nextSeq = message.seq + 1;
    if (message.type === 'dropped') view.droppedLogs += message.count;
    else if (message.type === 'end') {
      // Before the end: a job that failed keeps the progress that came in the same batch.
      view.progress = overall(view, view.progress);
      end(view, message);
      break;
    } else apply(view, message.event, ownLogs);
  }
  view.progress = overall(view, view.progress);
  return view;
}

/** Milliseconds since the start; stands still once the job has ended. 0 before the first message. */
export function elapsed(view: Pick<JobView, 'startedAt' | 'endedAt'>, now: number): number {
  if (view.startedAt === undefined) return 0;
  return Math.max(0, (view.endedAt ?? now) - view.startedAt);
}

/** done/total of one phase, 0 to 1; null while the total is unknown. */
export function phaseFraction(view: Pick<JobView, 'steps'>, phase: PhaseView): number | null {
  if (phase.state === 'done' || phase.state === 'skipped') return 1;
  if (phase.state === 'waiting') return 0;
  if (phase.total !== undefined && phase.total > 0) return Math.min(1, (phase.done ?? 0) / phase.total);
  return phase.id === 'build' ? stepShare(view.steps) : null;
}

/** Finished steps of those to come. BuildKit's own come first and are done at once; "[2/7] RUN ..." tells how many there will be. */
function stepShare(steps: readonly BuildStep[]): number | null {
  const own = steps.filter((step) => !step.name.startsWith('[internal]'));
  if (own.length === 0) return null;
  const announced = own.map((step) => Number(/^\[(?:\S+ +)?\d+\/(\d+)\]/.exec(step.name)?.[1] ?? 0));
  return own.filter((step) => step.state === 'done' || step.state === 'cached').length / Math.max(own.length, ...announced);
}

/** The phase that is shown as current: the last that runs, else the last that began. */
export function currentPhase(view: JobView): PhaseView | undefined {
  return view.phases.findLast((phase) => phase.state === 'running') ?? view.phases.findLast((phase) => phase.startedAt !== undefined);
}

function apply(view: JobView, event: ReportEvent, ownLogs: Set<string>): void {
  view.startedAt ??= event.at;
  switch (event.type) {
    case 'phase':
      return changePhase(view, event.phase, (phase) => {
        const title = event.title === undefined ? {} : { title: event.title };
        if (event.state === 'started') return { ...phase, ...title, state: 'running', startedAt: phase.startedAt ?? event.at };
        return { ...phase, ...title, state: event.state, ...(phase.startedAt === undefined ? {} : { endedAt: event.at }) };
      });
    case 'progress':
      return changePhase(view, event.phase, (phase) => {
        const { total: _, ...rest } = phase;
        const state = phase.state === 'waiting' ? 'running' : phase.state;
        return {
          ...rest,
          state,
          startedAt: phase.startedAt ?? event.at,
          done: event.done,
          unit: event.unit,
          ...(event.total === undefined ? {} : { total: event.total }),
        };
      });
    case 'step': {
      const index = view.steps.findIndex((step) => step.id === event.step.id);
      if (index < 0) view.steps.push(event.step);
      else view.steps[index] = event.step;
      return;
    }
    case 'log': {
      const key = event.step ?? '';
      if (!ownLogs.has(key)) {
        const log = view.logs[key];
        view.logs[key] = log ? { ...log, lines: [...log.lines] } : { lines: [], dropped: 0, open: false };
        ownLogs.add(key);
      }
      return appendLog(view.logs[key]!, event);
    }
    case 'finding':
      view.findings.push(event.finding);
  }
}

function changePhase(view: JobView, id: PhaseId, change: (phase: PhaseView) => PhaseView): void {
  const index = view.phases.findIndex((phase) => phase.id === id);
  if (index >= 0) view.phases[index] = change(view.phases[index]!);
}

function end(view: JobView, message: Extract<JobMessage, { type: 'end' }>): void {
  view.status = message.status;
  view.startedAt ??= message.at;
  view.endedAt = message.at;
  if (message.value !== undefined) view.value = message.value;
  if (message.status === 'failed' && message.error) view.error = message.error;
  const left = message.status === 'done' ? 'done' : message.status;
  view.phases = view.phases.map((phase) => (phase.state === 'running' ? { ...phase, state: left, endedAt: message.at } : phase));
  // A step that still runs when the job is over was stopped with it; BuildKit says nothing more of it.
  view.steps = view.steps.map((step) => (step.state === 'running' && message.status !== 'done' ? { ...step, state: 'cancelled', endedAt: message.at } : step));
}

function overall(view: JobView, floor: number): number {
  if (view.status === 'done') return 1;
  if (view.status !== 'running') return floor;
  const furthest = view.phases.findLastIndex((phase) => phase.state !== 'waiting');
  let sum = 0;
  let whole = 0;
  view.phases.forEach((phase, index) => {
    const weight = WEIGHTS[phase.id];
    whole += weight;
    // A phase that was passed over without a word has nothing left to do.
    const passed = phase.state === 'waiting' && index < furthest;
    sum += weight * (passed ? 1 : (phaseFraction(view, phase) ?? 0));
  });
  return Math.max(floor, Math.min(0.99, sum / whole));
}
