import type { ArchiveReport } from '../docker/archive.ts';
import type { Finding } from '../checks/finding.ts';
import type { Manifest } from './manifest.ts';

/** One member of an .spx. */
export interface PackageEntry {
  name: string;
  size: number;
  kind: 'manifest' | 'compose' | 'image-archive' | 'icon' | 'udev' | 'file' | 'directory';
}

/** What `gangway inspect` says of an .spx. Nothing is unpacked to disk to learn it. */
export interface PackageReport {
  size: number;
  entries: PackageEntry[];
  manifest: Manifest | null;
  /** By member name. */
  archives: { name: string; report: ArchiveReport }[];
  findings: Finding[];
}

/** What a finished packing gives. Paths are absolute; sizes in bytes; times in milliseconds. */
export interface PackageResult {
  path: string;
  size: number;
  /** "sha256:..." of the .spx. */
  digest: string;
  entries: PackageEntry[];
  images: { tags: string[]; id: string; platform: string; size: number }[];
  findings: Finding[];
  phases: Partial<Record<import('../jobs/report.ts').PhaseId, number>>;
}
