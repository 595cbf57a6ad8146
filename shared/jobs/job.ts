import type { WireError } from '../errors/codes.ts';
import type { ReportEvent } from './report.ts';

const JOB_KINDS = ['extension.package', 'image.build'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export type JobStatus = 'running' | 'done' | 'failed' | 'cancelled';

/** One line of the jobs tray. Times are milliseconds since the epoch. */
export interface JobSummary {
  id: string;
  kind: JobKind;
  /** What it works on, for people: the extension's or the folder's name. */
  title: string;
  status: JobStatus;
  startedAt: number;
  endedAt?: number;
}

/**
 * One message of a job's life, numbered from 0 in the order in which things happened. Exactly one `end` closes it. A live job
 * leaves out no number; a replay leaves out what a later message supersedes (an older progress of the same phase or step).
 */
export type JobMessage =
  | { jobId: string; seq: number; type: 'report'; event: ReportEvent }
  /** Stands for `count` log events that the bounded replay buffer no longer holds; `seq` is that of the last of them. */
  | { jobId: string; seq: number; type: 'dropped'; count: number }
  | { jobId: string; seq: number; type: 'end'; status: Exclude<JobStatus, 'running'>; value?: unknown; error?: WireError; at: number };
