import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { Engine } from '../../../electron/services/ports/engine.ts';
import { sampleArchive } from '../../devlab/sample-image.ts';
import { config, digest, inPieces, legacyEntries, tar } from '../../unit/services/images/make-archive.ts';

/** Pseudo-random bytes that do not compress, the same for the same seed. */
export function noise(size: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < size; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 255;
  }
  return bytes;
}

let root: Promise<Buffer> | null = null;

/** The layer of the arm64 busybox sample. */
export function busyboxLayer(): Promise<Buffer> {
  root ??= (async () => {
    const found: Buffer[] = [];
    const reader = extract();
    reader.on('entry', (header, stream, next) => {
      buffer(stream).then((bytes) => {
        if (header.name.endsWith('layer.tar')) found.push(bytes);
        next();
      }, next);
    });
    await pipeline(createReadStream(await sampleArchive({ platform: 'linux/arm64', tag: 'gangway-images-sample:1' })), reader);
    return found[0]!;
  })();
  return root;
}

export interface LabImage {
  tag: string;
  id: string;
  layers: Buffer[];
  archive: Buffer;
}

/** An arm64 image of these layers over busybox, loaded into the engine under this tag. */
export async function loadImage(engine: Engine, tag: string, above: Buffer[], more: Record<string, unknown> = {}): Promise<LabImage> {
  const layers = [await busyboxLayer(), ...above];
  const bytes = config(layers, { config: { Cmd: ['/bin/uname', '-m'], Env: ['PATH=/bin'] }, ...more });
  const archive = await tar(legacyEntries({ tag, layers, config: bytes }));
  await engine.load(inPieces(archive), new AbortController().signal);
  return { tag, id: `sha256:${digest(bytes)}`, layers, archive };
}

/** A layer that holds one file of these bytes. */
export const layerOf = (name: string, bytes: Buffer): Promise<Buffer> => tar([{ name, body: bytes }]);

/** All bytes of a stream. */
export const whole = (stream: Readable): Promise<Buffer> => buffer(stream);
