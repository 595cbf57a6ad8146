import { GangwayError } from '../../shared/errors/codes.ts';
import type { EventMessage, JobBatch, JobStart } from '../../shared/ipc/contract.ts';
import type { JobStarted } from '../../shared/ipc/bridge.ts';
import type { JobMessage, JobSummary } from '../../shared/jobs/job.ts';
import type { Outcome } from '../../shared/ipc/result.ts';
import { jobStartSchema } from '../../shared/ipc/schemas.ts';
import type { Services } from '../services/create-services.ts';
import type { JobRunner } from '../services/jobs/job-runner.ts';
import { PushBatcher } from '../services/jobs/push-batcher.ts';
import type { VerbContext } from '../services/ports/verb.ts';
import { parseRequest } from './dispatcher.ts';
import type { Grants } from './grants.ts';

export interface JobRouterDeps {
  runner: JobRunner;
  grants: Grants;
  services: () => Promise<Services>;
  push: (windowId: number, batch: JobBatch) => void;
  event: (message: EventMessage) => void;
}

interface Watcher {
  jobs: Set<string>;
  batcher: PushBatcher;
}

/** Starts jobs for windows and sends each window the messages of the jobs that it watches. */
export class JobRouter {
  private readonly watchers = new Map<number, Watcher>();
  /** What each kept job was asked to do. */
  private readonly requests = new Map<string, JobStart>();
  private readonly deps: JobRouterDeps;

  constructor(deps: JobRouterDeps) {
    this.deps = deps;
    deps.runner.onMessage((message) => this.deliver(message));
    deps.runner.onChange((list) => deps.event({ name: 'jobs.changed', value: list }));
  }

  /** @throws GangwayError BAD_REQUEST, FORBIDDEN */
  start(windowId: number, raw: unknown): JobStarted {
    const start = parseRequest(jobStartSchema, raw, 'job');
    const { path, kind } = this.deps.grants.get(windowId, start.request.source);
    const title = start.request.draft.extension.name || nameOf(path);
    const started = this.deps.runner.start({ kind: start.kind, key: `${kind} ${path}`, title }, async (context) =>
      run(await this.deps.services(), start, path, context),
    );
    if (started.joined) this.replayTo(windowId, started.jobId);
    else {
      this.watch(windowId, started.jobId);
      this.keep(started.jobId, start);
    }
    return started;
  }

  /** @throws GangwayError UNKNOWN_JOB, FORBIDDEN (another window's source) */
  again(windowId: number, jobId: string): JobStarted {
    const start = this.requests.get(jobId);
    if (!start) throw new GangwayError('UNKNOWN_JOB', 'What this job was asked to do is no longer known.');
    return this.start(windowId, start);
  }

  /** @throws GangwayError UNKNOWN_JOB */
  join(windowId: number, jobId: string): { summary: JobSummary; replay: JobMessage[] } {
    // What waits for this window would only repeat the replay.
    this.watchers.get(windowId)?.batcher.flush();
    const joined = this.deps.runner.join(jobId);
    this.watch(windowId, jobId);
    return joined;
  }

  /** A page was loaded anew, or closed: it watches nothing until it asks. */
  forget(windowId: number): void {
    this.watchers.get(windowId)?.batcher.close();
    this.watchers.delete(windowId);
  }

  /** Keeps a request for as long as the runner keeps its job. */
  private keep(jobId: string, start: JobStart): void {
    const kept = new Set(this.deps.runner.list().map((job) => job.id));
    for (const id of this.requests.keys()) if (!kept.has(id)) this.requests.delete(id);
    this.requests.set(jobId, start);
  }

  /** A window that joins by starting gets the messages from the first kept one on, as the one that started it did. */
  private replayTo(windowId: number, jobId: string): void {
    const { replay } = this.join(windowId, jobId);
    const batcher = this.watchers.get(windowId)!.batcher;
    for (const message of replay) batcher.add(message);
  }

  private watch(windowId: number, jobId: string): void {
    const watcher = this.watchers.get(windowId) ?? { jobs: new Set(), batcher: new PushBatcher((batch) => this.deps.push(windowId, batch)) };
    this.watchers.set(windowId, watcher);
    watcher.jobs.add(jobId);
  }

  private deliver(message: JobMessage): void {
    for (const { jobs, batcher } of this.watchers.values()) {
      if (!jobs.has(message.jobId)) continue;
      batcher.add(message);
      if (message.type !== 'end') continue;
      batcher.flush();
      jobs.delete(message.jobId);
    }
  }
}

function run(services: Services, start: JobStart, path: string, context: VerbContext): Promise<Outcome<unknown>> {
  const request = { path, draft: start.request.draft };
  return start.kind === 'extension.package' ? services.packageDraft(request, context) : services.buildDraft(request, context);
}

const nameOf = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
