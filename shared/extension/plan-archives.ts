import type { Finding } from '../checks/finding.ts';
import { normaliseTag, sameImage } from '../docker/image-reference.ts';
import { bestLikeness } from './name-match.ts';
import type { ImagePlan, PlanImagesInput, PlannedArchive, PlannedBuild } from './image-plan.ts';
import { baseName } from './relative-path.ts';

/**
 * Says which image goes into which archive. One archive takes all. Of several, an image goes into the one whose name is most
 * like its own or its service's, else into the first; a saved archive goes into the one of its own name.
 */
export function assignArchives(
  names: readonly string[],
  builds: readonly PlannedBuild[],
  fetched: readonly string[],
  saved: ImagePlan['fromArchives'],
  input: PlanImagesInput,
  findings: Finding[],
): PlannedArchive[] {
  const archives: PlannedArchive[] = names.map((name) => ({ name, references: [], files: [], why: '' }));
  const [first] = archives;
  if (!first) return [];
  for (const one of saved) (archives.find((archive) => archive.name === baseName(one.path)) ?? first).files.push({ path: one.path, only: one.references });
  for (const build of builds) choose(archives, first, build.tag, build.services).references.push(build.tag);
  for (const reference of fetched) choose(archives, first, reference, servicesOf(reference, input)).references.push(reference);
  for (const archive of archives) {
    archive.why =
      archives.length === 1
        ? 'The package has one archive.'
        : archive === first
          ? 'The first archive takes what is named like no other.'
          : 'It takes what is named like it.';
    if (archive.references.length > 0 || archive.files.length > 0) continue;
    const lying = input.archivesPresent.find((one) => baseName(one.path) === archive.name);
    const fresh = lying?.tags?.filter((tag) => !builds.some((build) => sameImage(build.tag, tag)));
    // What a Dockerfile builds is never taken out of an archive as well.
    if (lying) archive.files.push({ path: lying.path, only: fresh && fresh.length < (lying.tags?.length ?? 0) ? fresh : null });
    else
      findings.push({
        id: 'archive-without-images',
        severity: 'error',
        file: 'manifest.json',
        message: `The manifest lists ${archive.name}, and no image is found to go into it: no Dockerfile or service is named like it, and no such file lies in the folder.`,
      });
  }
  return archives;
}

function choose(archives: readonly PlannedArchive[], first: PlannedArchive, reference: string, services: readonly string[]): PlannedArchive {
  const names = [...services, baseName(normaliseTag(reference)).replace(/[:@].*$/, '')];
  const scored = archives.map((archive) => ({ archive, score: bestLikeness([archive.name.replace(/\.(tgz|tar\.gz|tar)$/, '')], names) }));
  const best = Math.max(...scored.map((one) => one.score));
  if (best === 0) return first;
  return scored.find((one) => one.score === best)?.archive ?? first;
}

function servicesOf(reference: string, input: PlanImagesInput): string[] {
  return (input.compose?.services ?? [])
    .filter((service) => service.image && normaliseTag(service.image.text) === normaliseTag(reference))
    .map((service) => service.name);
}
