import type { Readable } from 'node:stream';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { ImageInfo } from '../../../shared/docker/build.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import type { Engine } from '../ports/engine.ts';
import type { StoredImage } from '../ports/layer-store.ts';
import type { VerbContext } from '../ports/verb.ts';
import type { LayerFiles } from './layer-files.ts';
import type { LayerIndex } from './layer-index.ts';
import type { ResolvedImage } from './resolve-images.ts';
import type { Session } from './sessions.ts';
import { Shortcut } from './shortcut.ts';
import { readStoredImage, requirePlatform } from './stored-image.ts';
import { ingestArchive, ingestChanged, vanished } from './take-archive.ts';
import { takeByTap } from './take-tap.ts';

type Way = 'stored' | 'tap' | 'save';
type Taken = Pick<ResolvedImage, 'id' | 'tags' | 'config'>;
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
    const saved = await save(files, session, engine, rest, platform, context);
    for (const [reference, image] of saved) found.set(reference, image);
  }
  await files.touch([...found.values()].flatMap((image) => [image.id, ...image.diffIds]));
  const images = wanted.map(({ reference }) => found.get(reference)!);
  return { images, way };
}

/** By `docker save`: where some layers are stored, only what is new is read; all of it where that was not enough. */
async function save(
  files: LayerFiles,
  session: Session,
  engine: Engine,
  wanted: Wanted[],
  platform: Platform,
  context: VerbContext,
): Promise<Map<string, StoredImage>> {
  const open = (): Promise<Readable> =>
    engine.save(
      wanted.map(({ reference }) => reference),
      context.signal,
      { platform },
    );
  const total = wanted.reduce((sum, { info }) => sum + info.size, 0);
  const stored: LayerIndex[] = [];
  const missing: string[] = [];
  for (const diffId of new Set(wanted.flatMap(({ info }) => info.diffIds))) {
    const index = await files.index(diffId);
    if (index) stored.push(index);
    else missing.push(diffId);
  }
  if (stored.length > 0) {
    const ids = wanted.map(({ info }) => info.id);
    const taken = await ingestChanged(files, session, await open(), context, new Shortcut(ids, stored, missing), total);
    const images = taken && (await lookUp(files, session, taken, wanted));
    if (images && images.size === wanted.length) return images;
  }
  const taken = await ingestArchive(files, session, await open(), context, total);
  const images = await lookUp(files, session, taken, wanted);
  for (const { reference, info } of wanted) if (!images.has(reference)) vanished(info.id);
  return images;
}

/** The stored images of what was saved, by reference, as far as all their layers are there. */
async function lookUp(files: LayerFiles, session: Session, taken: Taken[], wanted: Wanted[]): Promise<Map<string, StoredImage>> {
  const images = new Map<string, StoredImage>();
  for (const one of wanted) {
    const { id } = match(taken, one);
    if (id !== one.info.id) await session.hold([id, one.info.id], () => files.keepAlias(one.info.id, id, session.folder));
    const image = await readStoredImage(files, id, one.tags);
    if (image) images.set(one.reference, image);
  }
  return images;
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
function match(taken: Taken[], one: Wanted): Taken {
  const same = (image: Taken): boolean => image.config.diffIds.join() === one.info.diffIds.join();
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
