import type { CallName } from './contract.ts';

/** The four channels between page and main; no other exists. */
export const CHANNELS = {
  /** invoke: a WireCall, answered by a Result. */
  call: 'call',
  /** invoke: a JobStart, answered by a Result. Pushed the other way: batches of job messages. */
  job: 'job',
  /** pushed: one EventMessage. */
  event: 'event',
  /** sent: the page listens now. */
  ready: 'ready',
} as const;

/**
 * What travels on `call`. Only the preload writes `grant`: the page chooses `name` and `request` of a call and nothing
 * else, so it cannot grant itself a path.
 */
export type WireCall = { kind: 'call'; name: CallName | string; request: unknown } | { kind: 'grant'; path: string };

/** Scheme and host of the page. */
export const APP_ORIGIN = 'app://gangway';
