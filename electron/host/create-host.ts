import type { EventMessage } from '../../shared/ipc/contract.ts';
import type { FromHost, ToHost } from '../../shared/ipc/host-protocol.ts';
import { toResult, type Result } from '../../shared/ipc/result.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import type { Services } from '../services/create-services.ts';
import { JobRunner } from '../services/jobs/job-runner.ts';
import { Recents } from '../services/settings/recents.ts';
import { SettingsStore } from '../services/settings/settings-store.ts';
import { Desktop } from './desktop.ts';
import { createDispatcher } from './dispatcher.ts';
import { EngineWatch } from './engine-watch.ts';
import { Grants } from './grants.ts';
import { createHandlers } from './handlers.ts';
import { JobRouter } from './job-router.ts';

export interface HostOptions {
  version: string;
  platform: NodeJS.Platform;
  configFolder: string;
  /** Called once, when the first call needs them: the window answers before they are there. */
  createServices: (settings: Settings) => Promise<Services> | Services;
  send: (message: FromHost) => void;
  /** Milliseconds between two looks at the engine. */
  engineInterval?: number;
}

export interface Host {
  handle(message: ToHost): void;
  /** Cancels what runs and closes the services. */
  close(): Promise<void>;
}

/** The services' side of the window, on whatever carries messages: a utility process, or an in-memory pair in tests. */
export function createHost(options: HostOptions): Host {
  const { send } = options;
  const settings = new SettingsStore(options.configFolder);
  let made: Promise<Services> | null = null;
  const services = (): Promise<Services> => {
    made ??= settings.get().then(options.createServices);
    // A failure to make them must not stand for ever.
    made.catch(() => {
      made = null;
    });
    return made;
  };
  const event = (message: EventMessage): void => send({ type: 'event', windowId: null, message });
  const ready = new Set<number>();
  const waiting = new Map<number, EventMessage[]>();
  // Main hears of each grant, so that a page's ids stay good when this process has to be started anew.
  const grants = new Grants((windowId, grantId, path) => send({ type: 'granted', windowId, grantId, path }));
  const desktop = new Desktop(send);
  const runner = new JobRunner();
  const jobs = new JobRouter({ runner, grants, services, event, push: (windowId, batch) => send({ type: 'push', windowId, batch }) });
  const watch = new EngineWatch(
    async () => (await services()).engineStatus({ fresh: true }),
    (value) => event({ name: 'engine.changed', value }),
    options.engineInterval,
  );
  const dispatch = createDispatcher(
    createHandlers({ ...options, services, settings, recents: new Recents(options.configFolder), grants, desktop, runner, jobs, event }),
  );
  runner.onMessage((message) => {
    if (message.type === 'end' && message.error?.code.startsWith('ENGINE_')) void watch.check();
  });

  /** Grants of a host before this one are looked at again; what asks for them waits. */
  let restored: Promise<unknown> = Promise.resolve();

  const answer = (id: number, result: Promise<Result<unknown>>): void => void result.then((value) => send({ type: 'answer', id, result: value }));

  const opened = async (windowId: number, path: string): Promise<void> => {
    const granted = await toResult(() => grants.add(windowId, path));
    if (!granted.ok) return;
    const message: EventMessage = { name: 'source.opened', value: granted.value };
    if (ready.has(windowId)) send({ type: 'event', windowId, message });
    else waiting.set(windowId, [...(waiting.get(windowId) ?? []), message]);
  };

  const windowReady = async (windowId: number): Promise<void> => {
    jobs.forget(windowId);
    ready.add(windowId);
    watch.start();
    for (const message of waiting.get(windowId) ?? []) send({ type: 'event', windowId, message });
    waiting.delete(windowId);
    // Main follows the theme that is set; it knows it only from here.
    send({ type: 'event', windowId, message: { name: 'settings.changed', value: await settings.get() } });
  };

  const handle = (message: ToHost): void => {
    switch (message.type) {
      case 'call':
        return answer(
          message.id,
          restored.then(() => dispatch(message.name, message.request, message)),
        );
      case 'job':
        return answer(
          message.id,
          restored.then(() => toResult(() => jobs.start(message.windowId, message.start))),
        );
      case 'grant':
        return answer(
          message.id,
          toResult(() => grants.add(message.windowId, String(message.path ?? ''))),
        );
      case 'opened':
        return void opened(message.windowId, message.path);
      case 'regrant':
        restored = Promise.all([restored, ...message.grants.map(({ grantId, path }) => toResult(() => grants.add(message.windowId, path, grantId)))]);
        return;
      case 'window-ready':
        return void windowReady(message.windowId);
      case 'window-closed':
        grants.forget(message.windowId);
        jobs.forget(message.windowId);
        ready.delete(message.windowId);
        waiting.delete(message.windowId);
        if (ready.size === 0) watch.stop();
        return;
      case 'theme':
        return event({ name: 'theme.changed', value: { dark: message.dark } });
      case 'desktop-answer':
        return desktop.answered(message.id, message.result);
      case 'close':
        return void close().finally(() => send({ type: 'closed' }));
    }
  };

  const close = async (): Promise<void> => {
    watch.stop();
    await runner.close();
    if (made) await (await made.catch(() => null))?.close();
  };

  return { handle, close };
}
