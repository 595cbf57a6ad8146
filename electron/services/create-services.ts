import type { BuildRequest, BuildResult, EngineStatus } from '../../shared/docker/build.ts';
import type { ArchiveReport } from '../../shared/docker/archive.ts';
import type { DoctorReport } from '../../shared/doctor/report.ts';
import type { ExtensionDraft, FileChange, SourceReport } from '../../shared/extension/draft.ts';
import type { PackageReport, PackageResult } from '../../shared/extension/package.ts';
import type { Finding } from '../../shared/checks/finding.ts';
import type { Platform } from '../../shared/docker/platform.ts';
import type { TargetId } from '../../shared/extension/targets.ts';
import type { Engine } from './ports/engine.ts';
import type { LayerStore } from './ports/layer-store.ts';
import type { Verb } from './ports/verb.ts';

/** `gangway package`: everything has a default; paths absolute. */
export interface PackageRequest {
  folder: string;
  output?: string;
  target?: TargetId;
  platform?: Platform;
  imageArchive?: string;
  /** Pack every file of the package folder. */
  all?: boolean;
  noCache?: boolean;
  pull?: boolean;
  args?: Record<string, string>;
  secrets?: BuildRequest['secrets'];
  builder?: string;
}

export interface BuildFolderRequest extends Omit<PackageRequest, 'output' | 'imageArchive' | 'all'> { stage?: string }

/** The arguments of the SDK's build_extension.py, parsed. Paths as typed, relative to `cwd`. */
export interface SdkBuildRequest {
  cwd: string;
  dockerfilePaths: string[];
  buildImageTags: string[];
  extraImageTags: string[];
  imageArchive: string;
  packageDir: string;
  spx: string;
  amd64: boolean;
  icon?: string;
  additionalFiles: string[];
  udevRule?: string;
  skipComposeValidation: boolean;
}

export type InspectReport = { kind: 'spx'; report: PackageReport } | { kind: 'archive'; report: ArchiveReport };

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
  buildSdkExtension: Verb<SdkBuildRequest, PackageResult>;
  generateExtensionData(request: { image: string; description: string; version?: string; cwd: string }): Promise<{ files: string[] }>;
  close(): Promise<void>;
}
