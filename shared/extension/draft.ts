import type { TargetId } from './targets.ts';
import type { Platform } from '../docker/platform.ts';
import type { RecipeImage } from './recipe.ts';
import type { Finding } from '../checks/finding.ts';

/** One `host:container/protocol` mapping; text fields are kept as typed so that a wrong one can be shown. */
export interface PortDraft {
  host: string;
  container: string;
  protocol: 'tcp' | 'udp';
}
export interface VolumeDraft {
  source: string;
  target: string;
  readOnly: boolean;
}
export interface EnvDraft {
  name: string;
  value: string;
}
export interface DeviceDraft {
  host: string;
  container: string;
}

/** One compose service as the Details step edits it. Empty strings and lists mean "not set". */
export interface ServiceDraft {
  name: string;
  image: string;
  ports: PortDraft[];
  volumes: VolumeDraft[];
  environment: EnvDraft[];
  devices: DeviceDraft[];
  networkMode: '' | 'bridge' | 'host' | 'none';
  restart: '' | 'no' | 'always' | 'on-failure' | 'unless-stopped';
  /** As compose writes it, e.g. "512m". */
  memoryLimit: string;
  gpu: boolean;
}

/** Everything the wizard edits. `inspectSource` pre-fills it; `planDraft` turns it into files. */
export interface ExtensionDraft {
  target: TargetId;
  platform: Platform;
  extension: { name: string; version: string; description: string; icon: string };
  services: ServiceDraft[];
  images: RecipeImage[];
  extraImages: string[];
  /** Saved archives that supply images, relative to the root folder. */
  archives: string[];
  /** Name of the archive inside the package. */
  imageArchive: string;
  packageDir: string;
  files: string[];
  output: string;
}

/** A build argument as the Dockerfile declares it. */
export interface DockerfileArg {
  name: string;
  defaultValue?: string;
  line: number;
  secretLike: boolean;
}

export interface DockerfileReport {
  /** Relative to the root, forward slashes. */
  path: string;
  baseImages: string[];
  stages: string[];
  args: DockerfileArg[];
  exposedPorts: { port: number; protocol: 'tcp' | 'udp' }[];
  findings: Finding[];
}

export type SourceKind = 'dockerfile' | 'folder' | 'extension' | 'image-archive' | 'spx';

/** What was understood of a dropped source, before anything runs. */
export interface SourceReport {
  kind: SourceKind;
  /** Shown name: the folder's or file's own. */
  name: string;
  dockerfiles: DockerfileReport[];
  /** The build context after .dockerignore, in bytes and files; absent for archives. */
  context?: { bytes: number; files: number; ignored: number; largest: { path: string; bytes: number }[]; truncated: boolean };
  hasManifest: boolean;
  hasCompose: boolean;
  hasRecipe: boolean;
  /** Images inside a dropped archive or .spx. */
  archive?: import('../docker/archive.ts').ArchiveReport;
  package?: import('./package.ts').PackageReport;
  draft: ExtensionDraft;
  /** The icon that the draft names as a data URL, where it could be read. */
  iconPreview?: string;
  findings: Finding[];
}

/** One file that Build will write or change, shown in the summary before it does. */
export interface FileChange {
  path: string;
  kind: 'create' | 'edit';
  before: string | null;
  after: string;
}
