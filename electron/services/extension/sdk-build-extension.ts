import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../../../shared/checks/finding.ts';
import type { BuildRequest } from '../../../shared/docker/build.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { runChecks, sortFindings } from '../../../shared/checks/run-checks.ts';
import { parseCompose } from '../../../shared/extension/compose.ts';
import { parseManifest, targetOf } from '../../../shared/extension/manifest.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import { packageFileName } from '../../../shared/extension/package-file-name.ts';
import { imagesNamed } from '../../../shared/extension/plan-builds.ts';
import type { SdkBuildRequest } from '../ports/requests.ts';
import type { VerbContext } from '../ports/verb.ts';
import { checkPackage } from './check-package.ts';
import { memberOfFile, memberOfText, readTextIfAny, unreadable } from './folder-files.ts';
import { assertNoErrors, runPackJob, type ArchivePlan, type PackJob, type PackTools } from './pack-job.ts';
import type { PackageDeps } from './package-deps.ts';
import { preflight } from './preflight.ts';
import { Phases } from './phases.ts';
import { withRelativePlaces } from './relative-places.ts';
import { completeManifest, composeOrThrow, isoDate, manifestOrThrow, sourceDate } from './sdk-manifest.ts';
import { additionalMembers, assertNoCollision, optionalMember } from './sdk-members.ts';
import type { PackMember } from './spx-writer.ts';

/**
 * `build_extension.py` of the Spot SDK (5.1.4) with the same arguments: builds each Dockerfile for the target, takes extra images, saves all into
 * one archive, and packs manifest, archive, compose file, icon, additional files and udev rules in that order. Better in this: images are pulled for the
 * target's platform, files that were asked for are never dropped in silence, several archives are allowed, and the same input gives the same bytes.
 */
export function buildSdkExtension(deps: PackageDeps, request: SdkBuildRequest, context: VerbContext): Promise<PackageResult> {
  return withRelativePlaces(request.cwd, context.report, (report) => buildAndPack(deps, request, { ...context, report }));
}

async function buildAndPack(deps: PackageDeps, request: SdkBuildRequest, { signal, report }: VerbContext): Promise<PackageResult> {
  const phases = new Phases(report);
  const tools: PackTools = { engine: deps.engine, store: deps.store, phases, signal };
  const { job, early } = await phases.run('preflight', 'Look around', async (say) => {
    const planned = await plan(deps, request, signal);
    for (const finding of planned.early) say({ type: 'finding', finding });
    assertNoErrors(planned.early);
    await preflight(deps, planned.job, signal);
    return planned;
  });
  const result = await runPackJob(job, tools);
  return { ...result, findings: sortFindings([...early, ...result.findings]) };
}

