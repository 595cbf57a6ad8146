import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../../../shared/checks/finding.ts';
import type { BuildRequest } from '../../../shared/docker/build.ts';
import { parsePlatform, type Platform } from '../../../shared/docker/platform.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { legalName, targetOf } from '../../../shared/extension/manifest.ts';
import type { ImagePlan, PlannedBuild } from '../../../shared/extension/image-plan.ts';
import { planImages } from '../../../shared/extension/plan-images.ts';
import type { MembersPlan } from '../../../shared/extension/members-plan.ts';
import { planMembers } from '../../../shared/extension/plan-members.ts';
import { looksSecret } from '../../../shared/extension/secret-names.ts';
import { TARGETS, type TargetId } from '../../../shared/extension/targets.ts';
import type { BuildFolderRequest, PackageRequest } from '../ports/requests.ts';
import { readArchiveFile } from './inspect-file.ts';
import type { PackageDeps } from './package-deps.ts';
import type { FolderSources } from './read-folder.ts';

/** What the command line cannot say: build arguments of one image, which stand in no file. */
export interface ImageArguments {
  imageArgs?: ReadonlyMap<string, Record<string, string>>;
}

/** What a folder comes down to for one target, before anything runs. */
export interface FolderPlan {
  sources: FolderSources;
  target: TargetId;
  platform: Platform;
  images: ImagePlan;
  builds: BuildRequest[];
  findings: Finding[];
}

/**
 * Decides target, platform and where each image comes from. Saved archives are read for their tags only where the names alone
 * do not tell: that costs a pass over each.
 * @throws GangwayError IMAGE_AMBIGUOUS with the choices, BAD_REQUEST where no platform follows
 */
export async function planFolder(
  deps: PackageDeps,
  sources: FolderSources,
  request: BuildFolderRequest & ImageArguments & Pick<PackageRequest, 'imageArchive'>,
  signal: AbortSignal,
): Promise<FolderPlan> {
  const recipe = sources.recipe?.recipe ?? null;
  const manifest = sources.manifest?.manifest ?? null;
  const target = request.target ?? recipe?.target ?? targetOf(manifest);
  const said = request.platform ?? (request.target === undefined ? recipe?.platform : undefined) ?? TARGETS[target].platform;
  const platform = said ?? (await platformOfEngine(deps, signal));
  const archives = [...new Set([...sources.archives, ...(recipe?.archives ?? [])])];
  const plan = (tags?: ReadonlyMap<string, readonly string[]>): ImagePlan =>
    planImages({
      folderName: path.basename(sources.root),
      packageDir: sources.packageDir,
      recipe,
      manifest,
      compose: sources.compose?.model ?? null,
      variables: sources.variables,
      platform,
      dockerfiles: sources.dockerfiles.map((file) => ({ path: file.path, stages: file.parsed.stages.flatMap((stage) => stage.name ?? []) })),
      archivesPresent: archives.map((each) => ({ path: each, ...(tags?.has(each) && { tags: tags.get(each) ?? [] }) })),
      ...(request.imageArchive !== undefined && { imageArchiveOption: request.imageArchive }),
    });
  const images = await planWithTags(
    deps,
    archives.map((each) => ({ name: each, file: path.resolve(sources.root, each) })),
    plan,
    signal,
  );
  assertArchivesReached(sources, images);
  const builds = images.builds.map((build) => requestOf(build, sources, platform, request));
  return {
    sources,
    target,
    platform,
    images,
    builds,
    findings: [...images.findings, ...builds.flatMap((build) => [...secretArguments(build), ...secretsNotGiven(build, sources)])],
  };
}

async function planWithTags(
  deps: PackageDeps,
  archives: readonly { name: string; file: string }[],
  plan: (tags?: ReadonlyMap<string, readonly string[]>) => ImagePlan,
  signal: AbortSignal,
): Promise<ImagePlan> {
  let first: ImagePlan | undefined;
  try {
    first = plan();
    // An archive that goes in whole may hold an older copy of what is built here: its tags must be known.
    const unread = first.builds.length > 0 && first.archives.some((archive) => archive.files.some((file) => file.only === null));
    if ((first.fromEngineOrPull.length === 0 && !unread) || archives.length === 0) return first;
  } catch (error) {
    if (!(error instanceof GangwayError) || error.code !== 'IMAGE_AMBIGUOUS' || archives.length === 0) throw error;
  }
  const tags = new Map<string, string[]>();
  for (const { name, file } of archives) {
    const report = await readArchiveFile(deps, file, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof GangwayError) return null;
      throw error;
    });
    if (report)
      tags.set(
        name,
        report.images.flatMap((image) => image.tags),
      );
  }
  return plan(tags);
}

