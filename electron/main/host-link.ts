import type { EventMessage, JobBatch } from '../../shared/ipc/contract.ts';
import type { FromHost, ToHost } from '../../shared/ipc/host-protocol.ts';
import type { Result } from '../../shared/ipc/result.ts';
import { RunningJobs } from './running-jobs.ts';

/** The part of Electron's UtilityProcess that is used here. */
export interface HostProcess {
  postMessage(message: ToHost): void;
  on(event: 'message', listener: (message: FromHost) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  kill(): boolean;
}

export interface HostLinkOptions {
  fork: () => HostProcess;
  push: (windowId: number, batch: JobBatch) => void;
  event: (windowId: number | null, message: EventMessage) => void;
  /** Does what the services ask of the desktop. */
  desktop: (ask: Extract<FromHost, { type: 'desktop' }>) => Promise<Result<unknown>>;
  now?: () => number;
  log?: (line: string) => void;
}

type Question = { type: 'call'; name: unknown; request: unknown } | { type: 'job'; start: unknown } | { type: 'grant'; path: unknown };

/** How often the services may fall over in a minute before they are left alone. */
const MOST_RESTARTS = 5;

/**
 * The services' process, seen from main: questions get answers, and when it crashes every open question and running job
 * ends, it is started anew and told which windows and grants there are.
 */
export class HostLink {
  private readonly options: HostLinkOptions;
  private host: HostProcess | null = null;
  private next = 1;
  private readonly waiting = new Map<number, (result: Result<unknown>) => void>();
  private readonly grants = new Map<number, Map<string, string>>();
  private readonly ready = new Set<number>();
  private readonly jobs = new RunningJobs();
  private restarts: number[] = [];
  private closing: (() => void) | null = null;

  constructor(options: HostLinkOptions) {
    this.options = options;
  }

  /** Called by the first message for them, which the page sends once it is drawn: until then every core is the page's. */
  private start(): void {
    const host = this.options.fork();
    this.host = host;
    host.on('message', (message) => this.received(message));
    host.on('exit', (code) => this.exited(host, code));
  }

  /** Never rejects. */
  ask(windowId: number, question: Question): Promise<Result<unknown>> {
    const host = this.running();
    if (!host) return Promise.resolve(stopped());
    const id = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      host.postMessage({ ...question, id, windowId });
    });
  }

  windowReady(windowId: number): void {
    this.ready.add(windowId);
    this.running()?.postMessage({ type: 'window-ready', windowId });
  }

  windowClosed(windowId: number): void {
    this.ready.delete(windowId);
    this.grants.delete(windowId);
    this.jobs.forget(windowId);
    this.host?.postMessage({ type: 'window-closed', windowId });
  }

  opened(windowId: number, path: string): void {
    this.running()?.postMessage({ type: 'opened', windowId, path });
  }

  themeChanged(dark: boolean): void {
    this.host?.postMessage({ type: 'theme', dark });
  }

  /** Lets running jobs clean up; ends the process after `patience` ms whatever it does. */
  async close(patience = 3000): Promise<void> {
    const { host } = this;
    if (!host) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.closing = () => {
        clearTimeout(timer);
        resolve();
      };
      host.postMessage({ type: 'close' });
    });
    this.host = null;
    host.kill();
  }

  private running(): HostProcess | null {
    if (!this.host && this.restarts.length === 0 && !this.closing) this.start();
    return this.host;
  }

  private received(message: FromHost): void {
    switch (message.type) {
      case 'answer':
        this.waiting.get(message.id)?.(message.result);
        this.waiting.delete(message.id);
        return;
      case 'push':
        this.jobs.passed(message.windowId, message.batch);
        return this.options.push(message.windowId, message.batch);
      case 'event':
        return this.options.event(message.windowId, message.message);
      case 'granted':
        this.grants.set(message.windowId, (this.grants.get(message.windowId) ?? new Map()).set(message.grantId, message.path));
        return;
      case 'desktop':
        void this.options.desktop(message).then((result) => this.host?.postMessage({ type: 'desktop-answer', id: message.id, result }));
        return;
      case 'closed':
        this.closing?.();
    }
  }

  private exited(host: HostProcess, code: number): void {
    if (this.closing) return this.closing();
    if (host !== this.host) return;
    this.host = null;
    this.options.log?.(`the services stopped (exit ${code})`);
    for (const resolve of this.waiting.values()) resolve(stopped());
    this.waiting.clear();
    const now = (this.options.now ?? Date.now)();
    for (const { windowId, batch } of this.jobs.endAll(now, stopped().error)) this.options.push(windowId, batch);
    this.options.event(null, { name: 'jobs.changed', value: [] });
    this.restarts = [...this.restarts.filter((at) => now - at < 60_000), now];
    if (this.restarts.length > MOST_RESTARTS) return;
    this.start();
    for (const [windowId, grants] of this.grants) {
      this.host!.postMessage({ type: 'regrant', windowId, grants: [...grants].map(([grantId, path]) => ({ grantId, path })) });
    }
    for (const windowId of this.ready) this.host!.postMessage({ type: 'window-ready', windowId });
  }
}

const stopped = (): Extract<Result<never>, { ok: false }> => ({
  ok: false,
  error: {
    code: 'INTERNAL',
    message: "Gangway's services stopped and were started anew.",
    hint: 'Try again; nothing half-written is kept.',
    remedy: { kind: 'retry' },
  },
});
