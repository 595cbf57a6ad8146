import type { Finding } from '../../../shared/checks/finding.ts';
import type { BuildRequest, BuildResult } from '../../../shared/docker/build.ts';
import { formatPlatform, type Platform } from '../../../shared/docker/platform.ts';
import { sameImageWarnings } from '../../../shared/docker/same-image.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { Engine } from '../ports/engine.ts';
import { rememberTags } from './built-tags.ts';
import { partOf, type Phases } from './phases.ts';

/**
 * Builds images one after the other: they share base layers and the engine's cores, and the log stays readable.
 * Two tags that get one image id are told, since one of the Dockerfiles is probably not the one that was meant.
 */
export async function buildImages(
  engine: Engine,
  requests: readonly BuildRequest[],
  phases: Phases,
  signal: AbortSignal,
): Promise<{ results: BuildResult[]; findings: Finding[] }> {
  if (requests.length === 0) {
    phases.skip('context');
    phases.skip('build');
    return { results: [], findings: [] };
  }
  const title = requests.length === 1 ? `Build ${requests[0]?.tags[0] ?? 'the image'}` : `Build ${requests.length} images`;
  return phases.run('build', title, async (report) => {
    const results: BuildResult[] = [];
    for (const [index, request] of requests.entries()) {
      signal.throwIfAborted();
      results.push(await engine.build(request, { signal, report: partOf(report, 'build', index, requests.length) }));
      report({ type: 'progress', phase: 'build', done: (index + 1) * 1000, total: requests.length * 1000, unit: 'steps' });
    }
    const findings = sameImageWarnings(results.map((result, index) => ({ ...result, dockerfile: requests[index]?.dockerfile ?? '' })));
    for (const finding of findings) report({ type: 'finding', finding });
    return { results, findings };
  });
}

/** Runs a job that builds; when it is cancelled, the tags name again what they named before. */
export async function withTagsBack<T>(engine: () => Engine, builds: readonly BuildRequest[], signal: AbortSignal, body: () => Promise<T>): Promise<T> {
  if (builds.length === 0) return body();
  const tags = await rememberTags(
    engine(),
    builds.flatMap((build) => build.tags),
    signal,
  );
  try {
    return await body();
  } catch (error) {
    if (signal.aborted) await tags.restore();
    throw error;
  }
}

/** Images that are not built: present in the engine for the right platform, else pulled for it. */
export async function fetchImages(engine: Engine, references: readonly string[], platform: Platform, phases: Phases, signal: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const reference of references) {
    if (!(await engine.inspectImage(reference, { platform, signal }))) missing.push(reference);
  }
  if (missing.length === 0) return phases.skip('pull');
  await phases.run('pull', missing.length === 1 ? `Pull ${missing[0]}` : `Pull ${missing.length} images`, async (report) => {
    for (const [index, reference] of missing.entries()) {
      signal.throwIfAborted();
      await pull(engine, reference, platform, { signal, report: partOf(report, 'pull', index, missing.length) });
      report({ type: 'progress', phase: 'pull', done: (index + 1) * 1000, total: missing.length * 1000, unit: 'bytes' });
    }
  });
}

async function pull(engine: Engine, reference: string, platform: Platform, context: Parameters<Engine['pull']>[2]): Promise<void> {
  try {
    await engine.pull(reference, platform, context);
  } catch (error) {
    context.signal.throwIfAborted();
    // Someone who has the image for another platform wonders why it is pulled at all.
    const other = await engine.inspectImage(reference, { signal: context.signal }).catch(() => null);
    if (!other || !(error instanceof GangwayError) || error.code !== 'PULL_FAILED') throw error;
    const have = formatPlatform(other);
    throw new GangwayError('WRONG_ARCHITECTURE', `${reference} is in the engine for ${have} only, and could not be pulled for ${platform}.`, {
      hint: `Build it for ${platform}, or name an image that exists for it.`,
      data: { image: reference, have, expected: platform },
      ...((error.wire.detail ?? error.message) ? { detail: error.wire.detail ?? error.message } : {}),
      cause: error,
    });
  }
}
