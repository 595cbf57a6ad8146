import { homedir } from 'node:os';
import type { EngineHandle as Docker } from '../transport.ts';
import type { BuildRequest, EngineInfo } from '../../../../shared/docker/build.ts';
import type { Dockerfile } from '../../../../shared/docker/dockerfile.ts';
import { parseImageReference, registryOf } from '../../../../shared/docker/image-reference.ts';
import { parsePlatform } from '../../../../shared/docker/platform.ts';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import type { VerbContext } from '../../ports/verb.ts';
import type { Environment } from '../engine-host.ts';
import { registryCredentials } from '../registry-credentials.ts';
import type { ClassicSteps } from './classic-output.ts';
import { contextTar } from './context-tar.ts';
import { EngineRefusal, post, readBuildAnswer } from './engine-request.ts';

export interface ClassicInput {
  docker: Docker;
  info: EngineInfo;
  request: BuildRequest;
  dockerfile: Dockerfile;
  steps: ClassicSteps;
  context: VerbContext;
  env: Environment;
}

/**
 * Builds through `POST /build` with the whole context as a tar: Podman, and engines without BuildKit.
 * @returns the image's id
 * @throws GangwayError BUILD_SECRET_MISSING where secrets are asked for, which this way cannot hand over; EngineRefusal with the engine's words
 */
export async function buildClassic({ docker, info, request, dockerfile, steps, context, env }: ClassicInput): Promise<string> {
  if (request.secrets.length > 0)
    throw new GangwayError('BUILD_SECRET_MISSING', `The builder of ${info.name === '' ? 'this engine' : info.name} takes no secrets.`, {
      hint: 'Use an engine with BuildKit (Docker 20.10 or newer), or a docker buildx builder.',
      data: { ids: request.secrets.map(({ id }) => id) },
    });
  const { signal } = context;
  const tar = await contextTar(request.context, request.dockerfile, signal, (bytes) =>
    context.report({ type: 'progress', phase: 'context', done: bytes, unit: 'bytes' }),
  );
  const args = { ...platformArguments(dockerfile, request.platform, info), ...request.args };
  const query = {
    dockerfile: tar.dockerfile,
    t: [...request.tags],
    platform: request.platform,
    target: request.stage,
    rm: '1',
    forcerm: '1',
    buildargs: Object.keys(args).length > 0 ? JSON.stringify(args) : undefined,
    nocache: request.noCache ? '1' : undefined,
    pull: request.pull ? '1' : undefined,
    // Podman takes the cache only when it is asked to.
    ...(info.flavour === 'podman' ? { layers: '1' } : {}),
  };
  const registryConfig = await credentialsHeader(dockerfile, env, signal);
  const sending = tar.done.then(
    () => null,
    (error: unknown) => error,
  );
  try {
    const answer = await post(docker, '/build', { query, body: tar.stream, signal, headers: { 'Content-Type': 'application/x-tar', ...registryConfig } });
    return await readAnswer(answer, steps, signal, () => idOfTag(docker, request));
  } catch (error) {
    signal.throwIfAborted();
    tar.stream.destroy();
    const ours = error instanceof EngineRefusal ? null : await sending;
    throw ours instanceof GangwayError ? ours : error;
  } finally {
    tar.stream.destroy();
  }
}

/**
 * BuildKit's TARGETPLATFORM, BUILDARCH and their like, of which the classic builder knows nothing. Only those that the Dockerfile declares:
 * it warns of others. A Dockerfile that gives one a value of its own keeps it, as under BuildKit only ARG without a value is filled in.
 */
export function platformArguments(dockerfile: Pick<Dockerfile, 'args'>, target: string, info: Pick<EngineInfo, 'architecture'>): Record<string, string> {
  const build = parsePlatform(info.architecture);
  const known = new Map<string, string>();
  for (const [prefix, platform] of [
    ['TARGET', target],
    ['BUILD', build],
  ] as const) {
    if (!platform) continue;
    const [os = '', architecture = '', variant = ''] = platform.split('/');
    for (const [name, value] of [
      ['PLATFORM', platform],
      ['OS', os],
      ['ARCH', architecture],
      ['VARIANT', variant],
    ] as const)
      known.set(prefix + name, value);
  }
  return Object.fromEntries(
    dockerfile.args.flatMap(({ name, defaultValue }) => (defaultValue === undefined && known.has(name) ? [[name, known.get(name) ?? '']] : [])),
  );
}

async function readAnswer(
  answer: AsyncIterable<Buffer> & { destroy(): unknown },
  steps: ClassicSteps,
  signal: AbortSignal,
  idOf: () => Promise<string>,
): Promise<string> {
  let id = '';
  await readBuildAnswer(answer, signal, (message) => {
    const progress = message.progressDetail as { current?: unknown; total?: unknown } | undefined;
    if (typeof message.stream === 'string') steps.take(message.stream);
    else if (typeof progress?.current === 'number') steps.bytes(progress.current, typeof progress.total === 'number' ? progress.total : 0);
    else if (typeof message.status === 'string') steps.take(`${typeof message.id === 'string' ? `${message.id}: ` : ''}${message.status}\n`);
    const built = (message.aux as { ID?: unknown } | undefined)?.ID;
    if (typeof built === 'string') id = built;
  });
  return id === '' ? idOf() : id;
}

/** Older Podman tells no id; then the tag that it was given names the image. */
async function idOfTag(docker: Docker, request: BuildRequest): Promise<string> {
  const tag = request.tags[0];
  if (tag === undefined) throw Object.assign(new Error('the engine ended its answer without an image'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  return (await docker.getImage(tag).inspect()).Id;
}

/** X-Registry-Config: credentials by registry for the images that the Dockerfile names, base64url JSON. */
async function credentialsHeader(dockerfile: Dockerfile, env: Environment, signal: AbortSignal): Promise<Record<string, string>> {
  const config: Record<string, object> = {};
  for (const image of dockerfile.baseImages) {
    const reference = parseImageReference(image);
    const registry = reference && registryOf(reference);
    if (registry === null || registry in config) continue;
    const found = await registryCredentials(registry, { env, home: homedir(), platform: process.platform, signal });
    if (!found) continue;
    const key = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
    config[key] = 'identityToken' in found ? { identitytoken: found.identityToken } : { username: found.username, password: found.password };
  }
  if (Object.keys(config).length === 0) return {};
  // With its padding, which both decoders insist on.
  return { 'X-Registry-Config': Buffer.from(JSON.stringify(config)).toString('base64').replaceAll('+', '-').replaceAll('/', '_') };
}
