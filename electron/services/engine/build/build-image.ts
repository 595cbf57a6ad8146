import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { EngineHandle as Docker } from '../transport.ts';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import type { BuildRequest, BuildResult, EngineInfo } from '../../../../shared/docker/build.ts';
import { mapBuildFailure } from '../../../../shared/docker/build-failure.ts';
import { expectedSteps } from '../../../../shared/docker/build-failure-step.ts';
import { TraceSteps } from '../../../../shared/docker/buildkit-trace-steps.ts';
import { dockerfileFindings } from '../../../../shared/docker/dockerfile-findings.ts';
import { type Dockerfile, neededStages, parseDockerfile } from '../../../../shared/docker/dockerfile.ts';
import { formatPlatform, platformRuns } from '../../../../shared/docker/platform.ts';
import type { VerbContext } from '../../ports/verb.ts';
import type { Environment } from '../engine-host.ts';
import { classifyEngineError, clean } from '../engine-errors.ts';
import { fixSystem } from '../fix-system.ts';
import { buildWithBuildkit } from './buildkit-build.ts';
import { buildWithBuildx } from './buildx-build.ts';
import { buildClassic } from './classic-build.ts';
import { ClassicSteps } from './classic-output.ts';
import { EngineRefusal } from './engine-request.ts';
import { redactedData, redactedReport, redactor } from './redact.ts';
import { resolveSecrets } from './secrets.ts';

export interface BuildOptions {
  env: Environment;
}

/**
 * Builds one image for one platform, by the way that the engine and the request allow, and checks its architecture.
 * @throws GangwayError: DOCKERFILE_INVALID, BUILD_SECRET_MISSING and FILE_* before anything is sent; BUILD_*, PULL_FAILED,
 *   EMULATION_MISSING, WRONG_ARCHITECTURE, ENGINE_* from the build. Rejects with the signal's reason within 2 s of an abort.
 */
export async function buildImage(docker: Docker, info: EngineInfo, request: BuildRequest, outer: VerbContext, options: BuildOptions): Promise<BuildResult> {
  const { signal } = outer;
  const startedAt = performance.now();
  signal.throwIfAborted();
  const dockerfile = await readDockerfile(request);
  checkDockerfile(dockerfile, request, outer);
  const secrets = await resolveSecrets(request.secrets, options.env);
  const redact = redactor(secrets);
  const context = { ...outer, report: redactedReport(outer.report, redact) };
  const image = request.tags[0] ?? path.basename(request.context);
  const classic = request.builder === undefined && info.builder === 'classic';
  const steps = classic
    ? new ClassicSteps(image, context.report)
    : new TraceSteps(image, context.report, expectedSteps(dockerfile, neededStages(dockerfile, request.stage)));
  const build = (): Promise<string> => {
    if (steps instanceof ClassicSteps) return buildClassic({ docker, info, request, dockerfile, steps, context, env: options.env });
    if (request.builder !== undefined) return buildWithBuildx({ info, request, steps, signal, env: options.env });
    return buildWithBuildkit({ docker, request, secrets, steps, context, env: options.env });
  };
  try {
    const imageId = await build();
    const summary = steps.finish('done');
    const platform = await checkPlatform(docker, request.builder === undefined ? imageId : (request.tags[0] ?? imageId), request);
    return {
      imageId,
      tags: [...request.tags],
      platform,
      cachedSteps: summary.cached,
      totalSteps: summary.total,
      milliseconds: Math.round(performance.now() - startedAt),
    };
  } catch (error) {
    steps.finish(signal.aborted ? 'cancelled' : 'failed');
    signal.throwIfAborted();
    if (error instanceof GangwayError) throw error;
    if (error instanceof EngineRefusal) {
      const { code, message, ...more } = mapBuildFailure({
        message: clean(error.message),
        step: steps.failed() ?? undefined,
        dockerfile,
        file: request.dockerfile,
        image,
        platform: request.platform,
      });
      throw new GangwayError(code, redact(message), redactedData(more, redact));
    }
    throw classifyEngineError(error, { shown: info.address, system: fixSystem(process.platform), doing: `build ${image}`, connected: true });
  }
}

async function readDockerfile(request: BuildRequest): Promise<Dockerfile> {
  let text: string;
  try {
    text = await readFile(request.dockerfile, 'utf8');
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new GangwayError(gone ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', `${request.dockerfile} ${gone ? 'is not there' : 'cannot be read'}.`, {
      location: { file: request.dockerfile },
      cause: error,
    });
  }
  const dockerfile = parseDockerfile(text, { args: request.args, platform: request.platform });
  // With a syntax directive another parser reads the file, which may know more than ours.
  const fault = dockerfile.directives.syntax === undefined ? dockerfile.errors[0] : undefined;
  if (fault)
    throw new GangwayError('DOCKERFILE_INVALID', `${path.basename(request.dockerfile)}, line ${fault.line}: ${fault.message}.`, {
      location: { file: request.dockerfile, line: fault.line, column: fault.column },
      data: { errors: dockerfile.errors },
    });
  return dockerfile;
}

/**
 * Tells what will hurt: secrets that end in the image's history. A literal `FROM --platform=` of another architecture in the final stage is an
 * error: BuildKit 0.8 writes the target's platform into the image all the same, so the engine's word would be wrong and only the files
 * inside are of the other one.
 */
function checkDockerfile(dockerfile: Dockerfile, request: BuildRequest, context: VerbContext): void {
  const file = path.relative(request.context, request.dockerfile).split(path.sep).join('/');
  for (const finding of dockerfileFindings(dockerfile, {
    file,
    platform: request.platform,
    ...(request.stage === undefined ? {} : { stage: request.stage }),
  })) {
    if (finding.id === 'dockerfile-platform-fixed') {
      throw new GangwayError('WRONG_ARCHITECTURE', finding.message, {
        location: { file: request.dockerfile, line: finding.line ?? 1, column: 1 },
        data: { want: request.platform },
      });
    }
    if (finding.severity === 'warning') context.report({ type: 'finding', finding });
  }
}

/** A base image that exists for one architecture only gives another than was asked for. */
async function checkPlatform(docker: Docker, imageId: string, request: BuildRequest): Promise<string> {
  const found = await docker.getImage(imageId).inspect();
  const variant = (found as { Variant?: string }).Variant;
  const have = { os: found.Os, architecture: found.Architecture, ...(variant ? { variant } : {}) };
  const platform = formatPlatform(have);
  if (platformRuns(have, request.platform)) return platform;
  throw new GangwayError('WRONG_ARCHITECTURE', `The image was built for ${platform}, not for ${request.platform}.`, {
    location: { file: request.dockerfile },
    data: { have: platform, want: request.platform, image: imageId },
    hint: "A base image that exists for one architecture only decides over the target. Use one that exists for the target, or name it by its platform's own tag.",
  });
}
