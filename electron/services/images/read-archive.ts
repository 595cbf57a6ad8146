import type { Readable } from 'node:stream';
import type { ArchiveReport } from '../../../shared/docker/archive.ts';
import { walkArchive } from './archive-walk.ts';
import { foreignBinaries } from './elf-scan.ts';
import { HashIntake } from './layer-intake.ts';
import { formatOf, resolveImages } from './resolve-images.ts';

/**
 * Reads what a saved image archive holds: every byte once, none kept, in bounded memory. `size` is the length of the file or member. Throws
 * ARCHIVE_INVALID, ARCHIVE_TRUNCATED, ARCHIVE_IS_ROOTFS or ARCHIVE_ENTRY_UNSAFE.
 */
export async function readArchive(stream: Readable, size: number, signal: AbortSignal): Promise<ArchiveReport> {
  const archive = await walkArchive(stream, { signal, intake: () => new HashIntake() });
  return {
    format: formatOf(archive),
    compression: archive.compression,
    size,
    images: resolveImages(archive).map(({ id, tags, config, layers }) => {
      const { diffIds, createdBy, env, entrypoint, cmd, user, ...platform } = config;
      return {
        id,
        tags,
        ...platform,
        diffIds,
        env,
        entrypoint,
        cmd,
        user,
        size: layers.reduce((sum, layer) => sum + layer.size, 0),
        layers: layers.map((layer, i) => ({
          diffId: layer.diffId,
          size: layer.size,
          storedSize: layer.storedSize,
          ...(createdBy[i] === undefined ? {} : { createdBy: createdBy[i] }),
        })),
        foreign: foreignBinaries(
          layers.map((layer, i) => ({ diffId: layer.diffId, machines: layer.machines, createdBy: createdBy[i] })),
          config.architecture,
        ),
      };
    }),
  };
}
