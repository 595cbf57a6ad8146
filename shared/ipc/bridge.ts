/**
 * What the preload puts on `window.gangway`, and all of it: six functions. No event object, channel name or path crosses.
 *
 * Start-up of a page: attach `onPush` and `onEvent`, then `ready()`; events that waited (a file opened from the system)
 * come after that. A page that was loaded anew asks `jobs.list` and `job.join`s what it shows.
 */
import type { CallName, Calls, EventMessage, Grant, JobBatch, JobStart } from './contract.ts';
import type { Result } from './result.ts';

/** `joined`: the source was being worked on already, and this is that job. */
export interface JobStarted {
  jobId: string;
  joined: boolean;
}

/** `DroppedFile` is the page's `File`; shared code has no DOM types. */
export interface GangwayBridge<DroppedFile = unknown> {
  /** One question, one answer; never rejects. */
  call<N extends CallName>(name: N, request: Calls[N]['request']): Promise<Result<Calls[N]['answer']>>;
  /** Starts a job (or joins the running one of the same source); its messages come by `onPush` from the first on. */
  job(start: JobStart): Promise<Result<JobStarted>>;
  /**
   * Job messages of the jobs that this page started or joined, in order, every 50 ms or 500 messages. A batch may come before
   * the answer to the `job.join` that it follows, and may repeat what a replay brought: `seq` tells.
   */
  onPush(listener: (batch: JobBatch) => void): () => void;
  onEvent(listener: (message: EventMessage) => void): () => void;
  /** The page listens now. */
  ready(): void;
  /** Turns a dropped or chosen file or folder into a grant; FILE_NOT_LOCAL where it has no path on this computer. */
  grantFile(file: DroppedFile): Promise<Result<Grant>>;
}
