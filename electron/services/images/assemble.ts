import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { AssembledArchive, StoredImage } from '../ports/layer-store.ts';
import { hexOf, type LayerFiles } from './layer-files.ts';
import type { LayerIndex } from './layer-index.ts';
import { compressMember } from './pieces.ts';
import type { Session } from './sessions.ts';
import { padding, TAR_END, tarHeader } from '../tar/tar-header.ts';

/** What a file is read by: large enough that a copy costs no more than the disk. */
const COPY = 1 << 20;

type Part = { bytes: Buffer } | { layer: LayerIndex };

/**
 * A docker-archive that every engine since Docker 1.10 loads: manifest.json, the configs, then each layer once, in the order of the images.
 * Headers are gzip members of their own; between them lie the layers' members as they are kept. Names are digests, so equal images
 * give equal bytes. The session holds every layer until it ends.
 */
export async function assembleArchive(files: LayerFiles, session: Session, images: StoredImage[]): Promise<AssembledArchive & { release(): Promise<void> }> {
  if (images.length === 0) throw new GangwayError('IMAGE_NOT_FOUND', 'There is no image to put into the archive.');
  const diffIds = [...new Set(images.flatMap((image) => image.diffIds))];
  const ids = [...new Set(images.map((image) => image.id))];
  const { indexes, configs } = await session.hold([...diffIds, ...ids], async () => ({
    indexes: await Promise.all(diffIds.map(async (id) => (await files.index(id)) ?? gone(id))),
    configs: await Promise.all(ids.map(async (id) => ({ id, bytes: (await files.config(id)) ?? gone(id) }))),
  }));
  await files.touch([...diffIds, ...ids]);

  const manifest = images.map((image) => ({
    Config: `${hexOf(image.id)}.json`,
    RepoTags: image.tags.length > 0 ? image.tags : null,
    Layers: image.diffIds.map((id) => `${hexOf(id)}.tar`),
  }));
  const parts: Part[] = [];
  let pending: Buffer[] = [];
  const flush = async (): Promise<void> => {
    if (pending.length > 0) parts.push({ bytes: await compressMember(Buffer.concat(pending)) });
    pending = [];
  };
  const small = (name: string, bytes: Buffer): void => {
    pending.push(tarHeader({ name, size: bytes.length, mode: 0o644 }), bytes, Buffer.alloc(padding(bytes.length)));
  };
  small('manifest.json', Buffer.from(`${JSON.stringify(manifest)}\n`));
  for (const config of configs) small(`${hexOf(config.id)}.json`, config.bytes);
  for (const index of indexes) {
    pending.push(tarHeader({ name: `${hexOf(index.diffId)}.tar`, size: index.size, mode: 0o644 }));
    await flush();
    parts.push({ layer: index });
    pending.push(Buffer.alloc(padding(index.size)));
  }
  pending.push(TAR_END);
  await flush();

  let given = false;
  return {
    size: parts.reduce((sum, part) => sum + ('layer' in part ? part.layer.storedSize : part.bytes.length), 0),
    images,
    release: () => session.end(),
    stream: () => {
      if (given) throw new Error('the stream of an assembled archive may be taken once');
      given = true;
      const stream = Readable.from(write(files, parts), { objectMode: false, highWaterMark: 4 * COPY });
      stream.once('close', () => {
        session.end().catch(() => undefined);
      });
      return stream;
    },
  };
}

async function* write(files: LayerFiles, parts: Part[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    if ('layer' in part) yield* layerBytes(files, part.layer);
    else yield part.bytes;
  }
}

/** The kept bytes of a layer, checked against their digest as they go: a damaged one is set aside and the stream fails. */
async function* layerBytes(files: LayerFiles, index: LayerIndex): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const file = await open(files.dataPath(index.diffId), 'r').catch(() => null);
  try {
    let left = index.storedSize;
    const next = (): Promise<Buffer> | null => (file && left > 0 ? readSome(file, left) : null);
    for (let coming = next(); coming; ) {
      const bytes = await coming;
      left -= bytes.length;
      // The next piece is read while this one is hashed and written.
      coming = bytes.length > 0 ? next() : null;
      coming?.catch(() => undefined);
      hash.update(bytes);
      // The last bytes wait for the verdict, so that a reader never holds a complete archive that is wrong.
      if (left === 0 && `sha256:${hash.digest('hex')}` !== index.storedDigest) break;
      yield bytes;
      if (left === 0) return;
    }
  } finally {
    await file?.close();
  }
  if (file && index.storedSize === 0) return;
  await files.setAside(index.diffId);
  throw new GangwayError('STORE_CORRUPT', `The stored layer ${index.diffId} is damaged.`, { data: { layer: index.diffId }, remedy: { kind: 'retry' } });
}

async function readSome(file: FileHandle, most: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(COPY, most));
  const { bytesRead } = await file.read(buffer, 0, buffer.length);
  return buffer.subarray(0, bytesRead);
}

function gone(digest: string): never {
  throw new GangwayError('STORE_CORRUPT', `${digest} is no longer in the layer store.`, {
    hint: 'Try again: it is taken anew.',
    data: { layer: digest },
    remedy: { kind: 'retry' },
  });
}
