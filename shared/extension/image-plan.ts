import type { Finding } from '../checks/finding.ts';
import type { Platform } from '../docker/platform.ts';
import type { ComposeModel } from './compose-model.ts';
import type { Variables } from './interpolate.ts';
import type { Manifest } from './manifest.ts';
import type { Recipe, RecipeImage } from './recipe.ts';

/** One image archive of the package. */
export interface PlannedArchive {
  /** Member name. */
  name: string;
  /** Images of the engine that go in, by reference. */
  references: string[];
  /** Saved archives that go in, relative to the root; `only` names the images to take, null all. */
  files: { path: string; only: string[] | null }[];
  /** For a person. */
  why: string;
}

/** A saved archive that lies in the folder. `tags` where it was read; without them it is taken to hold what its name says. */
export interface ArchivePresent {
  path: string;
  tags?: readonly string[];
}

/** All paths are relative to the root folder, forward slashes. */
export interface PlanImagesInput {
  /** Name for images of a folder that says nothing itself: the folder's. */
  folderName: string;
  /** Where manifest and compose file lie; "" or "." is the root. */
  packageDir: string;
  recipe: Recipe | null;
  manifest: Manifest | null;
  compose: ComposeModel | null;
  /** Variables of the `.env` beside the compose file. */
  variables?: Variables;
  dockerfiles: readonly { path: string; stages: readonly string[] }[];
  archivesPresent: readonly ArchivePresent[];
  platform: Platform;
  /** `--image-archive`: the one archive of the package. */
  imageArchiveOption?: string;
}

export interface PlannedBuild {
  tag: string;
  dockerfile: string;
  context: string;
  args: Record<string, string>;
  secrets: NonNullable<RecipeImage['secrets']>;
  stage?: string;
  /** Services of the compose file that run it. */
  services: string[];
  /** For a person: why this Dockerfile builds this image. */
  why: string;
}

/** Where every image comes from, as data that can be shown before anything runs. */
export interface ImagePlan {
  builds: PlannedBuild[];
  /** Not built: taken from the engine where it has them for the platform, else pulled for it. */
  fromEngineOrPull: { reference: string; why: string }[];
  /** Not built: taken out of a saved archive. `references` null: all that it holds. */
  fromArchives: { path: string; references: string[] | null; why: string }[];
  /** The archives of the package and what goes into each. */
  archives: PlannedArchive[];
  /** Name of the first archive; what a new manifest would list. */
  archiveName: string;
  findings: Finding[];
}
