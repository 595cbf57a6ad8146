import type { Finding } from '../checks/finding.ts';
import { composeText, editCompose } from './draft-compose.ts';
import { manifestText, editManifest } from './draft-manifest.ts';
import type { ExtensionDraft, FileChange } from './draft.ts';
import { RECIPE_FILE, type Recipe, type RecipeImage } from './recipe.ts';
import { stringifyRecipe, updateRecipe } from './recipe-write.ts';
import { joinRelative } from './relative-path.ts';
import { looksSecret } from './secret-names.ts';
import { TARGETS } from './targets.ts';

export interface FilePlan {
  changes: FileChange[];
  findings: Finding[];
}

/**
 * The files that a draft comes down to: manifest.json and docker-compose.yml in the package folder, gangway.yaml in the root. A new
 * file is written whole; in an existing one only what the draft changes is rewritten, so comments, order and format stay.
 * `existing` holds the texts by path relative to the root. Files that stay as they are give no change.
 */
export function planFiles(existing: Readonly<Record<string, string>>, draft: ExtensionDraft): FilePlan {
  const findings: Finding[] = [];
  const changes: FileChange[] = [];
  const plan = (path: string, create: () => string, edit: (text: string) => { text: string; findings: Finding[] }): void => {
    const before = Object.hasOwn(existing, path) ? (existing[path] ?? null) : null;
    const edited = before === null ? { text: create(), findings: [] } : edit(before);
    findings.push(...edited.findings);
    if (edited.text !== before) changes.push({ path, kind: before === null ? 'create' : 'edit', before, after: edited.text });
  };
  const manifest = joinRelative(draft.packageDir, 'manifest.json') ?? 'manifest.json';
  const compose = joinRelative(draft.packageDir, 'docker-compose.yml') ?? 'docker-compose.yml';
  plan(
    manifest,
    () => manifestText(draft),
    (text) => editManifest(text, manifest, draft),
  );
  plan(
    compose,
    () => composeText(draft.services),
    (text) => editCompose(text, compose, draft.services),
  );
  const { recipe, findings: secrets } = recipeOf(draft);
  findings.push(...secrets);
  plan(
    RECIPE_FILE,
    () => `# What Gangway builds and packs here. Replay it with: gangway package .\n${stringifyRecipe(recipe)}`,
    (text) => ({ text: updateRecipe(text, recipe), findings: [] }),
  );
  return { changes, findings };
}

/** The recipe that replays a draft. Build arguments that look like secrets are left out: their value must not stand in a file. */
function recipeOf(draft: ExtensionDraft): { recipe: Recipe; findings: Finding[] } {
  const findings: Finding[] = [];
  const images = draft.images.map((image): RecipeImage => {
    const { args, secrets, ...rest } = image;
    const kept = Object.entries(args ?? {}).filter(([name, value]) => {
      if (!looksSecret(name) || value === '') return true;
      findings.push({
        id: 'recipe-secret-argument',
        severity: 'warning',
        file: RECIPE_FILE,
        message: `The build argument ${name} of ${image.tag} looks like a secret, so its value is not written into ${RECIPE_FILE}. Use a build secret, or set it in the environment at run time: build arguments end in the image's history.`,
      });
      return false;
    });
    return { ...rest, ...(kept.length > 0 && { args: Object.fromEntries(kept) }), ...(secrets?.length && { secrets }) };
  });
  const list = (values: string[]): string[] | undefined => (values.length > 0 ? values : undefined);
  const all = {
    recipe: 1 as const,
    target: draft.target,
    platform: TARGETS[draft.target].platform === draft.platform ? undefined : draft.platform,
    images: images.length > 0 ? images : undefined,
    extra_images: list(draft.extraImages),
    archives: list(draft.archives),
    package_dir: draft.packageDir === '.' || draft.packageDir === '' ? undefined : draft.packageDir,
    files: list(draft.files),
    image_archive: draft.imageArchive || undefined,
    output: draft.output || undefined,
  };
  return { recipe: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as Recipe, findings };
}
