import { IMAGE_FIELDS, RECIPE_FIELDS, SECRET_FIELDS } from './recipe-spec.ts';
import { parseRecipe, type Recipe, type RecipeImage } from './recipe.ts';
import { deref } from './source-tree.ts';
import { removeIn, setIn, setList } from './yaml-edit.ts';
import { yamlText } from './yaml-scalar.ts';

/** The text of a gangway.yaml: keys in the order of the documentation, nothing empty, line feeds, one at the end. */
export function stringifyRecipe(recipe: Recipe): string {
  return Object.keys(RECIPE_FIELDS)
    .map((key) => section(recipe, key))
    .filter((part) => part !== '')
    .join('');
}

/** `key: ...` with its lines, or "" where the recipe does not have it. */
function section(recipe: Recipe, key: string): string {
  const lines = valueLines(recipe, key as keyof Recipe);
  if (lines === null) return '';
  return lines.length === 1 && !lines[0]?.startsWith('- ') ? `${key}: ${lines[0]}\n` : `${key}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** Lines of a value as they stand under their key, without its indentation; null for "not set". */
function valueLines(recipe: Recipe, key: keyof Recipe): string[] | null {
  const value = recipe[key];
  if (value === undefined) return null;
  if (!Array.isArray(value)) return [typeof value === 'number' ? String(value) : yamlText(value)];
  if (value.length === 0) return null;
  return key === 'images' ? (value as RecipeImage[]).flatMap(imageLines) : (value as string[]).map((one) => `- ${yamlText(one)}`);
}

function imageLines(image: RecipeImage): string[] {
  const lines: string[] = [];
  for (const key of Object.keys(IMAGE_FIELDS) as (keyof typeof IMAGE_FIELDS)[]) {
    if (key === 'args') {
      const args = Object.entries(image.args ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
      if (args.length > 0) lines.push('args:', ...args.map(([name, value]) => `  ${yamlText(name)}: ${yamlText(value)}`));
    } else if (key === 'secrets') {
      if (image.secrets?.length) lines.push('secrets:', ...image.secrets.flatMap((secret) => secretLines({ ...secret })));
    } else if (image[key] !== undefined) lines.push(`${key}: ${yamlText(image[key])}`);
  }
  return lines.map((line, i) => (i === 0 ? `- ${line}` : `  ${line}`));
}

function secretLines(secret: Record<string, string>): string[] {
  const parts = Object.keys(SECRET_FIELDS).flatMap((key) => (secret[key] === undefined ? [] : [`${key}: ${yamlText(secret[key])}`]));
  return parts.map((part, i) => (i === 0 ? `  - ${part}` : `    ${part}`));
}

/**
 * The text of an existing recipe brought to `recipe`: only the keys whose value changes are rewritten, so comments, order and
 * spelling of the others stay byte for byte. A text that is no readable recipe is written anew.
 */
export function updateRecipe(text: string, recipe: Recipe): string {
  const { recipe: before, tree } = parseRecipe(text);
  const root = tree.root && deref(tree.root);
  if (!before || root?.kind !== 'map' || root.flow) return stringifyRecipe(recipe);
  const keys = Object.keys(RECIPE_FIELDS) as (keyof Recipe)[];
  let after: string | null = text;
  for (const key of keys) {
    const lines = valueLines(recipe, key);
    if (after === null || JSON.stringify(lines) === JSON.stringify(valueLines(before, key))) continue;
    const previous = keys.slice(0, keys.indexOf(key)).reverse();
    if (lines === null) after = removeIn(after, [key]);
    else if (isTexts(recipe[key]) && isTexts(before[key])) after = setList(after, [key], before[key], recipe[key], yamlText);
    else after = setIn(after, [key], lines, previous);
  }
  // What the edits cannot do well (anchors, odd layouts) must not cost a choice: then the file is written anew.
  return after !== null && sameRecipe(parseRecipe(after).recipe, recipe) ? after : stringifyRecipe(recipe);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function sameRecipe(a: Recipe | null, b: Recipe): boolean {
  return a !== null && stringifyRecipe(a) === stringifyRecipe(b);
}
