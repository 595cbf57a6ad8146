import { Transform, type Readable } from 'node:stream';
import type { EngineInfo, ImageInfo } from '../../../shared/docker/build.ts';
import { isImageId, readImageReference, referenceInPath, repositoryName } from '../../../shared/docker/image-reference.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { formatPlatform, type Platform, platformRuns } from '../../../shared/docker/platform.ts';
import type { VerbContext } from '../ports/verb.ts';
import { ask, type EngineLink, sceneOf, send } from './connection.ts';
import { classifyEngineError, compareApi, streamError } from './engine-errors.ts';
import { errorOf, readMessages } from './message-stream.ts';
import { PullProgress } from './pull-progress.ts';

interface RawImage {
  Id: string;
  RepoTags?: string[] | null;
  Os?: string;
  Architecture?: string;
  Variant?: string;
  Created?: string;
  Size?: number;
  RootFS?: { Layers?: string[] | null };
}

/** See Engine.inspectImage. */
export async function inspectImage(
  link: EngineLink,
  info: EngineInfo | null,
  reference: string,
  platform?: Platform,
  signal?: AbortSignal,
): Promise<ImageInfo | null> {
  // Asking for a platform needs API 1.49; only the containerd store keeps several platforms under one name.
  const chooses = platform && info?.store === 'containerd' && compareApi(info.apiVersion, '1.49') >= 0;
  let raw: RawImage;
  try {
    raw = await ask<RawImage>(link, {
      method: 'GET',
      path: `/images/${referenceInPath(reference)}/json`,
      doing: `look at ${reference}`,
      query: chooses ? { platform: platformParameter(platform) } : {},
      ...(signal ? { signal } : {}),
    });
  } catch (thrown) {
    if (thrown instanceof GangwayError && thrown.code === 'IMAGE_NOT_FOUND') return null;
    throw thrown;
  }
  const image = toImageInfo(raw);
  return platform && !platformRuns(image, platform) ? null : image;
}

function toImageInfo(raw: RawImage): ImageInfo {
  return {
    id: raw.Id,
    tags: raw.RepoTags ?? [],
    os: raw.Os || 'linux',
    architecture: raw.Architecture ?? '',
    ...(raw.Variant ? { variant: raw.Variant } : {}),
    ...(raw.Created ? { created: raw.Created } : {}),
    size: raw.Size ?? 0,
    diffIds: raw.RootFS?.Layers ?? [],
  };
}

/** See Engine.pull. `auth` is the X-Registry-Auth header. */
export async function pullImage(
  link: EngineLink,
  info: EngineInfo,
  reference: string,
  platform: Platform,
  auth: string,
  { signal, report }: VerbContext,
): Promise<ImageInfo> {
  const parts = readImageReference(reference);
  const doing = `pull ${reference}`;
  const stream = await send(link, {
    // Without a tag the API pulls every tag of the repository.
    method: 'POST',
    path: '/images/create',
    query: { fromImage: repositoryName(parts), tag: parts.digest ?? parts.tag ?? 'latest', platform },
    registryAuth: auth,
    signal,
    doing,
  }).catch((thrown: unknown) => {
    throw pullError(thrown, reference);
  });
  const progress = new PullProgress();
  try {
    for await (const message of readMessages(stream)) {
      const words = errorOf(message);
      if (words !== undefined) throw streamError(words, sceneOf(link, doing, true), 'PULL_FAILED');
      const now = progress.take(message);
      if (now) report({ type: 'progress', phase: 'pull', unit: 'bytes', ...now });
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw classifyEngineError(thrown, sceneOf(link, doing, true));
  } finally {
    stream.destroy();
  }
  const image = await inspectImage(link, info, reference, undefined, signal);
  if (!image) throw new GangwayError('PULL_FAILED', `The engine pulled ${reference}, yet does not have it.`);
  if (platformRuns(image, platform)) return image;
  // A registry entry that is no list is pulled whatever platform was asked for (moby, distribution pull of a single manifest).
  const right = await inspectImage(link, info, reference, platform, signal);
  if (right) return right;
  throw new GangwayError('PULL_FAILED', `${reference} exists for ${formatPlatform(image)} only, not for ${platform}.`, {
    hint: "Choose a base image that is published for the target's platform.",
    data: { reference, platform, found: formatPlatform(image) },
  });
}

// The engine answers 404 or 500 before the stream starts when the registry cannot be reached or has no such image.
function pullError(thrown: unknown, reference: string): unknown {
  if (!(thrown instanceof GangwayError) || !['ENGINE_FAILED', 'IMAGE_NOT_FOUND', 'ENGINE_PERMISSION_DENIED'].includes(thrown.code)) return thrown;
  if (thrown.wire.data?.status === undefined) return thrown;
  const words = (thrown.wire.detail ?? '').split('\n')[0]?.trim() ?? '';
  return new GangwayError('PULL_FAILED', `${reference} could not be pulled: ${words}`, { detail: thrown.wire.detail ?? '', data: { reference } });
}

/** See Engine.save. */
export async function saveImages(link: EngineLink, info: EngineInfo, references: string[], signal: AbortSignal, platform?: Platform): Promise<Readable> {
  const doing = `save ${references.join(', ')}`;
  for (const reference of references) referenceInPath(reference);
  const stream = await send(link, {
    method: 'GET',
    path: '/images/get',
    signal,
    doing,
    // Choosing the platform needs API 1.48; without it the containerd store may save an index whose other blobs it lacks.
    query: {
      names: references,
      ...(platform && info.store === 'containerd' && compareApi(info.apiVersion, '1.48') >= 0 ? { platform: platformParameter(platform) } : {}),
    },
  });
  const checked = new SaveEnd((words) => streamError(words, sceneOf(link, doing, true)));
  // Not pipeline(): its error would be the premature close of the far end, not what broke.
  stream.on('error', (error) => checked.destroy(signal.aborted ? abortReason(signal) : classifyEngineError(error, sceneOf(link, doing, true))));
  stream.on('close', () => {
    if (!stream.complete && !checked.destroyed)
      checked.destroy(signal.aborted ? abortReason(signal) : classifyEngineError(new Error('aborted'), sceneOf(link, doing, true)));
  });
  checked.on('close', () => stream.destroy());
  return stream.pipe(checked);
}

const abortReason = (signal: AbortSignal): Error => (signal.reason instanceof Error ? signal.reason : new Error('cancelled'));

/** When saving fails midway the engine writes its error into the tar as one line of JSON and ends the stream well. */
class SaveEnd extends Transform {
  #total = 0;
  #tail: Buffer = Buffer.alloc(0);
  readonly #toError: (words: string) => Error;
  constructor(toError: (words: string) => Error) {
    super({ highWaterMark: 1024 * 1024 });
    this.#toError = toError;
  }
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: Error | null, chunk: Buffer) => void): void {
    this.#total += chunk.length;
    this.#tail = chunk.length >= 4096 ? chunk.subarray(-4096) : Buffer.concat([this.#tail.subarray(-(4096 - chunk.length)), chunk]);
    done(null, chunk);
  }
  override _flush(done: (error?: Error | null) => void): void {
    // A tar is whole blocks of 512 bytes.
    const words = this.#total % 512 === 0 ? null : /\{"errorDetail":.*\}\s*$/.exec(this.#tail.toString('utf8'))?.[0];
    if (words) done(this.#toError(/"error":"((?:[^"\\]|\\.)*)"/.exec(words)?.[1] ?? words));
    else done();
  }
}

