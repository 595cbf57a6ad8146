import type { Platform } from '../docker/platform.ts';
import { GangwayError } from '../errors/codes.ts';
import type { ComposeModel } from './compose-model.ts';
import { chooseDockerfiles, type DockerfileChoice } from './dockerfile-variants.ts';
import { newService, serviceDraftOf } from './draft-service.ts';
import type { DockerfileReport, ExtensionDraft, ServiceDraft } from './draft.ts';
import { normaliseTag } from '../docker/image-reference.ts';
import { tagFor } from './image-tags.ts';
import type { Variables } from './interpolate.ts';
import { legalName, targetOf, type Manifest } from './manifest.ts';
import type { ArchivePresent, PlannedBuild } from './image-plan.ts';
import { planImages } from './plan-images.ts';
import type { Recipe, RecipeImage } from './recipe.ts';
import { baseName, folderOf } from './relative-path.ts';
import { TARGETS, type TargetId } from './targets.ts';

export interface DraftSource {
  /** The folder's or file's own name. */
  name: string;
  /** What the person chose already, if anything. */
  target?: TargetId;
  platform?: Platform;
  dockerfiles: readonly DockerfileReport[];
  manifest?: Manifest | null;
  compose?: ComposeModel | null;
  recipe?: Recipe | null;
  variables?: Variables;
  /** Folder of manifest and compose file relative to the root; default that of the recipe, else ".". */
  packageDir?: string;
  /** Tags of the images in a dropped archive: they become services where no compose file says so. */
  archiveImages?: readonly string[];
  /** Saved archives that lie in the folder, or the one that was dropped. */
  archives?: readonly ArchivePresent[];
}

/**
 * The form, pre-filled: what recipe, manifest and compose file say stands as it is; what they leave open gets a default that
 * works (a legal name from the folder, version 0.1.0, one service per Dockerfile with the ports that it exposes).
 */
export function draftFrom(source: DraftSource): ExtensionDraft {
  const { manifest = null, compose = null, recipe = null } = source;
  const target = source.target ?? recipe?.target ?? targetOf(manifest);
  const platform =
    source.platform ??
    (source.target === undefined || source.target === recipe?.target ? recipe?.platform : undefined) ??
    TARGETS[target].platform ??
    'linux/amd64';
  const extension = {
    name: manifest?.extension_name ?? legalName(source.name),
    version: manifest?.version ?? '0.1.0',
    description: manifest?.description ?? '',
    icon: manifest?.icon ?? '',
  };
  const packageDir = recipe?.package_dir ?? (source.packageDir === undefined || source.packageDir === '' ? '.' : source.packageDir);
  const choices = chooseDockerfiles(
    source.dockerfiles.map((one) => one.path),
    platform,
    packageDir === '.' ? '' : packageDir,
  );
  const fresh = compose ? [] : choices.map((choice) => ({ choice, name: serviceName(choice, extension.name, choices.length) }));
  const images =
    recipe?.images ??
    (compose ? plannedImages({ ...source, packageDir }, platform, choices) : fresh.map(({ choice, name }) => imageOf(choice, name, extension.version)));
  const dropped = recipe?.archives ?? (source.dockerfiles.length === 0 ? (source.archives ?? []).map((archive) => archive.path) : []);
  return {
    target,
    platform,
    extension,
    services: compose
      ? compose.services.map(serviceDraftOf)
      : [...fresh.map(({ choice, name }, i) => freshService(choice, name, images[i]?.tag ?? '', source)), ...archiveServices(source, fresh.length)],
    images,
    extraImages: recipe?.extra_images ?? [],
    archives: dropped,
    imageArchive:
      manifest?.images?.[0] ??
      recipe?.image_archive ??
      (dropped.length === 1 && /\.(tgz|tar\.gz)$/.test(dropped[0] ?? '') ? baseName(dropped[0] ?? '') : `${extension.name}.tgz`),
    packageDir,
    files: recipe?.files ?? [],
    output: recipe?.output ?? `${packageName(extension.name, target)}.spx`,
  };
}

/** File name of the package: Orbit does not run extensions whose file name has underscores. */
function packageName(name: string, target: TargetId): string {
  return target === 'orbit' ? name.replaceAll('_', '-') : name;
}

function serviceName(choice: DockerfileChoice, extension: string, count: number): string {
  const own = choice.suffix || choice.folders[0] || '';
  return legalName(own === '' || (count === 1 && choice.suffix === '') ? extension : own);
}

function imageOf(choice: DockerfileChoice, name: string, version: string): RecipeImage {
  return { tag: tagFor(name, version), dockerfile: choice.path, context: folderOf(choice.path) || '.' };
}

/** The builds of the plan for an existing compose file; where names do not tell, each Dockerfile with the tag that comes next, to be put right in the form. */
function plannedImages(source: DraftSource, platform: Platform, choices: readonly DockerfileChoice[]): RecipeImage[] {
  try {
    const plan = planImages({
      folderName: source.name,
      packageDir: source.packageDir ?? '',
      recipe: null,
      manifest: source.manifest ?? null,
      compose: source.compose ?? null,
      platform,
      dockerfiles: source.dockerfiles,
      archivesPresent: source.archives ?? [],
      ...(source.variables && { variables: source.variables }),
    });
    return plan.builds.map(recipeImage);
  } catch (error) {
    if (!(error instanceof GangwayError) || error.code !== 'IMAGE_AMBIGUOUS') throw error;
    const tags = Array.isArray(error.wire.data?.images) ? (error.wire.data.images as string[]) : [];
    return choices.slice(0, tags.length).map((choice, i) => ({ tag: tags[i] ?? '', dockerfile: choice.path, context: folderOf(choice.path) || '.' }));
  }
}

function recipeImage(build: PlannedBuild): RecipeImage {
  return {
    tag: build.tag,
    dockerfile: build.dockerfile,
    context: build.context,
    ...(Object.keys(build.args).length > 0 && { args: build.args }),
    ...(build.secrets.length > 0 && { secrets: build.secrets }),
    ...(build.stage !== undefined && { stage: build.stage }),
  };
}

function freshService(choice: DockerfileChoice, name: string, image: string, source: DraftSource): ServiceDraft {
  const exposed = source.dockerfiles.find((one) => one.path === choice.path)?.exposedPorts ?? [];
  // A gRPC service registers the port it listens on, so both ends are the same.
  return { ...newService(name, image), ports: exposed.map(({ port, protocol }) => ({ host: String(port), container: String(port), protocol })) };
}

function archiveServices(source: DraftSource, existing: number): ServiceDraft[] {
  if (existing > 0) return [];
  return (source.archiveImages ?? []).map((tag) => newService(legalName(baseName(normaliseTag(tag)).replace(/[:@].*$/, '')), tag));
}