/** A listed archive that is a link out of the folder is not followed; an engine asked for its image instead would only confuse. */
function assertArchivesReached(sources: FolderSources, images: ImagePlan): void {
  if (images.fromEngineOrPull.length === 0) return;
  const place = sources.packageDir === '' ? '' : `${sources.packageDir}/`;
  const link = sources.files.find((file) => file.kind === 'other' && sources.manifest?.manifest?.images?.some((name) => file.path === place + name));
  if (!link) return;
  throw new GangwayError('FILE_UNREADABLE', `${link.path} is a link that leads out of the folder or to nothing, so the images in it are not taken.`, {
    hint: `Put the archive itself there, or name its place under "archives" in gangway.yaml, which may lie outside.`,
    data: { path: link.path },
  });
}

async function platformOfEngine(deps: PackageDeps, signal: AbortSignal): Promise<Platform> {
  const { architecture } = await deps.engine().info({ signal });
  const platform = parsePlatform(architecture);
  if (!platform) throw new GangwayError('BAD_REQUEST', `The engine calls its own architecture "${architecture}"; say with --platform what to build for.`);
  return platform;
}

function requestOf(build: PlannedBuild, sources: FolderSources, platform: Platform, request: BuildFolderRequest & ImageArguments): BuildRequest {
  const given = request.secrets ?? [];
  const own = build.secrets
    .filter((secret) => !given.some(({ id }) => id === secret.id))
    .map((secret) => ('src' in secret ? { ...secret, src: path.resolve(sources.root, secret.src) } : secret));
  const stage = request.stage ?? build.stage;
  return {
    context: path.resolve(sources.root, build.context),
    dockerfile: path.resolve(sources.root, build.dockerfile),
    tags: [build.tag],
    platform,
    args: { ...build.args, ...request.imageArgs?.get(build.tag), ...request.args },
    secrets: [...own, ...given],
    noCache: request.noCache ?? false,
    pull: request.pull ?? false,
    ...(stage !== undefined && { stage }),
    ...(request.builder !== undefined && { builder: request.builder }),
  };
}

/** Build arguments end in the image's history, which everyone who has the .spx can read. */
function secretArguments(build: BuildRequest): Finding[] {
  return Object.entries(build.args)
    .filter(([name, value]) => value !== '' && (looksSecret(name) || /^BOSDYN_CLIENT_(USERNAME|PASSWORD)$/.test(name)))
    .map(([name]) => ({
      id: 'build-arg-secret',
      severity: 'warning',
      file: build.dockerfile,
      message: `${name} is given as a build argument, so its value stays readable in the image. Give it with --secret id=${name},env=${name}, or set it where the container runs.`,
    }));
}

/** BuildKit mounts nothing in the place of a secret that nobody gives, and the step goes on without. */
function secretsNotGiven(build: BuildRequest, sources: FolderSources): Finding[] {
  const file = sources.dockerfiles.find((one) => path.resolve(sources.root, one.path) === build.dockerfile);
  return (file?.parsed.secrets ?? [])
    .filter(({ id }, index, all) => !build.secrets.some((secret) => secret.id === id) && all.findIndex((other) => other.id === id) === index)
    .map(({ id, line }) => ({
      id: 'build-secret-not-given',
      severity: 'warning',
      file: build.dockerfile,
      line,
      message: `A step asks for the secret "${id}", which is not given, so it finds none. Give it with --secret id=${id},env=VARIABLE or --secret id=${id},src=FILE.`,
    }));
}

/** The members besides what is decided here, with the findings of their plan. */
export function planFolderMembers(plan: FolderPlan, all: boolean): MembersPlan {
  const { sources, images } = plan;
  return planMembers({
    // Sizes are taken when the members are opened.
    files: sources.files.map(({ path: file, kind }) => ({ path: file, kind, size: 0 })),
    packageDir: sources.packageDir,
    manifest: sources.manifest,
    compose: sources.compose,
    recipe: sources.recipe?.recipe ?? null,
    archives: images.archives.map((archive) => archive.name),
    variables: sources.variables,
    all,
  });
}

/**
 * Where the .spx goes: a file, or a name in the folder that is said. When nobody says, it is named as the extension, with hyphens for Orbit,
 * which runs none with underscores (reference/spot.md 1.3).
 */
export async function outputOf(plan: FolderPlan, request: Pick<PackageRequest, 'output'>): Promise<string> {
  const { sources, target } = plan;
  const said = request.output ?? sources.recipe?.recipe?.output;
  const place = path.resolve(sources.root, said ?? '.');
  const folder = said === undefined || /[\\/]$/.test(said) || ((await stat(place).catch(() => null))?.isDirectory() ?? false);
  if (!folder) return place;
  const name = sources.manifest?.manifest?.extension_name ?? legalName(path.basename(sources.root));
  return path.join(place, `${target === 'orbit' ? name.replaceAll('_', '-') : name}.spx`);
}
