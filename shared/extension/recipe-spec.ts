import { PLATFORMS } from '../docker/platform.ts';
import { TARGET_IDS } from './targets.ts';

/**
 * What may stand in a recipe: one table for the parser, the writer (its order is the order of the file) and, held against it by a
 * test, resources/schemas/gangway.schema.json. `inside`: a path that must not lead out of its folder.
 */
export type FieldKind =
  | 'version'
  | 'target'
  | 'platform'
  | 'reference'
  | 'text'
  | 'path'
  | 'inside'
  | 'member'
  | 'arguments'
  | 'images'
  | 'secrets'
  | 'references'
  | 'paths'
  | 'insides';

export const RECIPE_FIELDS = {
  recipe: 'version',
  target: 'target',
  platform: 'platform',
  images: 'images',
  extra_images: 'references',
  archives: 'paths',
  package_dir: 'inside',
  files: 'insides',
  image_archive: 'member',
  output: 'path',
} as const satisfies Record<string, FieldKind>;

export const IMAGE_FIELDS = {
  tag: 'reference',
  dockerfile: 'path',
  context: 'path',
  stage: 'text',
  args: 'arguments',
  secrets: 'secrets',
} as const satisfies Record<string, FieldKind>;

export const SECRET_FIELDS = { id: 'text', env: 'text', src: 'path' } as const satisfies Record<string, FieldKind>;

export const RECIPE_TARGETS: readonly string[] = TARGET_IDS;
export const RECIPE_PLATFORMS: readonly string[] = PLATFORMS;
export const ARCHIVE_NAME = /^[^/\\]+\.(tgz|tar\.gz|tar)$/;
export const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
