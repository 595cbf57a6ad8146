/** All that the page gets of this computer: six functions. Runs sandboxed, in a world of its own. */
import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron';
import type { GangwayBridge } from '../../shared/ipc/bridge.ts';
import { CHANNELS, type WireCall } from '../../shared/ipc/channels.ts';
import type { EventMessage, JobBatch } from '../../shared/ipc/contract.ts';
import type { ErrorCode } from '../../shared/errors/codes.ts';
import type { Result } from '../../shared/ipc/result.ts';

const refusal = (code: ErrorCode, message: string): Result<never> => ({ ok: false, error: { code, message } });

async function ask<T>(channel: 'call' | 'job', message: unknown): Promise<Result<T>> {
  try {
    return (await ipcRenderer.invoke(channel, message)) as Result<T>;
  } catch {
    // Only what cannot be cloned ends here: main answers everything else with a Result.
    return refusal('BAD_REQUEST', 'That request cannot be sent.');
  }
}

/** The listener gets the message alone, never the event object: that would hand over ipcRenderer. */
function listen<T>(channel: 'job' | 'event', listener: (message: T) => void): () => void {
  const pass = (_: IpcRendererEvent, message: T): void => listener(message);
  ipcRenderer.on(channel, pass);
  return () => void ipcRenderer.off(channel, pass);
}

const bridge: GangwayBridge<File> = {
  call: (name, request) => ask(CHANNELS.call, { kind: 'call', name, request } satisfies WireCall),
  job: (start) => ask(CHANNELS.job, start),
  onPush: (listener) => listen<JobBatch>(CHANNELS.job, listener),
  onEvent: (listener) => listen<EventMessage>(CHANNELS.event, listener),
  ready: () => ipcRenderer.send(CHANNELS.ready),
  grantFile: async (file) => {
    let path = '';
    try {
      // Empty for a file that the page made itself: only a real drop or choice has a path.
      path = webUtils.getPathForFile(file);
    } catch {
      // Not a File at all.
    }
    if (path === '') return refusal('FILE_NOT_LOCAL', 'What was dropped has no path on this computer.');
    return ask(CHANNELS.call, { kind: 'grant', path } satisfies WireCall);
  },
};

contextBridge.exposeInMainWorld('gangway', bridge);
