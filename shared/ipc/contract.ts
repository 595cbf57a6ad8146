/**
 * Everything that crosses between the window and the services, and nothing else does. Read this first.
 *
 * `call`: one question, one answer. `job`: long work with progress, cancel and exactly one end. `event`: something
 * changed. Paths never cross: a dropped or picked file becomes a grant, and later messages name the grant.
 */
import type { EngineStatus } from '../docker/build.ts';
import type { DoctorReport } from '../doctor/report.ts';
import type { ExtensionDraft, FileChange, SourceReport } from '../extension/draft.ts';
import type { PackageResult } from '../extension/package.ts';
import type { BuildResult } from '../docker/build.ts';
import type { Finding } from '../checks/finding.ts';
import type { JobMessage, JobSummary } from '../jobs/job.ts';
import type { Settings } from '../settings/settings.ts';
import type { LinkId } from './links.ts';

/** A file or folder that a person dropped or picked, known to the page by this id and its name only. */
export interface Grant {
  grantId: string;
  name: string;
  kind: 'file' | 'folder';
}

/** A source that was used before; opening it makes a new grant. */
export interface RecentSource {
  id: string;
  name: string;
  folder: string;
  openedAt: number;
  exists: boolean;
}

export interface AppInfo {
  version: string;
  os: 'linux' | 'darwin' | 'win32' | 'other';
  dark: boolean;
}

export interface Calls {
  'app.info': { request: null; answer: AppInfo };
  'engine.status': { request: { fresh: boolean }; answer: EngineStatus };
  'doctor.run': { request: null; answer: DoctorReport };
  'dialog.pick': { request: { what: 'dockerfile-or-archive' | 'folder' | 'icon' | 'output-folder' }; answer: Grant | null };
  'source.inspect': { request: { source: string }; answer: SourceReport };
  'source.recent': { request: null; answer: RecentSource[] };
  'source.reopen': { request: { id: string }; answer: Grant };
  /** The files that Build would write for this draft, and what the checks say of the result. */
  'draft.plan': { request: { source: string; draft: ExtensionDraft }; answer: { changes: FileChange[]; findings: Finding[] } };
  /** Copies a picked icon beside the manifest (`packageDir` of the draft, below the extension's folder); answers its name there. */
  'draft.icon': { request: { source: string; icon: string; packageDir?: string }; answer: { name: string; dataUrl: string } };
  /** Running jobs and the last that ended. Starting one is not a call: it goes by `job` of the bridge. */
  'jobs.list': { request: null; answer: JobSummary[] };
  /** Starts an ended job's request again, also after the page was loaded anew: the services keep it, so a draft's secrets never travel back. */
  'job.again': { request: { jobId: string }; answer: { jobId: string; joined: boolean } };
  'job.cancel': { request: { jobId: string }; answer: null };
  /** Replays a job from its first kept message, then streams what follows as `job` pushes. */
  'job.join': { request: { jobId: string }; answer: { summary: JobSummary; replay: JobMessage[] } };
  /** Shows the result file of a finished job in the file manager; FILE_NOT_FOUND where it is gone. */
  'job.reveal': { request: { jobId: string }; answer: null };
  'settings.get': { request: null; answer: Settings };
  'settings.set': { request: Partial<Settings>; answer: Settings };
  'links.open': { request: { id: LinkId }; answer: null };
}
export type CallName = keyof Calls;

export interface Jobs {
  'extension.package': { request: { source: string; draft: ExtensionDraft }; value: PackageResult };
  'image.build': { request: { source: string; draft: ExtensionDraft }; value: { images: BuildResult[] } };
}
export type JobStart = { [K in keyof Jobs]: { kind: K; request: Jobs[K]['request'] } }[keyof Jobs];

export interface Events {
  'engine.changed': EngineStatus;
  'jobs.changed': JobSummary[];
  'settings.changed': Settings;
  /** An .spx or folder that the system opened with Gangway, or a second start passed on. */
  'source.opened': Grant;
  'theme.changed': { dark: boolean };
}
export type EventName = keyof Events;

/** The two channels that carry messages to the page: batches of job messages, and single events. */
export type JobBatch = JobMessage[];
export type EventMessage = { [K in EventName]: { name: K; value: Events[K] } }[EventName];
