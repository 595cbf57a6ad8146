/**
 * What main and the services' process say to each other. Main has checked the sender of everything that it forwards; the
 * host parses every request again and owns grants, jobs and settings. `windowId` is the id of the page's web contents.
 */
import type { EventMessage, JobBatch } from './contract.ts';
import type { LinkId } from './links.ts';
import type { Result } from './result.ts';

/** What only main can do, asked for by the host. */
export interface DesktopAsks {
  /** Whether the window is dark now. */
  dark: { request: null; answer: { dark: boolean } };
  /** A file dialog over the window; null when it was dismissed. */
  pick: { request: { what: 'dockerfile-or-archive' | 'folder' | 'icon' | 'output-folder' }; answer: { path: string | null } };
  reveal: { request: { path: string }; answer: null };
  openLink: { request: { id: LinkId }; answer: null };
}
export type DesktopAsk = { [K in keyof DesktopAsks]: { ask: K; request: DesktopAsks[K]['request'] } }[keyof DesktopAsks];

export type ToHost =
  | { type: 'call'; id: number; windowId: number; name: unknown; request: unknown }
  | { type: 'job'; id: number; windowId: number; start: unknown }
  /** A path that a person dropped; from the preload only. */
  | { type: 'grant'; id: number; windowId: number; path: unknown }
  /** A path that the system opened with Gangway: becomes a grant and a `source.opened` event. */
  | { type: 'opened'; windowId: number; path: string }
  /** Grants of a host that crashed, so that the page's ids stay good. */
  | { type: 'regrant'; windowId: number; grants: { grantId: string; path: string }[] }
  | { type: 'window-ready'; windowId: number }
  | { type: 'window-closed'; windowId: number }
  | { type: 'theme'; dark: boolean }
  | { type: 'desktop-answer'; id: number; result: Result<unknown> }
  /** Cancels what runs, cleans up and exits. */
  | { type: 'close' };

export type FromHost =
  | { type: 'answer'; id: number; result: Result<unknown> }
  | { type: 'push'; windowId: number; batch: JobBatch }
  /** To one window, or to all. */
  | { type: 'event'; windowId: number | null; message: EventMessage }
  | { type: 'granted'; windowId: number; grantId: string; path: string }
  | ({ type: 'desktop'; id: number; windowId: number } & DesktopAsk)
  | { type: 'closed' };
