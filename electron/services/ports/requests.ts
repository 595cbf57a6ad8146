import type { ArchiveReport } from '../../../shared/docker/archive.ts';
import type { BuildRequest } from '../../../shared/docker/build.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import type { PackageReport } from '../../../shared/extension/package.ts';
import type { TargetId } from '../../../shared/extension/targets.ts';

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

export interface BuildFolderRequest extends Omit<PackageRequest, 'output' | 'imageArchive' | 'all'> {
  stage?: string;
}

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
