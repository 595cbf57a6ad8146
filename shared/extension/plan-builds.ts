import type { Finding } from '../checks/finding.ts';
import { GangwayError } from '../errors/codes.ts';
import type { ComposeModel, ComposeService } from './compose-model.ts';
import { chooseDockerfiles, type DockerfileChoice } from './dockerfile-variants.ts';
import { normaliseTag, sameImage } from '../docker/image-reference.ts';
import { supplies, tagFor } from './image-tags.ts';
import { interpolate, type Variables } from './interpolate.ts';
import { bestLikeness } from './name-match.ts';
import type { PlanImagesInput, PlannedBuild } from './image-plan.ts';
import { ownershipOf } from './public-images.ts';
import type { RecipeImage } from './recipe.ts';
import { baseName, folderOf, joinRelative, normaliseRelative } from './relative-path.ts';

/** One image that the compose file wants, with the services that run it. */
export interface WantedImage {
  reference: string;
  services: ComposeService[];
}

/** The images of the compose file, each once. A service with `build:` and no `image:` gets the name that Compose would give it. */
export function wantedImages(input: PlanImagesInput): WantedImage[] {
  const result: WantedImage[] = [];
  for (const service of input.compose?.services ?? []) {
    const reference = imageOf(service, input);
    if (reference === undefined) continue;
    const known = result.find((one) => sameImage(one.reference, reference));
    if (known) known.services.push(service);
    else result.push({ reference, services: [service] });
  }
  return result;
}

/** What the services run, as it is written there, with variables filled in. */
export function imagesNamed(compose: ComposeModel | null, variables: Variables): string[] {
  return (compose?.services ?? []).flatMap((service) => (service.image ? [interpolate(service.image.text, variables).text] : []));
}

function imageOf(service: ComposeService, input: PlanImagesInput): string | undefined {
  if (service.image) {
    const { text, missing, error } = interpolate(service.image.text, input.variables ?? new Map());
    return missing.length === 0 && error === undefined ? text : undefined;
  }
  if (!service.build) return undefined;
  const project =
    (input.manifest?.extension_name ?? input.folderName)
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, '')
      .replace(/^[-_]+/, '') || 'extension';
  return `${project}-${service.name}`.toLowerCase();
}

/** The recipe's own list: a missing Dockerfile is the context's, a missing context the Dockerfile's folder (as the SDK's script has it). */
export function buildsOfRecipe(images: readonly RecipeImage[], wanted: readonly WantedImage[]): PlannedBuild[] {
  return images.map((image) => {
    const dockerfile = image.dockerfile ?? joinRelative(image.context ?? '', 'Dockerfile') ?? 'Dockerfile';
    return {
      tag: image.tag,
      dockerfile,
      context: image.context ?? (folderOf(dockerfile) || '.'),
      args: image.args ?? {},
      secrets: image.secrets ?? [],
      ...(image.stage !== undefined && { stage: image.stage }),
      services: servicesOf(image.tag, wanted),
      why: 'The recipe says so.',
    };
  });
}

function servicesOf(tag: string, wanted: readonly WantedImage[]): string[] {
  return wanted.filter((one) => sameImage(one.reference, tag)).flatMap((one) => one.services.map((service) => service.name));
}

/** `build:` sections of the compose file. Paths there are relative to it. */
export function buildsOfCompose(input: PlanImagesInput, wanted: readonly WantedImage[], findings: Finding[]): PlannedBuild[] {
  return wanted.flatMap((image) => {
    const service = image.services.find((one) => one.build !== undefined);
    if (!service?.build) return [];
    const { build } = service;
    const value = (text: string): string => interpolate(text, input.variables ?? new Map()).text;
    const packageDir = normaliseRelative(input.packageDir) ?? '';
    const context = joinRelative(packageDir, value(build.context));
    const file = input.compose?.file ?? 'docker-compose.yml';
    if (context === null) {
      findings.push({
        id: 'compose-build-context',
        severity: 'warning',
        file,
        line: build.line,
        message: `The build context of the service "${service.name}" (${build.context}) is not a folder beside the compose file; it is not built.`,
      });
      return [];
    }
    const dockerfile = joinRelative(context, value(build.dockerfile ?? 'Dockerfile'));
    if (dockerfile === null) return [];
    return [
      {
        tag: image.reference,
        dockerfile,
        context: context || '.',
        args: Object.fromEntries(Object.entries(build.args).map(([key, text]) => [key, value(text)])),
        secrets: [],
        ...(build.target !== undefined && { stage: build.target }),
        services: image.services.map((one) => one.name),
        why: `The compose file builds the service "${service.name}" from it.`,
      },
    ];
  });
}

