/** The process of the services: started by main (utilityProcess.fork), spoken to over its parent port. Node only. */
import { homedir } from 'node:os';
import type { FromHost, ToHost } from '../../shared/ipc/host-protocol.ts';
import { appPaths } from '../services/settings/paths.ts';
import { createHost } from './create-host.ts';

/** The part of Electron's process.parentPort that is used here. */
interface ParentPort {
  postMessage(message: FromHost): void;
  on(event: 'message', listener: (event: { data: ToHost }) => void): void;
}

const port = (process as NodeJS.Process & { parentPort?: ParentPort }).parentPort;
if (!port) throw new Error('the services start as a utility process only');

const { config } = appPaths({ platform: process.platform, env: process.env, home: homedir() });
const host = createHost({
  version: process.argv[2] ?? '',
  platform: process.platform,
  configFolder: config,
  createServices: async ({ layerStoreBytes }) => (await import('../services/create-services.ts')).createServices({ layerStoreBytes }),
  send: (message) => port.postMessage(message),
});
port.on('message', ({ data }) => host.handle(data));
