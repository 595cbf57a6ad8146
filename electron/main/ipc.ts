import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent } from 'electron';
import { CHANNELS } from '../../shared/ipc/channels.ts';
import type { Result } from '../../shared/ipc/result.ts';
import type { HostLink } from './host-link.ts';
import { isTrustedSender } from './sender.ts';

export interface IpcOptions {
  host: Pick<HostLink, 'ask' | 'windowReady'>;
  /** Whether we opened the window with these contents. */
  isKnown: (contentsId: number) => boolean;
  log: (line: string) => void;
}

/** Listens on the channels of the page. Every message is refused unless its sender is our page; what passes is forwarded. */
export function registerIpc(ipcMain: Pick<IpcMain, 'handle' | 'on'>, { host, isKnown, log }: IpcOptions): void {
  let logged = false;
  const trusted = (event: IpcMainInvokeEvent | IpcMainEvent): boolean => {
    if (isTrustedSender(event, isKnown)) return true;
    // Once: a hostile page must not fill the log.
    if (!logged) log(`refused a message of ${event.senderFrame?.origin ?? 'a frame that is gone'}`);
    logged = true;
    return false;
  };
  ipcMain.handle(CHANNELS.call, (event, message: unknown) => {
    if (!trusted(event)) return FORBIDDEN;
    const { kind, name, request, path } = (typeof message === 'object' && message !== null ? message : {}) as Record<string, unknown>;
    if (kind === 'call') return host.ask(event.sender.id, { type: 'call', name, request });
    if (kind === 'grant') return host.ask(event.sender.id, { type: 'grant', path });
    return BAD_REQUEST;
  });
  ipcMain.handle(CHANNELS.job, (event, start: unknown) => (trusted(event) ? host.ask(event.sender.id, { type: 'job', start }) : FORBIDDEN));
  ipcMain.on(CHANNELS.ready, (event) => {
    if (trusted(event)) host.windowReady(event.sender.id);
  });
}

const FORBIDDEN: Result<never> = { ok: false, error: { code: 'FORBIDDEN', message: "Only Gangway's own page may ask." } };
const BAD_REQUEST: Result<never> = { ok: false, error: { code: 'BAD_REQUEST', message: 'That message is of no known kind.' } };