/** Matches the folder's Dockerfiles to the images that nothing else supplies. */
export function matchDockerfiles(input: PlanImagesInput, wanted: readonly WantedImage[], taken: readonly PlannedBuild[], findings: Finding[]): PlannedBuild[] {
  const packageDir = normaliseRelative(input.packageDir) ?? '';
  const choices = chooseDockerfiles(
    input.dockerfiles.map((one) => one.path),
    input.platform,
    packageDir,
  ).filter((choice) => !taken.some((build) => build.dockerfile === choice.path));
  if (choices.length === 0) return [];
  if (!input.compose)
    return choices.map((choice) =>
      planned(choice, tagWithoutCompose(input, choice, choices.length), [], 'There is no compose file yet, so the image is named after the folder.'),
    );
  const candidates = candidatesOf(wanted);
  const matched = byName(choices, candidates);
  const builds = matched.map(({ choice, image, name }) =>
    planned(
      choice,
      image.reference,
      image.services.map((one) => one.name),
      `Its name says ${name}.`,
    ),
  );
  const restChoices = choices.filter((choice) => !matched.some((one) => one.choice === choice));
  let restImages = candidates.filter((image) => !matched.some((one) => one.image === image));
  if (restImages.length > restChoices.length) {
    // An image that a saved archive supplies needs no Dockerfile.
    const without = restImages.filter((image) => !input.archivesPresent.some((archive) => archive.tags?.some((tag) => supplies(tag, image.reference))));
    if (without.length === restChoices.length) restImages = without;
  }
  const [choice] = restChoices;
  const [image] = restImages;
  if (!choice || !image) {
    for (const one of restChoices)
      findings.push({
        id: 'dockerfile-unused',
        severity: 'hint',
        file: one.path,
        message: `${one.path} builds no image of the compose file, so it is left out.`,
      });
    return builds;
  }
  if (restChoices.length > 1 || restImages.length > 1) throw ambiguous(restChoices, restImages);
  return [
    ...builds,
    planned(
      choice,
      image.reference,
      image.services.map((one) => one.name),
      'It is the one Dockerfile, and this the one image that is not public.',
    ),
  ];
}

/** Images that may be one's own; those with an owner part only where there is no plain name. */
function candidatesOf(wanted: readonly WantedImage[]): WantedImage[] {
  const own = wanted.filter((image) => ownershipOf(image.reference) === 'own');
  return own.length > 0 ? own : wanted.filter((image) => ownershipOf(image.reference) === 'maybe');
}

interface Match {
  choice: DockerfileChoice;
  image: WantedImage;
  name: string;
}

/** Pairs whose names fit each other better than anything else; suffix before folder, exact before partial. */
function byName(choices: readonly DockerfileChoice[], candidates: readonly WantedImage[]): Match[] {
  const scores = choices
    .flatMap((choice) =>
      candidates.map((image) => {
        const names = image.services.map((service) => service.name).concat(repositoryOf(image.reference));
        const suffix = choice.suffix === '' ? 0 : bestLikeness([choice.suffix], names) * 2;
        // Nearer folders say more; a suffix that fits nothing makes its folder say nothing either.
        const folder = choice.suffix !== '' && suffix === 0 ? 0 : bestLikeness(choice.folders.slice(0, 2), names) * 2 - 1;
        return { choice, image, score: Math.max(suffix, folder, 0), name: suffix >= folder ? `"${choice.suffix}"` : `"${choice.folders[0] ?? ''}"` };
      }),
    )
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score);
  const result: Match[] = [];
  const closed = new Set<unknown>();
  for (const score of [...new Set(scores.map((one) => one.score))]) {
    const level = scores.filter((one) => one.score === score && !closed.has(one.choice) && !closed.has(one.image));
    for (const one of level) {
      const alone = level.every((other) => other === one || (other.choice !== one.choice && other.image !== one.image));
      if (alone) result.push(one);
      // What ties here must not be settled by a weaker likeness.
      closed.add(one.choice);
      if (alone) closed.add(one.image);
    }
  }
  return result;
}

function repositoryOf(reference: string): string {
  return baseName(normaliseTag(reference)).replace(/[:@].*$/, '');
}

function planned(choice: DockerfileChoice, tag: string, services: string[], why: string): PlannedBuild {
  const preferred = choice.others.length > 0 ? ` It fits the platform better than ${choice.others.join(', ')}.` : '';
  const warned = choice.fits ? '' : ' Its name is that of another architecture; there is no other here.';
  return { tag, dockerfile: choice.path, context: folderOf(choice.path) || '.', args: {}, secrets: [], services, why: `${why}${preferred}${warned}` };
}

function tagWithoutCompose(input: PlanImagesInput, choice: DockerfileChoice, count: number): string {
  const name = input.manifest?.extension_name ?? input.folderName;
  const part = count === 1 ? '' : choice.suffix || choice.folders[0] || '';
  return tagFor(part === '' ? name : `${name}-${part}`, input.manifest?.version ?? 'latest');
}

function ambiguous(choices: readonly DockerfileChoice[], images: readonly WantedImage[]): GangwayError {
  const files = choices.map((choice) => choice.path);
  const tags = images.map((image) => image.reference);
  const one = images.length === 1;
  const message = one
    ? `Which Dockerfile builds ${tags[0]}? Choices: ${files.join(', ')}.`
    : `Which images do the Dockerfiles build? Dockerfiles: ${files.join(', ')}; images without one: ${tags.join(', ')}.`;
  const example = `recipe: 1\nimages:\n${tags
    .slice(0, files.length)
    .map((tag, i) => `  - tag: ${tag}\n    dockerfile: ${files[i]}\n`)
    .join('')}`;
  return new GangwayError('IMAGE_AMBIGUOUS', message, {
    hint: 'Write the choice into gangway.yaml beside the sources, or give a Dockerfile the name of its service (Dockerfile.NAME).',
    detail: example,
    data: { dockerfiles: files, images: tags },
    remedy: { kind: 'choose', field: one ? 'images.0.dockerfile' : 'images', options: one ? files : tags },
  });
}
