import type { Finding } from '../../../shared/checks/finding.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import { imagesOf, parseCompose } from '../../../shared/extension/compose.ts';
import { sameImage } from '../../../shared/extension/image-reference.ts';
import type { Manifest } from '../../../shared/extension/manifest.ts';
import type { PackageEntry } from '../../../shared/extension/package.ts';
import type { StoredImage } from '../ports/layer-store.ts';
import type { ReadSpx } from './spx-reader.ts';

export interface CheckInput {
  folder: string;
  manifestText: string;
  /** Null: not to be looked at. */
  composeText: string | null;
  platform: Platform;
  members: readonly { name: string; kind: PackageEntry['kind'] }[];
  images: ReadonlyMap<string, readonly StoredImage[]>;
}

export function checkPackage(input: CheckInput): Finding[] {
  const compose = input.composeText === null ? null : parseCompose(input.composeText, 'docker-compose.yml');
  const tags = [...input.images.values()].flat().flatMap((image) => image.tags);
  const wanted = compose?.model ? imagesOf(compose.model) : [];
  return [
    ...(compose?.findings ?? []),
    ...wanted.filter(({ image }) => tags.length > 0 && image !== null && !tags.some((tag) => sameImage(tag, image))).map((one): Finding => ({
      id: 'compose-image-missing', severity: 'warning', file: 'docker-compose.yml', line: one.line, message: `${one.raw} is in no archive of the package (${tags.join(', ')}).`,
    })),
  ];
}

export function checkFinished(_read: ReadSpx, _manifest: Manifest | null): Finding[] {
  return [];
}
