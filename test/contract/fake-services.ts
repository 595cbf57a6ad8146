import type { ExtensionDraft, SourceReport } from '../../shared/extension/draft.ts';
import type { Outcome } from '../../shared/ipc/result.ts';
import type { Services } from '../../electron/services/create-services.ts';
import type { VerbContext } from '../../electron/services/ports/verb.ts';
import type { PackageResult } from '../../shared/extension/package.ts';

export const DRAFT: ExtensionDraft = {
  target: 'spot-core-io',
  platform: 'linux/arm64',
  extension: { name: 'ping', version: '1.0.0', description: '', icon: '' },
  services: [
    {
      name: 'ping',
      image: 'ping:l',
      ports: [{ host: '21000', container: '80', protocol: 'tcp' }],
      volumes: [{ source: 'data', target: '/data', readOnly: false }],
      environment: [{ name: 'A', value: 'b' }],
      devices: [],
      networkMode: 'host',
      restart: 'unless-stopped',
      memoryLimit: '512m',
      gpu: false,
    },
  ],
  images: [{ tag: 'ping:l', dockerfile: 'Dockerfile', secrets: [{ id: 's', env: 'S' }] }],
  extraImages: [],
  archives: [],
  imageArchive: 'images.tgz',
  packageDir: '.',
  files: [],
  output: 'ping.spx',
};

export const REPORT: SourceReport = {
  kind: 'folder',
  name: 'ping',
  dockerfiles: [],
  hasManifest: false,
  hasCompose: false,
  hasRecipe: false,
  draft: DRAFT,
  findings: [],
};

export const RESULT: PackageResult = { path: '/nowhere/ping.spx', size: 1, digest: 'sha256:0', entries: [], images: [], findings: [], phases: {} };

/** Services that answer at once. Stand-ins for the engine's side only: grants, jobs, settings and parsing are the real ones. */
export function fakeServices(change: Partial<Services> = {}): Services {
  const unused = (): never => {
    throw new Error('not part of this test');
  };
  return {
    engine: {} as Services['engine'],
    store: {} as Services['store'],
    engineStatus: async () => ({ state: 'unavailable', code: 'ENGINE_UNREACHABLE', message: 'none' }),
    doctor: async () => ({ os: 'linux', checks: [], ready: false }),
    inspectSource: async () => REPORT,
    planDraft: async () => ({ changes: [], findings: [] }),
    packageDraft: async (): Promise<Outcome<PackageResult>> => ({ status: 'done', value: RESULT }),
    buildDraft: async () => ({ status: 'done', value: { images: [] } }),
    buildFolder: unused,
    packageFolder: unused,
    inspectFile: unused,
    checkPath: unused,
    buildSdkExtension: unused,
    generateExtensionData: unused,
    close: async () => undefined,
    ...change,
  };
}

/** A verb that runs until it is cancelled. */
export const untilCancelled = (_: unknown, { signal }: VerbContext): Promise<Outcome<never>> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve({ status: 'cancelled' }), { once: true }));
