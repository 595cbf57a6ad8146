import path from 'node:path';
import { runChecks, sortFindings } from '../../../shared/checks/run-checks.ts';
import type { BuildResult } from '../../../shared/docker/build.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import { packageFileName } from '../../../shared/extension/package-file-name.ts';
import { imagesNamed } from '../../../shared/extension/plan-builds.ts';
import type { BuildFolderRequest, PackageRequest } from '../ports/requests.ts';
import type { VerbContext } from '../ports/verb.ts';
import { sourcesInput } from './check-folder.ts';
import { checkPackage } from './check-package.ts';
import { memberOfFile, memberOfFolder } from './folder-files.ts';
import { buildImages, withTagsBack } from './obtain-images.ts';
import { assertNoErrors, runPackJob, type PackJob } from './pack-job.ts';
import type { PackageDeps } from './package-deps.ts';
import { outputOf, planFolder, planFolderMembers, type FolderPlan, type ImageArguments } from './package-plan.ts';
import { packageInContext } from './package-in-context.ts';
import { Phases } from './phases.ts';
import { preflight } from './preflight.ts';
import { assertReadable, readFolder } from './read-folder.ts';
import { withRelativePlaces } from './relative-places.ts';

/**
 * `gangway package`: builds every Dockerfile of the folder (the cache makes that cheap; an image lying about may be old), takes the layers,
 * checks, packs and reads back. Without Dockerfiles and with all images in saved archives it needs no engine.
 */
export function packageFolder(deps: PackageDeps, request: PackageRequest & ImageArguments, context: VerbContext): Promise<PackageResult> {
  return withRelativePlaces(path.resolve(request.folder), context.report, (report) => packWhole(deps, request, { ...context, report }));
}

async function packWhole(deps: PackageDeps, request: PackageRequest & ImageArguments, { signal, report }: VerbContext): Promise<PackageResult> {
  const phases = new Phases(report);
  const job = await phases.run('preflight', 'Look around', async (say) => {
    const plan = await readAndPlan(deps, request, signal);
    const planned = await jobOf(deps, plan, request);
    for (const finding of planned.early) say({ type: 'finding', finding });
    if (!plan.sources.manifest) throw notAnExtension(plan, planned.early);
    assertNoErrors(planned.early);
    const inContext = await packageInContext(
      planned.job.output,
      plan.builds,
      (build) => plan.sources.dockerfiles.find((file) => path.resolve(plan.sources.root, file.path) === build.dockerfile)?.parsed ?? null,
    );
    for (const finding of inContext) say({ type: 'finding', finding });
    const named = packageFileName(path.basename(planned.job.output), plan.sources.manifest.manifest?.extension_name, plan.target);
    for (const finding of named) say({ type: 'finding', finding });
    planned.early.push(...inContext, ...named);
    await preflight(deps, planned.job, signal);
    return planned;
  });
  const result = await runPackJob(job.job, { engine: deps.engine, store: deps.store, phases, signal });
  return { ...result, findings: sortFindings([...job.early, ...result.findings]) };
}

/** Someone with a Dockerfile or a saved image alone is told the two ways to the files that make it an extension. */
function notAnExtension({ sources }: FolderPlan, findings: FolderPlan['findings']): GangwayError {
  const [archive] = sources.archives;
  const generate =
    sources.dockerfiles.length === 0 && archive !== undefined ? ` "gangway generate-extension-data --image ${archive}" writes them for a saved image.` : '';
  const place = path.join(sources.root, sources.packageDir);
  return new GangwayError('CHECK_FAILED', `${place} has no manifest.json, so it is no extension yet.`, {
    hint: `An extension needs manifest.json and docker-compose.yml. Drop the folder on the window to have them written.${generate}`,
    location: { file: path.join(place, 'manifest.json') },
    data: { findings },
  });
}

/** `gangway build`: the same plan, ended after the images. */
export function buildFolder(deps: PackageDeps, request: BuildFolderRequest & ImageArguments, context: VerbContext): Promise<{ images: BuildResult[] }> {
  return withRelativePlaces(path.resolve(request.folder), context.report, (report) => buildAll(deps, request, { ...context, report }));
}

async function buildAll(deps: PackageDeps, request: BuildFolderRequest & ImageArguments, { signal, report }: VerbContext): Promise<{ images: BuildResult[] }> {
  const phases = new Phases(report);
  const plan = await phases.run('preflight', 'Look around', async (say) => {
    const planned = await readAndPlan(deps, request, signal);
    for (const finding of planned.findings) say({ type: 'finding', finding });
    await preflight(deps, { platform: planned.platform, builds: planned.builds, fetch: [] }, signal);
    return planned;
  });
  const { results } = await withTagsBack(deps.engine, plan.builds, signal, () => buildImages(deps.engine(), plan.builds, phases, signal));
  return { images: results };
}

async function readAndPlan(
  deps: PackageDeps,
  request: BuildFolderRequest & ImageArguments & Pick<PackageRequest, 'all'>,
  signal: AbortSignal,
): Promise<FolderPlan> {
  const sources = await readFolder(path.resolve(request.folder), { home: deps.home, signal, all: request.all ?? false });
  assertReadable(sources);
  return planFolder(deps, sources, request, signal);
}

async function jobOf(deps: PackageDeps, plan: FolderPlan, request: PackageRequest): Promise<{ job: PackJob; early: FolderPlan['findings'] }> {
  const { sources, images, platform } = plan;
  const { members: planned, findings } = planFolderMembers(plan, request.all ?? false);
  const at = (relative: string): string => path.resolve(sources.root, relative);
  const members = await Promise.all(
    planned.map(async (member): Promise<PackJob['members'][number]> => {
      if (member.kind === 'image-archive') return { archive: member.name };
      if (member.kind === 'directory' || member.source === null) return memberOfFolder(member.name.replace(/\/$/, ''));
      return memberOfFile(at(member.source), member.name, member.kind);
    }),
  );
  const checked = { ...(await sourcesInput(sources)), target: plan.target };
  const job: PackJob = {
    platform,
    output: await outputOf(plan, request),
    builds: plan.builds,
    fetch: images.fromEngineOrPull.map(({ reference }) => reference),
    members,
    owner: deps.owner,
    archives: images.archives.map(({ name, references, files }) => ({
      name,
      references,
      files: files.map((file) => ({ path: at(file.path), only: file.only })),
    })),
    wanted: imagesNamed(sources.compose?.model ?? null, sources.variables),
    inputs: [...sources.dockerfiles.map((file) => at(file.path)), ...sources.archives.map(at), at('gangway.yaml')],
    check: (taken) => checkPackage(checked, taken),
  };
  return { job, early: sortFindings([...plan.findings, ...findings, ...runChecks({ ...checked, archives: images.archives.map(({ name }) => ({ name })) })]) };
}
