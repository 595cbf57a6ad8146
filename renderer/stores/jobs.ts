import { create } from 'zustand';
import type { WireError } from '../../shared/errors/codes.ts';
import type { JobBatch, JobStart } from '../../shared/ipc/contract.ts';
import type { JobMessage, JobSummary } from '../../shared/jobs/job.ts';
import { emptyJobView, type JobView, reduceJob } from '../../shared/jobs/progress.ts';
import { call, startJob } from '../api/bridge.ts';

interface JobsState {
  /** Null until the first answer. Newest first. */
  summaries: JobSummary[] | null;
  views: Record<string, JobView>;
  /** What was started since the page was loaded: what a job's page says of its source. */
  requests: Record<string, JobStart>;
  /** Jobs that were asked to stop and have not ended yet. */
  cancelling: Record<string, true>;
  joinErrors: Record<string, WireError>;
  startError: WireError | null;
  load: () => Promise<void>;
  setSummaries: (list: JobSummary[]) => void;
  push: (batch: JobBatch) => void;
  start: (start: JobStart) => Promise<string | null>;
  /** Starts an ended job's request again; the new job, or null where it could not start. */
  again: (jobId: string) => Promise<string | null>;
  join: (jobId: string) => Promise<void>;
  cancel: (jobId: string) => Promise<void>;
}

/** Live messages that arrive while a replay is on its way: reduced before it, they would make it look old. */
const held = new Map<string, JobMessage[]>();

const newestFirst = (list: readonly JobSummary[]): JobSummary[] => [...list].sort((a, b) => b.startedAt - a.startedAt);

export const useJobs = create<JobsState>()((set, get) => ({
  summaries: null,
  views: {},
  requests: {},
  cancelling: {},
  joinErrors: {},
  startError: null,
  load: async () => {
    const answer = await call('jobs.list', null);
    get().setSummaries(answer.ok ? answer.value : []);
  },
  setSummaries: (list) => {
    set({ summaries: newestFirst(list) });
    for (const job of list) if (job.status === 'running' && !get().views[job.id]) void get().join(job.id);
  },
  push: (batch) => {
    const byJob = new Map<string, JobMessage[]>();
    for (const message of batch) byJob.set(message.jobId, [...(byJob.get(message.jobId) ?? []), message]);
    const views = { ...get().views };
    const cancelling = { ...get().cancelling };
    for (const [jobId, messages] of byJob) {
      const waiting = held.get(jobId);
      const view = views[jobId];
      if (waiting) waiting.push(...messages);
      else if (view) {
        views[jobId] = reduceJob(view, messages);
        if (views[jobId].status !== 'running') delete cancelling[jobId];
      } else void get().join(jobId);
    }
    set({ views, cancelling });
  },
  start: async (start) => {
    set({ startError: null });
    const answer = await startJob(start);
    if (!answer.ok) {
      set({ startError: answer.error });
      return null;
    }
    const { jobId } = answer.value;
    set({ requests: { ...get().requests, [jobId]: start } });
    if (!get().views[jobId]) await get().join(jobId);
    return jobId;
  },
  again: async (ended) => {
    // What this page started it knows itself, also after the services crashed; what an earlier page started, the services know.
    const request = get().requests[ended];
    if (request) return get().start(request);
    set({ startError: null });
    const answer = await call('job.again', { jobId: ended });
    if (!answer.ok) {
      set({ startError: answer.error });
      return null;
    }
    const { jobId } = answer.value;
    if (!get().views[jobId]) await get().join(jobId);
    return jobId;
  },
  join: async (jobId) => {
    if (held.has(jobId)) return;
    held.set(jobId, []);
    const answer = await call('job.join', { jobId });
    const live = held.get(jobId) ?? [];
    held.delete(jobId);
    if (!answer.ok) {
      set({ joinErrors: { ...get().joinErrors, [jobId]: answer.error } });
      return;
    }
    const { summary, replay } = answer.value;
    const view = reduceJob(reduceJob(emptyJobView(summary.kind), replay), live);
    const others = (get().summaries ?? []).filter((s) => s.id !== jobId);
    set({ views: { ...get().views, [jobId]: view }, summaries: newestFirst([summary, ...others]) });
  },
  cancel: async (jobId) => {
    set({ cancelling: { ...get().cancelling, [jobId]: true } });
    const answer = await call('job.cancel', { jobId });
    if (answer.ok) return;
    const { [jobId]: _, ...cancelling } = get().cancelling;
    set({ cancelling });
  },
}));
