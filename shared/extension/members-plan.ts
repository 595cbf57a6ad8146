import type { Finding } from '../checks/finding.ts';
import type { ParsedCompose } from './compose.ts';
import type { Variables } from './interpolate.ts';
import type { ParsedManifest } from './manifest.ts';
import type { PackageEntry } from './package.ts';
import type { Recipe } from './recipe.ts';

/** One file or folder of the root folder. `path` relative to the root, forward slashes; size in bytes. Links that lead to files inside count as files; what else there is (sockets, links that lead out) is "other". */
export interface FolderEntry {
  path: string;
  size: number;
  kind: 'file' | 'folder' | 'other';
}

export interface PlanMembersInput {
  files: readonly FolderEntry[];
  /** Folder of manifest and compose file, relative to the root; "" or "." is the root itself. */
  packageDir: string;
  manifest: ParsedManifest | null;
  compose: ParsedCompose | null;
  recipe: Recipe | null;
  /** Names of the image archives that the package will hold. */
  archives: readonly string[];
  /** Variables of the `.env` beside the compose file. */
  variables?: Variables;
  all?: boolean;
}

/** One member of the package. `source` is relative to the root; null for an archive, which is made. */
export interface PlannedMember {
  name: string;
  source: string | null;
  size: number;
  kind: PackageEntry['kind'];
}

export interface MembersPlan {
  members: PlannedMember[];
  findings: Finding[];
}
