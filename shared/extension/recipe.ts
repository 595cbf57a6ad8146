import type { TargetId } from './targets.ts';
import type { Platform } from '../docker/platform.ts';

/** One image that the recipe builds. Paths are relative to the recipe, with forward slashes. */
export interface RecipeImage {
  tag: string;
  dockerfile?: string;
  context?: string;
  args?: Record<string, string>;
  /** Secrets by name only: `env` names a variable, `src` a file. No value ever stands in a recipe. */
  secrets?: ({ id: string; env: string } | { id: string; src: string })[];
  stage?: string;
}

/** gangway.yaml, as documented in docs/recipe.md and resources/schemas/gangway.schema.json. */
export interface Recipe {
  /** Format of the file, 1. */
  recipe: 1;
  target?: TargetId;
  platform?: Platform;
  images?: RecipeImage[];
  /** Images that are not built: taken from the engine or pulled, for the target's platform. */
  extra_images?: string[];
  /** Saved archives to take images from, relative to the recipe. */
  archives?: string[];
  /** Folder with manifest.json and docker-compose.yml; default ".". */
  package_dir?: string;
  /** Further files and folders to pack, relative to package_dir. */
  files?: string[];
  /** Name of the image archive inside the package, where the manifest names none. */
  image_archive?: string;
  /** The .spx to write, relative to the recipe. */
  output?: string;
}
