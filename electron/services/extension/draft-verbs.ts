import type { Finding } from '../../../shared/checks/finding.ts';
import { runChecks, sortFindings } from '../../../shared/checks/run-checks.ts';
import type { BuildResult } from '../../../shared/docker/build.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { ExtensionDraft, FileChange } from '../../../shared/extension/draft.ts';
import { parseCompose } from '../../../shared/extension/compose.ts';
import { parseManifest } from '../../../shared/extension/manifest.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import { parseRecipe, RECIPE_FILE } from '../../../shared/extension/recipe.ts';
import { joinRelative } from '../../../shared/extension/relative-path.ts';
import type { VerbContext } from '../ports/verb.ts';
import { planDraftFiles, writeChanges } from './draft-files.ts';
import type { PackageDeps } from './package-deps.ts';
import { buildFolder, packageFolder } from './package-folder.ts';

export interface DraftRequest {
  path: string;
  draft: ExtensionDraft;
}

/** The files that Build would write, and what is wrong with them already. Writes nothing. */
export async function planDraft(
  _deps: PackageDeps,
  source: string,
  draft: ExtensionDraft,
  signal: AbortSignal,
): Promise<{ changes: FileChange[]; findings: Finding[] }> {
  const { changes, findings, texts } = await planDraftFiles(source, draft, signal);
  const file = <T>(name: string, parse: (text: string, path: string) => T): T | null => {
    const place = joinRelative(draft.packageDir, name);
    const text = place === null ? undefined : texts[place];
    return place === null || text === undefined ? null : parse(text, place);
  };
  // What the archive will hold is decided when packing: images without a Dockerfile come out of an archive, the engine or a pull.
  const checked = runChecks({
    target: draft.target,
    manifest: file('manifest.json', parseManifest),
    compose: file('docker-compose.yml', parseCompose),
    recipe: parseRecipe(texts[RECIPE_FILE] ?? 'recipe: 1\n'),
    archives: [{ name: draft.imageArchive }],
  });
  return { changes, findings: sortFindings([...findings, ...checked]) };
}

/** Writes the draft's files, all or none, then packs the folder: the window's Build, which the command line replays. */
export async function packageDraft(deps: PackageDeps, { path, draft }: DraftRequest, context: VerbContext): Promise<PackageResult> {
  const root = await writeDraft(deps, path, draft, context.signal);
  return packageFolder(deps, { folder: root, imageArgs: argumentsOf(draft) }, context);
}

export async function buildDraft(deps: PackageDeps, { path, draft }: DraftRequest, context: VerbContext): Promise<{ images: BuildResult[] }> {
  const root = await writeDraft(deps, path, draft, context.signal);
  return buildFolder(deps, { folder: root, imageArgs: argumentsOf(draft) }, context);
}

async function writeDraft(deps: PackageDeps, source: string, draft: ExtensionDraft, signal: AbortSignal): Promise<string> {
  const { root, changes, findings } = await planDraftFiles(source, draft, signal);
  const broken = findings.find((finding) => finding.severity === 'error');
  if (broken) {
    const { file, line, column } = broken;
    throw new GangwayError('CHECK_FAILED', broken.message, {
      location: { file, ...(line !== undefined && { line }), ...(column !== undefined && { column }) },
      data: { findings },
    });
  }
  signal.throwIfAborted();
  await writeChanges(root, changes, deps.owner);
  return root;
}

/** By tag: arguments that look like secrets are in the draft, and in no file. */
function argumentsOf(draft: ExtensionDraft): ReadonlyMap<string, Record<string, string>> {
  return new Map(draft.images.map((image) => [image.tag, image.args ?? {}]));
}
