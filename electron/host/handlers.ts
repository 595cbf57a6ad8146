import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { GangwayError } from '../../shared/errors/codes.ts';
import type { AppInfo, EventMessage } from '../../shared/ipc/contract.ts';
import type { Services } from '../services/create-services.ts';
import type { JobRunner } from '../services/jobs/job-runner.ts';
import type { Recents } from '../services/settings/recents.ts';
import type { SettingsStore } from '../services/settings/settings-store.ts';
import type { Desktop } from './desktop.ts';
import type { Handlers } from './dispatcher.ts';
import type { Grants } from './grants.ts';
import { iconFolder, showIcon, takeIcon } from './icon.ts';
import type { JobRouter } from './job-router.ts';

export interface HandlerDeps {
  version: string;
  platform: NodeJS.Platform;
  services: () => Promise<Services>;
  settings: SettingsStore;
  recents: Recents;
  grants: Grants;
  desktop: Desktop;
  runner: JobRunner;
  jobs: JobRouter;
  event: (message: EventMessage) => void;
}

/** The answer to every call of the contract. */
export function createHandlers(deps: HandlerDeps): Handlers {
  const { services, settings, recents, grants, desktop, runner, jobs } = deps;
  return {
    'app.info': async (_, { windowId }) => ({ version: deps.version, os: osOf(deps.platform), dark: (await desktop.ask(windowId, 'dark', null)).dark }),
    'engine.status': async (options) => (await services()).engineStatus(options),
    'doctor.run': async () => (await services()).doctor(),
    'dialog.pick': async (request, { windowId }) => {
      const { path } = await desktop.ask(windowId, 'pick', request);
      return path === null ? null : grants.add(windowId, path);
    },
    'source.inspect': async ({ source }, { windowId }) => {
      const { path } = grants.get(windowId, source);
      const report = await (await services()).inspectSource(path);
      // A list that cannot be written is no reason to refuse the source.
      await recents.add(path).catch(() => undefined);
      return report.kind === 'spx' ? report : { ...report, ...(await showIcon(path, report)) };
    },
    'source.recent': () => recents.list(),
    'source.reopen': async ({ id }, { windowId }) => {
      const path = await recents.path(id);
      if (path === null) throw new GangwayError('FILE_NOT_FOUND', 'That source is no longer in the list.');
      return grants.add(windowId, path);
    },
    'draft.plan': async ({ source, draft }, { windowId }) => {
      const { path } = grants.get(windowId, source);
      return (await services()).planDraft(path, draft);
    },
    'draft.icon': async ({ source, icon, packageDir = '.' }, { windowId }) => {
      const [from, picture] = [grants.get(windowId, source), grants.get(windowId, icon)];
      return takeIcon(await iconFolder(from.path, packageDir), picture);
    },
    'jobs.list': () => runner.list(),
    'job.cancel': ({ jobId }) => {
      runner.cancel(jobId);
      return null;
    },
    'job.again': ({ jobId }, { windowId }) => jobs.again(windowId, jobId),
    'job.join': ({ jobId }, { windowId }) => jobs.join(windowId, jobId),
    'job.reveal': async ({ jobId }, { windowId }) => {
      const path = await resultFile(runner.value(jobId));
      return desktop.ask(windowId, 'reveal', { path });
    },
    'settings.get': () => settings.get(),
    'settings.set': async (change) => {
      const value = await settings.set(change);
      deps.event({ name: 'settings.changed', value });
      return value;
    },
    'links.open': (request, { windowId }) => desktop.ask(windowId, 'openLink', request),
  };
}

async function resultFile(value: unknown): Promise<string> {
  const path = typeof value === 'object' && value !== null && 'path' in value ? value.path : undefined;
  if (typeof path !== 'string') throw new GangwayError('FILE_NOT_FOUND', 'This job has written no file.');
  await stat(path).catch(() => {
    throw new GangwayError('FILE_NOT_FOUND', `${basename(path)} is no longer where it was written.`);
  });
  return path;
}

function osOf(platform: NodeJS.Platform): AppInfo['os'] {
  return platform === 'linux' || platform === 'darwin' || platform === 'win32' ? platform : 'other';
}
