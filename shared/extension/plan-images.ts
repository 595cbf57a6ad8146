import type { Finding } from '../checks/finding.ts';
import type { Platform } from '../docker/platform.ts';
import type { ComposeModel } from './compose-model.ts';
import type { Variables } from './interpolate.ts';
import { assignArchives, type PlannedArchive } from './plan-archives.ts';
import { buildsOfCompose, buildsOfRecipe, matchDockerfiles, wantedImages, type WantedImage } from './plan-builds.ts';
import { sameImage } from '../docker/image-reference.ts';
import { supplies } from './image-tags.ts';
import type { Manifest } from './manifest.ts';
import type { Recipe, RecipeImage } from './recipe.ts';

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

/**
 * Decides where each image of an extension comes from. Order: the recipe's `images`; else `build:` of the compose file, then
 * Dockerfiles matched to services (docs/recipe.md, "Without a recipe"). A Dockerfile always wins over an image in the
 * engine or an archive lying there. Throws IMAGE_AMBIGUOUS with the choices where the names do not tell.
 */
export function planImages(input: PlanImagesInput): ImagePlan {
  const findings: Finding[] = [];
  const wanted = wantedImages(input);
  const builds = input.recipe?.images ? buildsOfRecipe(input.recipe.images, wanted) : automaticBuilds(input, wanted, findings);
  const rest = [...wanted.map((image) => image.reference), ...(input.recipe?.extra_images ?? [])].filter(
    (reference, i, all) => !builds.some((build) => sameImage(build.tag, reference)) && all.findIndex((other) => sameImage(other, reference)) === i,
  );
  const listed = listedArchives(input);
  // Nothing to build and no archive named: every image is public, and the target pulls them itself.
  const allPublic =
    builds.length === 0 &&
    input.manifest !== null &&
    listed.length === 0 &&
    !input.recipe?.archives?.length &&
    !input.recipe?.extra_images?.length &&
    input.recipe?.image_archive === undefined;
  const name = listed[0] ?? input.recipe?.image_archive ?? `${stemFor(input)}.tgz`;
  if (allPublic) {
    if (rest.length > 0)
      findings.push({
        id: 'images-all-public',
        severity: 'hint',
        file: 'manifest.json',
        message: `The manifest lists no images, so the target pulls ${rest.join(', ')} itself and needs the internet for it.`,
      });
    return { builds, fromEngineOrPull: [], fromArchives: [], archives: [], archiveName: name, findings };
  }
  const { fromArchives, left } = takeFromArchives(input, rest, listed, builds);
  const fromEngineOrPull = left.map((reference) => ({ reference, why: 'No Dockerfile and no archive here supplies it.' }));
  const names = listed.length > 0 ? listed : [name];
  const archives = assignArchives(names, builds, left, fromArchives, input, findings);
  return { builds, fromEngineOrPull, fromArchives, archives, archiveName: name, findings };
}

function automaticBuilds(input: PlanImagesInput, wanted: WantedImage[], findings: Finding[]): PlannedBuild[] {
  const fromCompose = buildsOfCompose(input, wanted, findings);
  return [
    ...fromCompose,
    ...matchDockerfiles(
      input,
      wanted.filter((image) => !fromCompose.some((build) => sameImage(build.tag, image.reference))),
      fromCompose,
      findings,
    ),
  ];
}

/** Names of the package's archives as the option or the manifest gives them. */
function listedArchives(input: PlanImagesInput): string[] {
  if (input.imageArchiveOption !== undefined) return [input.imageArchiveOption];
  return [...new Set(input.manifest?.images ?? [])];
}

function stemFor(input: PlanImagesInput): string {
  return (input.manifest?.extension_name ?? input.folderName).replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '') || 'images';
}

/** Images that saved archives supply: those that the recipe names, all of them; those lying in the folder, by tag, else by being listed. */
function takeFromArchives(
  input: PlanImagesInput,
  rest: readonly string[],
  listed: readonly string[],
  builds: readonly PlannedBuild[],
): { fromArchives: ImagePlan['fromArchives']; left: string[] } {
  const fromArchives: ImagePlan['fromArchives'] = [];
  let left = [...rest];
  const take = (archive: ArchivePresent, all: boolean, why: string): void => {
    // Unread, an archive is taken to hold what is missing only where nothing else could supply it.
    const found =
      archive.tags === undefined ? (builds.length === 0 ? left : []) : left.filter((reference) => archive.tags?.some((tag) => supplies(tag, reference)));
    if (!all && found.length === 0) return;
    const fresh = archive.tags?.filter((tag) => !builds.some((build) => sameImage(build.tag, tag)));
    // What a Dockerfile builds is never taken out of an archive as well.
    const whole = all ? fresh?.length === archive.tags?.length : archive.tags === undefined;
    fromArchives.push({ path: archive.path, references: whole ? null : all ? (fresh ?? []) : found, why });
    left = left.filter((reference) => !found.includes(reference));
  };
  const named = input.recipe?.archives ?? [];
  for (const path of named) take(input.archivesPresent.find((one) => one.path === path) ?? { path }, true, 'The recipe names this archive.');
  for (const archive of input.archivesPresent.filter((one) => !named.includes(one.path))) {
    const isListed = listed.some((name) => archive.path === name || archive.path.endsWith(`/${name}`));
    // Unread, it may well be the last packing's own output: then it is trusted only where nothing is built.
    if (archive.tags !== undefined || (isListed && builds.length === 0))
      take(archive, false, isListed ? 'The manifest lists this archive, which lies in the folder.' : 'This archive in the folder holds it.');
  }
  return { fromArchives, left };
}
