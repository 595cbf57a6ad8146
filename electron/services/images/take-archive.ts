import type { Readable } from 'node:stream';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { parseImageConfig } from '../../../shared/docker/image-config.ts';
import { formatPlatform, type Platform, platformRuns } from '../../../shared/docker/platform.ts';
import type { StoredImage } from '../ports/layer-store.ts';
import type { VerbContext } from '../ports/verb.ts';
import { type WalkedArchive, walkArchive } from './archive-walk.ts';
import { type LayerFiles, sha256 } from './layer-files.ts';
import { KnownLayers, StoreIntake } from './layer-intake.ts';
import { PieceBudget } from './pieces.ts';
import { progressInBytes } from './progress.ts';
import { type ResolvedImage, resolveImages } from './resolve-images.ts';
import type { Session } from './sessions.ts';
import type { Shortcut } from './shortcut.ts';
import { readStoredImage, requirePlatform } from './stored-image.ts';

/** Reads an archive once and keeps its layers and configs. `total` (bytes of the stream) only serves the progress. */
export async function ingestArchive(files: LayerFiles, session: Session, source: Readable, context: VerbContext, total?: number): Promise<ResolvedImage[]> {
  const images = resolveImages(await ingest(files, session, source, context, total));
  await keepConfigs(
    files,
    session,
    images.map(({ bytes }) => bytes),
  );
  return images;
}

/** As `ingestArchive`, but reads only what is needed. Null: it was not enough, and the archive must be read whole. */
export async function ingestChanged(
  files: LayerFiles,
  session: Session,
  source: Readable,
  context: VerbContext,
  shortcut: Shortcut,
  total: number,
): Promise<Pick<ResolvedImage, 'id' | 'tags' | 'config'>[] | null> {
  const archive = await ingest(files, session, source, context, total, shortcut);
  const configs = shortcut.complete(archive.meta);
  if (configs) {
    await keepConfigs(files, session, configs);
    return configs.map((bytes) => ({ id: sha256(bytes), tags: [], config: parseImageConfig(bytes.toString('utf8')) }));
  }
  try {
    const images = resolveImages(archive);
    await keepConfigs(
      files,
      session,
      images.map(({ bytes }) => bytes),
    );
    return images;
  } catch (error) {
    if (shortcut.skipped && error instanceof GangwayError && error.code === 'ARCHIVE_INVALID') return null;
    throw error;
  }
}

async function ingest(
  files: LayerFiles,
  session: Session,
  source: Readable,
  context: VerbContext,
  total?: number,
  shortcut?: Shortcut,
): Promise<WalkedArchive> {
  const known = new KnownLayers(await files.all());
  const budget = new PieceBudget();
  let count = 0;
  return walkArchive(source, {
    signal: context.signal,
    intake: (size) => {
      const intake = new StoreIntake({ files, session, budget, known }, String(count++));
      return shortcut ? shortcut.intake(intake, size) : intake;
    },
    progress: progressInBytes(context.report, total),
    ...(shortcut ? { enough: (meta) => shortcut.complete(meta) !== null } : {}),
  });
}

async function keepConfigs(files: LayerFiles, session: Session, configs: Buffer[]): Promise<void> {
  await session.hold(
    configs.map((bytes) => sha256(bytes)),
    async () => {
      for (const bytes of configs) await files.keepConfig(bytes, session.folder);
    },
  );
}

/** Images of a saved archive that fit `platform` (null: all), in the store. */
export async function takeFromArchive(
  files: LayerFiles,
  session: Session,
  open: () => Readable,
  platform: Platform | null,
  context: VerbContext,
): Promise<StoredImage[]> {
  const images = await ingestArchive(files, session, open(), context);
  const fitting = platform === null ? images : images.filter((image) => platformRuns(image.config, platform));
  if (fitting.length === 0) {
    const first = images[0]!;
    requirePlatform(first.tags[0] ?? first.id, first.config, platform!);
    throw new GangwayError('WRONG_ARCHITECTURE', `No image of the archive is for ${platform}.`, {
      data: { found: images.map((image) => formatPlatform(image.config)), expected: platform },
    });
  }
  return Promise.all(fitting.map(async (image) => (await readStoredImage(files, image.id, image.tags)) ?? vanished(image.id)));
}

/** Layers just taken are held by the session, so this means a damaged disk or a hand in the store. */
export function vanished(id: string): never {
  throw new GangwayError('STORE_CORRUPT', `The image ${id} is not whole in the layer store.`, {
    hint: 'Try again: what is missing is taken anew.',
    data: { image: id },
    remedy: { kind: 'retry' },
  });
}
