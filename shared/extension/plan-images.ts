import type { Finding } from '../checks/finding.ts';
import { assignArchives } from './plan-archives.ts';
import { buildsOfCompose, buildsOfRecipe, matchDockerfiles, wantedImages, type WantedImage } from './plan-builds.ts';
import { sameImage } from '../docker/image-reference.ts';
import { supplies } from './image-tags.ts';
import type { ArchivePresent, ImagePlan, PlanImagesInput, PlannedBuild } from './image-plan.ts';

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
