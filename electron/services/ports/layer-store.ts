import type { Readable } from 'node:stream';
import type { ForeignBinary, ArchiveReport } from '../../../shared/docker/archive.ts';
import type { ImageInfo } from '../../../shared/docker/build.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import type { Engine } from './engine.ts';
import type { VerbContext } from './verb.ts';

/** One image whose config and layers all lie in the store. */
export interface StoredImage extends ImageInfo {
  /** Bytes of each layer uncompressed and as kept (gzip members), base first. */
  layers: { diffId: string; size: number; storedSize: number }[];
  /** Executables of a foreign architecture, found while the layers went by (empty: none). */
  foreign: ForeignBinary[];
}

/** A docker-archive assembled from members already compressed: its exact length is known before a byte is written. */
export interface AssembledArchive {
  size: number;
  images: StoredImage[];
  /** The bytes of the .tgz, from the start. May be called once. */
  stream(): Readable;
}

export interface LayerStore {
  /** Brings images of the engine into the store, by the tap where it can serve, else by `save`. */
  takeFromEngine(
    engine: Engine,
    references: string[],
    platform: Platform,
    context: VerbContext,
  ): Promise<{ images: StoredImage[]; way: 'stored' | 'tap' | 'save' }>;
  /** Brings the images of a saved archive (docker-archive or OCI layout, plain, gzip or zstd) into the store. */
  takeFromArchive(open: () => Readable, platform: Platform | null, context: VerbContext): Promise<StoredImage[]>;
  /** One .tgz with all these images. Holds the layers against garbage collection until the stream ends or `release` is called. */
  assemble(images: StoredImage[]): Promise<AssembledArchive & { release(): Promise<void> }>;
  /** Keeps the store under its bound; never touches what another process reads. Bytes freed. */
  collect(): Promise<number>;
  /** Removes temp files and extra tags that a killed process left. */
  sweep(engine?: Engine): Promise<void>;
  readonly root: string;
}

/** Reads what an archive holds without keeping it. */
export type ReadArchive = (stream: Readable, size: number, signal: AbortSignal) => Promise<ArchiveReport>;
