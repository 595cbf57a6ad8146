import { GangwayError } from '../../../shared/errors/codes.ts';
import { parseImageConfig } from '../../../shared/docker/image-config.ts';
import { formatPlatform, type ImagePlatform, type Platform, platformRuns } from '../../../shared/docker/platform.ts';
import type { StoredImage } from '../ports/layer-store.ts';
import { foreignBinaries } from './elf-scan.ts';
import type { LayerFiles } from './layer-files.ts';

/** The image of this config if config and layers all lie in the store, with these tags; else null. */
export async function readStoredImage(files: LayerFiles, id: string, tags: string[]): Promise<StoredImage | null> {
  const bytes = await files.config(id);
  if (!bytes) return null;
  const config = parseImageConfig(bytes.toString('utf8'));
  const indexes = [];
  for (const diffId of config.diffIds) {
    const index = await files.index(diffId);
    if (!index) return null;
    indexes.push(index);
  }
  const layers = indexes.map(({ diffId, size, storedSize }) => ({ diffId, size, storedSize }));
  return {
    id,
    tags,
    os: config.os,
    architecture: config.architecture,
    ...(config.variant === undefined ? {} : { variant: config.variant }),
    ...(config.created === undefined ? {} : { created: config.created }),
    size: layers.reduce((sum, layer) => sum + layer.size, 0),
    diffIds: config.diffIds,
    layers,
    foreign: foreignBinaries(
      indexes.map((index, i) => ({ diffId: index.diffId, machines: index.machines, createdBy: config.createdBy[i] })),
      config.architecture,
    ),
  };
}

/** WRONG_ARCHITECTURE where an image's own word is not the platform asked for. */
export function requirePlatform(name: string, have: ImagePlatform, want: Platform): void {
  if (platformRuns(have, want)) return;
  throw new GangwayError('WRONG_ARCHITECTURE', `${name} is for ${formatPlatform(have)}, not for ${want}.`, {
    hint: `Build or pull it for ${want}.`,
    data: { image: name, found: formatPlatform(have), expected: want },
  });
}
