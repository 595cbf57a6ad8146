import type { Finding } from '../checks/finding.ts';
import { parsePlatform, type Platform } from '../docker/platform.ts';
import { parseImageReference } from '../docker/image-reference.ts';
import { nearest } from './nearest.ts';
import { ARCHIVE_NAME, ENV_NAME, IMAGE_FIELDS, RECIPE_FIELDS, RECIPE_PLATFORMS, RECIPE_TARGETS, SECRET_FIELDS, type FieldKind } from './recipe-spec.ts';
import { leavesFolder, normaliseRelative } from './relative-path.ts';
import { deref, entriesOf, findingAt, isNull, nameOfKind, textOf, type Pair, type SourceTree, type TreeNode } from './source-tree.ts';
import type { TargetId } from './targets.ts';
import { parseYamlTree } from './yaml-tree.ts';

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

export interface ParsedRecipe {
  recipe: Recipe | null;
  tree: SourceTree;
  findings: Finding[];
}

export const RECIPE_FILE = 'gangway.yaml';

/**
 * Reads a gangway.yaml, strictly: an unknown key is an error that names the nearest known one. Paths come back with forward
 * slashes and without "./" (the folder itself is "."). `recipe` is null where any error was found.
 */
export function parseRecipe(text: string, file: string = RECIPE_FILE): ParsedRecipe {
  const tree = parseYamlTree(text, file, { syntax: 'recipe-yaml', duplicate: 'recipe-key-duplicate' });
  const reader = new Reader(tree);
  let recipe: Partial<Recipe> = {};
  if (tree.findings.length === 0) {
    const root = tree.root && deref(tree.root);
    if (root?.kind === 'map') {
      recipe = reader.map(root, RECIPE_FIELDS) as Partial<Recipe>;
      if (!entriesOf(root).some((pair) => pair.key === 'recipe'))
        reader.fail({ start: root.start, end: root.start }, 'recipe-version', 'A recipe begins with "recipe: 1", the version of its format.');
    } else reader.fail(root ?? { start: 0, end: 0 }, 'recipe-yaml', 'A recipe is a map that begins with "recipe: 1".');
  }
  const findings = [...tree.findings, ...reader.findings];
  const failed = findings.some((finding) => finding.severity === 'error');
  return { recipe: failed ? null : (recipe as Recipe), tree, findings };
}

class Reader {
  readonly findings: Finding[] = [];
  constructor(private readonly tree: SourceTree) {}

  fail(at: { start: number; end: number }, id: string, message: string): undefined {
    this.findings.push(findingAt(this.tree, at, id, 'error', message));
    return undefined;
  }

