import type { Finding } from '../../../shared/checks/finding.ts';
import type { BuildResult } from '../../../shared/docker/build.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { ExtensionDraft, FileChange } from '../../../shared/extension/draft.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import type { VerbContext } from '../ports/verb.ts';
import { planDraftFiles, writeChanges } from './draft-files.ts';
import type { PackageDeps } from './package-deps.ts';
import { buildFolder, packageFolder } from './package-folder.ts';

export interface DraftRequest { path: string; draft: ExtensionDraft }

/** The files that Build would write, and what is wrong with them already. Writes nothing. */
export async function planDraft(_deps: PackageDeps, source: string, draft: ExtensionDraft, signal: AbortSignal): Promise<{ changes: FileChange[]; findings: Finding[] }> {
  const { changes, findings } = await planDraftFiles(source, draft, signal);
  return { changes, findings };
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
    throw new GangwayError('CHECK_FAILED', broken.message, { location: { file, ...(line !== undefined && { line }), ...(column !== undefined && { column }) }, data: { findings } });
  }
  signal.throwIfAborted();
  await writeChanges(root, changes, deps.owner);
  return root;
}

/** By tag: arguments that look like secrets are in the draft, and in no file. */
function argumentsOf(draft: ExtensionDraft): ReadonlyMap<string, Record<string, string>> {
  return new Map(draft.images.map((image) => [image.tag, image.args ?? {}]));
}
