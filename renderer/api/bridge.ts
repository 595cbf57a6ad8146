import type { CallName, Calls, EventMessage, Grant, JobBatch, JobStart } from '../../shared/ipc/contract.ts';
import type { GangwayBridge, JobStarted } from '../../shared/ipc/bridge.ts';
import type { Result } from '../../shared/ipc/result.ts';

declare global {
  interface Window {
    gangway: GangwayBridge<File>;
  }
}

/** Asks the services one question. Never rejects: an error is a value. */
export function call<N extends CallName>(name: N, request: Calls[N]['request']): Promise<Result<Calls[N]['answer']>> {
  return window.gangway.call(name, request);
}

export function startJob(start: JobStart): Promise<Result<JobStarted>> {
  return window.gangway.job(start);
}

export function grantFile(file: File): Promise<Result<Grant>> {
  return window.gangway.grantFile(file);
}

/** Attaches both listeners, then says that the page listens. Answers how to detach them. */
export function listen(onPush: (batch: JobBatch) => void, onEvent: (message: EventMessage) => void): () => void {
  const stops = [window.gangway.onPush(onPush), window.gangway.onEvent(onEvent)];
  window.gangway.ready();
  return () => {
    for (const stop of stops) stop();
  };
}