async function plan(deps: PackageDeps, request: SdkBuildRequest, signal: AbortSignal): Promise<{ job: PackJob; early: Finding[] }> {
  const at = (file: string): string => path.resolve(request.cwd, file);
  if (request.dockerfilePaths.length !== request.buildImageTags.length) {
    throw new GangwayError(
      'BAD_REQUEST',
      `${request.dockerfilePaths.length} Dockerfiles and ${request.buildImageTags.length} tags were given; each Dockerfile needs its tag.`,
    );
  }
  const platform: Platform = request.amd64 ? 'linux/amd64' : 'linux/arm64';
  const packageDir = at(request.packageDir);
  const manifestFile = path.join(packageDir, 'manifest.json');
  const composeFile = path.join(packageDir, 'docker-compose.yml');
  const [manifestText, composeText] = await Promise.all([readTextIfAny(manifestFile), readTextIfAny(composeFile)]);
  if (manifestText === null) throw new GangwayError('FILE_NOT_FOUND', `There is no manifest.json in ${packageDir}.`, { data: { path: manifestFile } });
  if (composeText === null) throw new GangwayError('FILE_NOT_FOUND', `There is no docker-compose.yml in ${packageDir}.`, { data: { path: composeFile } });
  const { manifest } = manifestOrThrow(manifestText, manifestFile);
  if (!request.skipComposeValidation) composeOrThrow(composeText, composeFile);
  const { archives, early } = await planArchives(request, manifest.images, at(request.imageArchive), packageDir);

  const lookup = { packageDir, cwd: request.cwd };
  const icon = await optionalMember('icon', { option: request.icon, named: manifest.icon, fallback: 'icon.png' }, lookup);
  const udev = await optionalMember('udev', { option: request.udevRule, named: manifest.udev_rules, fallback: 'udev_rule.rule' }, lookup);
  const additional = await additionalMembers(request.additionalFiles, packageDir, signal);
  const others = [
    ...(icon ? [icon] : []),
    ...additional.members.filter((member) => member.name !== icon?.name && member.name !== udev?.name),
    ...(udev ? [udev] : []),
  ];
  assertNoCollision(others, manifest);

  const builds = request.dockerfilePaths.map(
    (file, index): BuildRequest => ({
      context: path.dirname(at(file)),
      dockerfile: at(file),
      tags: [request.buildImageTags[index]!],
      platform,
      args: {},
      secrets: [],
      noCache: false,
      pull: false,
    }),
  );
  const inputs = [manifestFile, composeFile, ...builds.map((build) => build.dockerfile), ...filesOf(others)];
  const completed = completeManifest(manifestText, {
    installationTarget: request.amd64 ? 'orbit' : 'spot',
    date: isoDate(sourceDate(deps.env, await newest(inputs))),
  });
  if (request.amd64 && completed.added.includes('installation_target')) {
    early.push({
      id: 'manifest-target-assumed',
      severity: 'warning',
      file: manifestFile,
      message: 'installation_target is absent; "orbit" was put in, since CORE I/O does not run amd64. Write it into manifest.json to say so yourself.',
    });
  }
  const members: PackJob['members'] = [
    memberOfText('manifest.json', 'manifest', completed.text),
    ...archives.map(({ name }) => ({ archive: name })),
    await memberOfFile(composeFile, 'docker-compose.yml', 'compose'),
    ...others,
  ];
  const packedManifest = parseManifest(completed.text, manifestFile);
  const sources = {
    target: targetOf(packedManifest.manifest),
    manifest: packedManifest,
    compose: request.skipComposeValidation ? null : parseCompose(composeText, composeFile),
  };
  early.push(...packageFileName(path.basename(request.spx), packedManifest.manifest?.extension_name, sources.target), ...runChecks(sources));
  const job: PackJob = {
    platform,
    output: at(request.spx),
    builds,
    fetch: request.extraImageTags,
    archives,
    members,
    wanted: imagesNamed(parseCompose(composeText, composeFile).model, new Map()),
    inputs,
    owner: deps.owner,
    ...(archives.some(({ name, references }) => name === path.basename(request.imageArchive) && references.length > 0) && {
      alsoWrite: { archive: path.basename(request.imageArchive), path: at(request.imageArchive) },
    }),
    check: (images) => checkPackage(sources, images),
  };
  return { job, early: [...early, ...additional.findings] };
}

/** The archive that is built, and any other that the manifest lists and that lies in the package folder: the format allows several, the SDK's script one. */
async function planArchives(
  request: SdkBuildRequest,
  listed: string[] | undefined,
  archive: string,
  packageDir: string,
): Promise<{ archives: ArchivePlan[]; early: Finding[] }> {
  const own = path.basename(archive);
  if (!/\.(tgz|gz|tar)$/.test(own)) throw new GangwayError('BAD_REQUEST', `unknown suffix of ${own}: an image archive ends in .tgz, .tar.gz or .tar.`);
  const references = [...request.buildImageTags, ...request.extraImageTags];
  const names = listed ?? [];
  if (references.length > 0 && !names.includes(own)) {
    throw new GangwayError(
      'MANIFEST_INVALID',
      `image archive(s) ${JSON.stringify(names)} specified in manifest.json does not match build image archive ${JSON.stringify([own])}`,
      {
        location: { file: path.join(packageDir, 'manifest.json') },
        hint: `Write "images": ["${own}"] into manifest.json, or give -i ${names[0] ?? 'NAME.tgz'}.`,
      },
    );
  }
  const archives: ArchivePlan[] = [];
  for (const name of names) {
    if (name === own && references.length > 0) {
      archives.push({ name, references, files: [] });
      continue;
    }
    const file = name === own ? archive : path.join(packageDir, name);
    if (!(await stat(file).catch(() => null))?.isFile())
      throw new GangwayError('FILE_NOT_FOUND', `manifest.json lists the image archive ${name}; there is no ${file}.`, { data: { path: file } });
    archives.push({ name, references: [], files: [{ path: file, only: null }] });
  }
  return { archives, early: [] };
}

function filesOf(members: readonly PackMember[]): string[] {
  return members.flatMap((member) => (member.source.from === 'file' ? [member.source.path] : []));
}

/** Newest modification time, milliseconds. */
async function newest(files: readonly string[]): Promise<number> {
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (info) => info.mtimeMs,
        (error: NodeJS.ErrnoException) => {
          throw unreadable(file, error);
        },
      ),
    ),
  );
  return Math.max(0, ...times);
}
