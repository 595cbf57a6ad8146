import { GangwayError } from '../../../shared/errors/codes.ts';
import type { ImageInfo } from '../../../shared/docker/build.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import type { Engine } from '../ports/engine.ts';
import type { StoredImage } from '../ports/layer-store.ts';
import type { VerbContext } from '../ports/verb.ts';
import type { LayerFiles } from './layer-files.ts';
import type { ResolvedImage } from './resolve-images.ts';
import type { Session } from './sessions.ts';
import { readStoredImage, requirePlatform } from './stored-image.ts';
import { ingestArchive, vanished } from './take-archive.ts';
import { takeByTap } from './take-tap.ts';

type Way = 'stored' | 'tap' | 'save';
interface Wanted {
  reference: string;
  tags: string[];
  info: ImageInfo;
}

/** Brings images of the engine into the store by the cheapest way that serves. */
export async function takeFromEngine(
  files: LayerFiles,
  session: Session,
  engine: Engine,
  references: string[],
  platform: Platform,
  context: VerbContext,
): Promise<{ images: StoredImage[]; way: Way }> {
  const wanted = await Promise.all(references.map((reference) => inspect(engine, reference, platform, context.signal)));
  // Held before anything is looked up, so that what is found stays until the caller has assembled it.
  await session.hold(
    wanted.flatMap(({ info }) => [info.id, ...info.diffIds]),
    () => Promise.resolve(),
  );
  const found = new Map<string, StoredImage>();
  let way: Way = 'stored';
  for (const one of wanted) {
    const stored = await readStoredImage(files, await files.configIdOf(one.info.id), one.tags);
    if (stored) found.set(one.reference, stored);
  }
  for (const one of wanted.filter(({ reference }) => !found.has(reference))) {
    if (!(await takeByTap(files, session, engine, one, context))) continue;
    found.set(one.reference, (await readStoredImage(files, one.info.id, one.tags)) ?? vanished(one.info.id));
    way = 'tap';
  }
  const rest = wanted.filter(({ reference }) => !found.has(reference));
  if (rest.length > 0) {
    way = 'save';
    const stream = await engine.save(
      rest.map(({ reference }) => reference),
      context.signal,
      { platform },
    );
    const taken = await ingestArchive(
      files,
      session,
      stream,
      context,
      rest.reduce((sum, { info }) => sum + info.size, 0),
    );
    for (const one of rest) {
      const image = match(taken, one);
      if (image.id !== one.info.id) await session.hold([image.id, one.info.id], () => files.keepAlias(one.info.id, image.id, session.folder));
      found.set(one.reference, (await readStoredImage(files, image.id, one.tags)) ?? vanished(image.id));
    }
  }
  await files.touch([...found.values()].flatMap((image) => [image.id, ...image.diffIds]));
  const images = wanted.map(({ reference }) => found.get(reference)!);
  return { images, way };
}

async function inspect(engine: Engine, reference: string, platform: Platform, signal: AbortSignal): Promise<Wanted> {
  const info = await engine.inspectImage(reference, { platform, signal });
  if (info) {
    requirePlatform(reference, info, platform);
    return { reference, tags: tagsOf(reference), info };
  }
  const other = await engine.inspectImage(reference, { signal });
  if (other) requirePlatform(reference, other, platform);
  throw new GangwayError('IMAGE_NOT_FOUND', `The engine has no image ${reference} for ${platform}.`, { data: { image: reference, platform } });
}

/** The tag that the archive will carry: the reference as asked for; none for an id or a digest. */
function tagsOf(reference: string): string[] {
  if (reference.includes('@') || /^(?:sha256:)?[0-9a-f]{64}$/.test(reference)) return [];
  return [/:[^/]+$/.test(reference) ? reference : `${reference}:latest`];
}

/** The image of a save that was asked for: by id, else (containerd store) by tag or by its layers. */
function match(taken: ResolvedImage[], one: Wanted): ResolvedImage {
  const same = (image: ResolvedImage): boolean => image.config.diffIds.join() === one.info.diffIds.join();
  const image =
    taken.find(({ id }) => id === one.info.id) ??
    taken.find((candidate) => same(candidate) && candidate.tags.some((tag) => one.tags.includes(tag))) ??
    taken.find(same);
  if (image) return image;
  throw new GangwayError('ENGINE_FAILED', `The engine saved something else than ${one.reference}.`, {
    hint: 'Was it built again meanwhile? Try again.',
    remedy: { kind: 'retry' },
  });
}
