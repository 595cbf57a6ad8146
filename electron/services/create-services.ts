import { homedir, userInfo } from 'node:os';
import type { BuildResult, EngineStatus } from '../../shared/docker/build.ts';
import type { DoctorReport } from '../../shared/doctor/report.ts';
import type { ExtensionDraft, FileChange, SourceReport } from '../../shared/extension/draft.ts';
import type { PackageResult } from '../../shared/extension/package.ts';
import type { Finding } from '../../shared/checks/finding.ts';
import { toOutcome, toWireError } from '../../shared/ipc/result.ts';
import { DEFAULT_SETTINGS } from '../../shared/settings/settings.ts';
import { createEngine } from './engine/create-engine.ts';
import { runDoctor } from './engine/doctor.ts';
import { checkPath, type CheckReport, type CheckRequest } from './extension/check-path.ts';
import { buildDraft, packageDraft, planDraft } from './extension/draft-verbs.ts';
import { generateExtensionData } from './extension/generate-extension-data.ts';
import { inspectFile } from './extension/inspect-file.ts';
import { inspectSource } from './extension/inspect-source.ts';
import { ownerUnderSudo } from './extension/output-file.ts';
import type { PackageDeps } from './extension/package-deps.ts';
import { buildFolder, packageFolder } from './extension/package-folder.ts';
import { buildSdkExtension } from './extension/sdk-build-extension.ts';
import { createLayerStore } from './images/create-layer-store.ts';
import { readArchive } from './images/read-archive.ts';
import type { Engine } from './ports/engine.ts';
import type { LayerStore } from './ports/layer-store.ts';
import type { BuildFolderRequest, InspectReport, PackageRequest, SdkBuildRequest } from './ports/requests.ts';
import type { Verb, VerbContext } from './ports/verb.ts';
import { appPaths, layerStoreRoot } from './settings/paths.ts';

/** All that main and the CLI may do, behind one door. */
export interface Services {
  engine: Engine;
  store: LayerStore;
  engineStatus(options: { fresh: boolean }): Promise<EngineStatus>;
  doctor(options?: { signal?: AbortSignal }): Promise<DoctorReport>;
  inspectSource(path: string, options?: { signal?: AbortSignal }): Promise<SourceReport>;
  planDraft(path: string, draft: ExtensionDraft): Promise<{ changes: FileChange[]; findings: Finding[] }>;
  buildFolder: Verb<BuildFolderRequest, { images: BuildResult[] }>;
  packageFolder: Verb<PackageRequest, PackageResult>;
  /** Writes the draft's files, then packs: what the window's Build does. */
  packageDraft: Verb<{ path: string; draft: ExtensionDraft }, PackageResult>;
  buildDraft: Verb<{ path: string; draft: ExtensionDraft }, { images: BuildResult[] }>;
  inspectFile: Verb<{ path: string }, InspectReport>;
  /** Every rule over a folder or an .spx; finding errors is no failure. */
  checkPath: Verb<CheckRequest, CheckReport>;
  buildSdkExtension: Verb<SdkBuildRequest, PackageResult>;
  generateExtensionData(
    request: { image: string; description: string; version?: string; cwd: string },
    options?: { signal?: AbortSignal },
  ): Promise<{ files: string[] }>;
  close(): Promise<void>;
}

export interface ServicesOptions {
  env?: Readonly<Record<string, string | undefined>>;
  platform?: NodeJS.Platform;
  /** The user's home folder, absolute. */
  home?: string;
  /** Bound of the layer store, bytes. */
  layerStoreBytes?: number;
}

/** The composition root, for main's utility process, the command line and the tests. Nothing is connected or written before it is needed. */
export function createServices(options: ServicesOptions = {}): Services {
  const { env = process.env, platform = process.platform, home = homedir(), layerStoreBytes = DEFAULT_SETTINGS.layerStoreBytes } = options;
  const engine = createEngine({ env, platform, home });
  const owner = ownerUnderSudo(env, process.getuid?.());
  // sudo may keep the person's HOME: layers of root's in their cache would stop every later packing without sudo.
  const keeper = owner === null ? { env, home } : { env: { GANGWAY_CACHE_DIR: env.GANGWAY_CACHE_DIR }, home: userInfo().homedir };
  const store = createLayerStore({ root: layerStoreRoot(appPaths({ platform, ...keeper }), platform), maxBytes: layerStoreBytes });
  const deps: PackageDeps = { env, platform, home, engine: () => engine, store, readArchive, owner };
  const verb =
    <Request, Value>(body: (deps: PackageDeps, request: Request, context: VerbContext) => Promise<Value>): Verb<Request, Value> =>
    (request, context) =>
      toOutcome(context.signal, () => body(deps, request, context));
  /** As `verb`, for what fills the store: leavings of killed processes go before, what exceeds the bound after. */
  const storing = <Request, Value>(body: (deps: PackageDeps, request: Request, context: VerbContext) => Promise<Value>): Verb<Request, Value> =>
    verb(async (own, request: Request, context) => {
      swept ??= store.sweep(engine).catch(() => undefined);
      await swept;
      try {
        return await body(own, request, context);
      } finally {
        await store.collect().catch(() => undefined);
      }
    });
  let swept: Promise<void> | undefined;
  const never = (): AbortSignal => new AbortController().signal;

  return {
    engine,
    store,
    async engineStatus({ fresh }) {
      try {
        return { state: 'ready', info: await engine.info({ fresh }) };
      } catch (error) {
        const { code, message, hint } = toWireError(error);
        return { state: 'unavailable', code, message, ...(hint !== undefined && { hint }) };
      }
    },
    doctor: (asked = {}) => runDoctor({ engine, env, platform, home }, asked),
    inspectSource: (path, { signal = never() } = {}) => inspectSource(deps, path, signal),
    planDraft: (path, draft) => planDraft(deps, path, draft, never()),
    buildFolder: verb(buildFolder),
    packageFolder: storing(packageFolder),
    packageDraft: storing(packageDraft),
    buildDraft: verb(buildDraft),
    inspectFile: verb((own, { path }, context) => inspectFile(own, path, context)),
    checkPath: verb(checkPath),
    buildSdkExtension: storing(buildSdkExtension),
    generateExtensionData: (request, { signal = never() } = {}) => generateExtensionData(deps, request, signal),
    close: () => engine.close(),
  };
}