/** See Engine.load. */
export async function loadArchive(link: EngineLink, archive: Readable, signal: AbortSignal): Promise<string[]> {
  const scene = sceneOf(link, 'load the archive', true);
  let broken: Error | undefined;
  archive.on('error', (error) => {
    broken ??= error;
  });
  const said: string[] = [];
  try {
    const stream = await send(link, { method: 'POST', path: '/images/load', body: archive, signal, doing: scene.doing, query: { quiet: 1 } });
    for await (const message of readMessages(stream)) {
      const words = errorOf(message);
      if (words !== undefined) throw streamError(words, scene);
      const line = (message.stream ?? message.status ?? '').trim();
      if (line !== '') said.push(line);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    // What broke the archive's own stream is the reason, not the connection that ended because of it.
    throw broken ?? classifyEngineError(thrown, scene);
  } finally {
    archive.destroy();
  }
  return said;
}

/** See Engine.push. `auth` is the X-Registry-Auth header; the engine refuses a push without one. */
export async function pushImage(link: EngineLink, reference: string, auth: string, signal: AbortSignal): Promise<void> {
  const parts = readImageReference(reference);
  const doing = `push ${reference}`;
  const stream = await send(link, {
    method: 'POST',
    path: `/images/${repositoryName(parts)}/push`,
    query: { tag: parts.tag ?? 'latest' },
    registryAuth: auth,
    signal,
    doing,
  });
  try {
    for await (const message of readMessages(stream)) {
      const words = errorOf(message);
      if (words !== undefined) throw streamError(words, sceneOf(link, doing, true));
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw classifyEngineError(thrown, sceneOf(link, doing, true));
  } finally {
    stream.destroy();
  }
}

/** See Engine.tag. */
export async function tagImage(link: EngineLink, reference: string, repository: string, tag: string, signal: AbortSignal): Promise<void> {
  readImageReference(`${repository}:${tag}`);
  await ask(link, {
    method: 'POST',
    path: `/images/${referenceInPath(reference)}/tag`,
    query: { repo: repository, tag },
    signal,
    doing: `tag ${reference} as ${repository}:${tag}`,
  });
}

/** See Engine.untag. An id is refused: removing by id would take every tag of the image with it. */
export async function untagImage(link: EngineLink, reference: string, signal: AbortSignal): Promise<void> {
  if (isImageId(reference)) throw new GangwayError('NAME_INVALID', `${reference} is the id of an image; only a tag can be taken off.`);
  const { tag, digest } = readImageReference(reference);
  const name = tag === undefined && digest === undefined ? `${reference}:latest` : reference;
  try {
    await ask(link, { method: 'DELETE', path: `/images/${name}`, query: { noprune: 1 }, signal, doing: `untag ${reference}` });
  } catch (thrown) {
    if (thrown instanceof GangwayError && thrown.code === 'IMAGE_NOT_FOUND') return;
    throw thrown;
  }
}

/** See Engine.listTags. */
export async function listTags(link: EngineLink, prefix: string, signal: AbortSignal): Promise<string[]> {
  const images = await ask<{ RepoTags?: string[] | null }[]>(link, { method: 'GET', path: '/images/json', signal, doing: 'list the images' });
  const tags = images.flatMap((image) => image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
  return [...new Set(tags.map((tag) => (tag.startsWith(prefix) ? tag : shortName(tag))))].filter((tag) => tag.startsWith(prefix)).sort();
}

/** Podman writes every name in full; the short one means the same to it. */
const shortName = (tag: string): string => tag.replace(/^(?:localhost|docker\.io(?:\/library)?)\//, '');

/** The API's `platform` parameter: JSON of the OCI platform. */
function platformParameter(platform: Platform): string {
  const [os, architecture, variant] = platform.split('/');
  return JSON.stringify({ os, architecture, ...(variant ? { variant } : {}) });
}
