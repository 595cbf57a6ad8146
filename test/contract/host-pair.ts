import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHost, type Host } from '../../electron/host/create-host.ts';
import type { Services } from '../../electron/services/create-services.ts';
import type { EventMessage } from '../../shared/ipc/contract.ts';
import type { FromHost, ToHost } from '../../shared/ipc/host-protocol.ts';
import type { Grant } from '../../shared/ipc/contract.ts';
import type { Result } from '../../shared/ipc/result.ts';
import type { JobMessage } from '../../shared/jobs/job.ts';
import { fakeServices } from './fake-services.ts';

type DesktopAnswers = (ask: Extract<FromHost, { type: 'desktop' }>) => Result<unknown>;

/** The host behind an in-memory pair: messages are cloned both ways, as between the processes. */
export class HostPair {
  readonly folder = mkdtempSync(join(tmpdir(), 'gangway-host-'));
  readonly sent: FromHost[] = [];
  readonly asks: Extract<FromHost, { type: 'desktop' }>[] = [];
  readonly host: Host;
  private next = 1;
  private readonly waiting = new Map<number, (result: Result<unknown>) => void>();
  private desktop: DesktopAnswers = () => ({ ok: true, value: null });

  constructor(services: Services = fakeServices(), options: { engineInterval?: number } = {}) {
    this.host = createHost({
      version: '1.2.3',
      platform: 'linux',
      configFolder: join(this.folder, 'config'),
      createServices: () => services,
      send: (message) => this.receive(structuredClone(message)),
      engineInterval: 60_000,
      ...options,
    });
  }

  answerDesktop(answers: DesktopAnswers): void {
    this.desktop = answers;
  }

  post(message: ToHost): void {
    this.host.handle(structuredClone(message));
  }

  call(name: unknown, request: unknown, windowId = 1): Promise<Result<unknown>> {
    return this.ask((id) => ({ type: 'call', id, windowId, name, request }));
  }

  job(start: unknown, windowId = 1): Promise<Result<unknown>> {
    return this.ask((id) => ({ type: 'job', id, windowId, start }));
  }

  async grant(path: unknown, windowId = 1): Promise<Result<Grant>> {
    return (await this.ask((id) => ({ type: 'grant', id, windowId, path }))) as Result<Grant>;
  }

  /** A grant that must work. */
  async granted(path: string, windowId = 1): Promise<string> {
    const result = await this.grant(path, windowId);
    if (!result.ok) throw new Error(result.error.message);
    return result.value.grantId;
  }

  pushed(windowId = 1): JobMessage[] {
    return this.sent.flatMap((message) => (message.type === 'push' && message.windowId === windowId ? message.batch : []));
  }

  events(name: EventMessage['name']): EventMessage[] {
    return this.sent.flatMap((message) => (message.type === 'event' && message.message.name === name ? [message.message] : []));
  }

  async close(): Promise<void> {
    await this.host.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private ask(make: (id: number) => ToHost): Promise<Result<unknown>> {
    const id = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.post(make(id));
    });
  }

  private receive(message: FromHost): void {
    this.sent.push(message);
    if (message.type === 'answer') this.waiting.get(message.id)?.(message.result);
    if (message.type !== 'desktop') return;
    this.asks.push(message);
    queueMicrotask(() => this.post({ type: 'desktop-answer', id: message.id, result: this.desktop(message) }));
  }
}

/** Waits until `check` holds, at most `milliseconds`. */
export async function until(check: () => boolean, milliseconds = 3000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!check()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