  map(node: TreeNode, fields: Record<string, FieldKind>): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const pair of entriesOf(node)) {
      const kind = Object.hasOwn(fields, pair.key) ? fields[pair.key] : undefined;
      if (kind === undefined) this.unknown(pair, Object.keys(fields));
      // "key:" with nothing after it says nothing, as a person leaves it while editing.
      else if (!isNull(pair.value)) {
        const value = this.value(pair, kind);
        if (value !== undefined) result[pair.key] = value;
      }
    }
    return result;
  }

  private unknown(pair: Pair, known: string[]): void {
    const meant = nearest(pair.key, known);
    const secret = known.includes('env') && /^(value|secret|password)$/i.test(pair.key);
    const rest = secret
      ? 'A secret\'s value never stands in a recipe: name a variable with "env" or a file with "src".'
      : meant
        ? `Did you mean "${meant}"?`
        : `Known here: ${known.join(', ')}.`;
    this.fail(pair.keyNode, 'recipe-key-unknown', `"${pair.key}" is not a key of a recipe. ${rest}`);
  }

  private value(pair: Pair, kind: FieldKind): unknown {
    switch (kind) {
      case 'images':
        return this.list(pair, (item) => this.image(item));
      case 'secrets':
        return this.list(pair, (item) => this.secret(item));
      case 'references':
        return this.list(pair, (item) => this.scalar(item, 'reference', pair.key));
      case 'paths':
        return this.list(pair, (item) => this.scalar(item, 'path', pair.key));
      case 'insides':
        return this.list(pair, (item) => this.scalar(item, 'inside', pair.key));
      case 'arguments':
        return this.args(pair);
      default:
        return this.scalar(pair.value, kind, pair.key);
    }
  }

  private list<T>(pair: Pair, read: (item: TreeNode) => T | undefined): T[] | undefined {
    const node = deref(pair.value);
    if (node.kind !== 'seq') return this.fail(node, 'recipe-type', `"${pair.key}" must be a list ("- ..." lines); here stands ${nameOfKind(node)}.`);
    return node.items.flatMap((item) => {
      const value = read(item);
      return value === undefined ? [] : [value];
    });
  }

  private image(node: TreeNode): RecipeImage | undefined {
    if (deref(node).kind !== 'map') return this.fail(node, 'recipe-type', `An image is a map with "tag" and "dockerfile"; here stands ${nameOfKind(node)}.`);
    const image = this.map(node, IMAGE_FIELDS);
    if (!entriesOf(node).some((pair) => pair.key === 'tag' && !isNull(pair.value))) return this.fail(node, 'recipe-type', 'An image needs a "tag".');
    return image as unknown as RecipeImage;
  }

  private secret(node: TreeNode): { id: string; env: string } | { id: string; src: string } | undefined {
    if (deref(node).kind !== 'map') return this.fail(node, 'recipe-type', 'A secret is a map: {id: NAME, env: VARIABLE} or {id: NAME, src: FILE}.');
    const before = this.findings.length;
    const { id, env, src } = this.map(node, SECRET_FIELDS) as { id?: string; env?: string; src?: string };
    if (this.findings.length > before) return undefined;
    if (id === undefined || (env === undefined) === (src === undefined))
      return this.fail(node, 'recipe-type', 'A secret needs "id" and either "env" or "src".');
    if (env !== undefined && !ENV_NAME.test(env)) return this.fail(node, 'recipe-type', `"${env}" is not the name of a variable.`);
    return env !== undefined ? { id, env } : { id, src: src ?? '' };
  }

  private args(pair: Pair): Record<string, string> | undefined {
    const node = deref(pair.value);
    if (node.kind !== 'map') return this.fail(node, 'recipe-type', `"args" must be a map of names and values; here stands ${nameOfKind(node)}.`);
    const args: Record<string, string> = {};
    for (const { key, keyNode, value } of entriesOf(node)) {
      const text = textOf(value) ?? (isNull(value) ? '' : undefined);
      if (!ENV_NAME.test(key)) this.fail(keyNode, 'recipe-type', `"${key}" is not the name of a build argument.`);
      else if (text === undefined) this.fail(value, 'recipe-type', `The build argument "${key}" must be text; here stands ${nameOfKind(value)}.`);
      else args[key] = text;
    }
    return args;
  }

  private scalar(node: TreeNode, kind: FieldKind, key: string): unknown {
    const text = textOf(node);
    if (text === undefined || text === '')
      return this.fail(node, 'recipe-type', `"${key}" must be text; here stands ${text === '' ? 'an empty text' : nameOfKind(node)}.`);
    switch (kind) {
      case 'version':
        return text === '1' ? 1 : this.fail(node, 'recipe-version', `This Gangway reads recipes of version 1; this one says ${text}.`);
      case 'target':
        return RECIPE_TARGETS.includes(text) ? text : this.fail(node, 'recipe-target', `"${text}" is not a target. ${didYouMean(text, RECIPE_TARGETS)}`);
      case 'platform':
        return parsePlatform(text) ?? this.fail(node, 'recipe-platform', `"${text}" is not a platform. ${didYouMean(text, RECIPE_PLATFORMS)}`);
      case 'reference':
        return parseImageReference(text)
          ? text
          : this.fail(node, 'recipe-reference', `"${text}" is not a name that an image can have (lower case, like app:1.0).`);
      case 'member':
        return ARCHIVE_NAME.test(text) ? text : this.fail(node, 'recipe-path', `"${key}" is a plain file name that ends in .tgz, .tar.gz or .tar.`);
      case 'path':
      case 'inside':
        return this.path(node, text, kind, key);
      default:
        return text;
    }
  }

  private path(node: TreeNode, text: string, kind: 'path' | 'inside', key: string): string | undefined {
    const path = normaliseRelative(text);
    if (path === null) return this.fail(node, 'recipe-path', `"${key}" is a path relative to the recipe; "${text}" is absolute.`);
    if (kind === 'inside' && leavesFolder(path)) return this.fail(node, 'recipe-path', `"${key}" must stay inside the folder; "${text}" leads out of it.`);
    return path === '' ? '.' : path;
  }
}

function didYouMean(text: string, known: readonly string[]): string {
  const meant = nearest(text, known);
  return meant ? `Did you mean "${meant}"?` : `Known: ${known.join(', ')}.`;
}
