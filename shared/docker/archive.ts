import type { ImageInfo } from './build.ts';

/** One layer of an image inside an archive. */
export interface LayerInfo {
  diffId: string;
  /** Bytes uncompressed. */
  size: number;
  /** Bytes as it lies in the archive (equal to size where it is not compressed there). */
  storedSize: number;
  /** The instruction that made it, from the image's history, where known. */
  createdBy?: string;
}

/** An executable whose ELF header does not fit the platform of its image. */
export interface ForeignBinary {
  path: string;
  machine: string;
  expected: string;
  layer: string;
  createdBy?: string;
}

export interface ArchiveImage extends ImageInfo {
  layers: LayerInfo[];
  env: string[];
  entrypoint: string[];
  cmd: string[];
  user: string;
  /** Executables that do not run on the image's own platform; at most twenty paths per layer and machine. */
  foreign?: ForeignBinary[];
}

/** What a saved image archive holds. */
export interface ArchiveReport {
  format: 'docker-archive' | 'oci-layout';
  compression: 'none' | 'gzip' | 'zstd';
  /** Bytes of the file or member itself. */
  size: number;
  images: ArchiveImage[];
}
