import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BuildRequest } from '../../../shared/docker/build.ts';
import { neededStages, parseDockerfile } from '../../../shared/docker/dockerfile.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { readIgnoreFile } from '../engine/build/ignore-file.ts';
import { assertContextNotTooWide } from '../engine/build/scan-context.ts';
import { storeUnwritable } from '../images/create-layer-store.ts';
import { readTextIfAny, unreadable } from './folder-files.ts';
import { finalPath, outputError } from './output-file.ts';
import type { PackageDeps } from './package-deps.ts';
import type { Engine } from '../ports/engine.ts';
import { assertRegularFile } from './spx-reader.ts';
import { assertReplaceable, freeBytes } from './spx-writer.ts';

export interface PreflightInput {
  platform: Platform;
  builds: readonly BuildRequest[];
  fetch: readonly string[];
  /** Saved archives that images come from, absolute. */
  archives?: readonly { files: readonly { path: string }[] }[];
  output?: string;
}

/** Least room to begin with; the writer knows the exact size later. */
const LEAST_FREE = 1 << 20;

/** Everything that can be known to fail before any work is done, asked at once. The first in this order is told. */
export async function preflight(deps: PackageDeps, input: PreflightInput, signal: AbortSignal): Promise<void> {
  const emulated = Promise.all(input.builds.map((build) => runsPrograms(build)));
  const questions = [
    emulated.then(() => undefined),
    ...(input.archives ?? []).flatMap(({ files }) => files.map((file) => assertRegularFile(file.path))),
    ...input.builds.map((build) => contextNarrow(build.context, deps.home)),
    // A pattern that the engine would refuse is told with its line.
    ...input.builds.map((build) => readIgnoreFile(build.context, build.dockerfile).then(() => undefined)),
    ...(input.output === undefined ? [] : [outputWritable(input.output), storeWritable(deps.store.root)]),
    ...(input.builds.length + input.fetch.length > 0 ? [engineReady(deps.engine(), input.platform, emulated, signal)] : []),
  ];
  const failed = (await Promise.allSettled(questions)).find((result) => result.status === 'rejected');
  signal.throwIfAborted();
  if (failed) throw failed.reason;
}

/** Whether building runs programs of the target: a Dockerfile that only copies needs no emulation, nor do stages for the build platform. */
async function runsPrograms({ dockerfile, args, platform, stage: target }: BuildRequest): Promise<boolean> {
  const text = await readTextIfAny(dockerfile);
  if (text === null) throw new GangwayError('FILE_NOT_FOUND', `There is no Dockerfile ${dockerfile}.`, { data: { path: dockerfile } });
  const parsed = parseDockerfile(text, { args, platform });
  const needed = neededStages(parsed, target);
  return parsed.stages.some(
    (stage) => needed.has(stage.index) && !stage.platform?.includes('BUILDPLATFORM') && stage.instructions.some(({ name }) => name === 'RUN'),
  );
}

async function contextNarrow(context: string, home: string): Promise<void> {
  const real = await realpath(context).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(context, error);
  });
  assertContextNotTooWide(real, { home });
}

async function engineReady(engine: Engine, platform: Platform, emulated: Promise<boolean[]>, signal: AbortSignal): Promise<void> {
  await engine.info({ signal });
  if (!(await emulated).includes(true)) return;
  const { runs, how, fix } = await engine.emulation(platform);
  if (runs || how !== 'missing') return;
  throw new GangwayError('EMULATION_MISSING', `This engine cannot run programs for ${platform}, which RUN steps of the build need.`, {
    ...(fix ? { hint: fix } : {}),
    data: { platform },
    remedy: { kind: 'open-doctor' },
  });
}

/** The folder itself, else the nearest above it that is there already. */
async function firstThere(folder: string): Promise<string> {
  let there = folder;
  while (!(await stat(there).catch(() => null)) && path.dirname(there) !== there) there = path.dirname(there);
  return there;
}

/** The layers are kept between packings; a folder that cannot be written is told before the build. */
async function storeWritable(root: string): Promise<void> {
  await access(await firstThere(root), constants.W_OK).catch((error: unknown) => {
    throw storeUnwritable(root, error);
  });
}

async function outputWritable(output: string): Promise<void> {
  await stat(output).catch((error: NodeJS.ErrnoException) => {
    // A file in the place of a folder, a name that is too long, links in a circle.
    if (error.code !== 'ENOENT') throw outputError(error, output);
  });
  await finalPath(output, []);
  await assertReplaceable(output);
  const folder = await firstThere(path.dirname(output));
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw outputError(error, output);
  });
  const free = await freeBytes(folder);
  if (free !== null && free < LEAST_FREE)
    throw new GangwayError('DISK_FULL', `There is no space left where ${output} should be written.`, { data: { path: output, free } });
}
