import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../../../shared/checks/finding.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { ExtensionDraft, FileChange } from '../../../shared/extension/draft.ts';
import { planFiles } from '../../../shared/extension/draft-files.ts';
import { RECIPE_FILE } from '../../../shared/extension/recipe.ts';
import { joinRelative, leavesFolder } from '../../../shared/extension/relative-path.ts';
import { readTextIfAny } from './folder-files.ts';
import { openOutput, outputError, writeFileWhole, type OutputFile, type Owner } from './output-file.ts';
import { sourceRoot } from './source-root.ts';

export interface DraftPlan {
  root: string;
  changes: FileChange[];
  /** Of the planning itself; an error among them keeps the files from being written. */
  findings: Finding[];
  /** Texts as they will be, by path relative to the root. */
  texts: Readonly<Record<string, string>>;
}

/** The extension's folder of a dropped source, and the files that the draft would write there. Nothing is written yet. */
export async function planDraftFiles(source: string, draft: ExtensionDraft, signal: AbortSignal): Promise<DraftPlan> {
  const { root, kind } = await sourceRoot(path.resolve(source), signal);
  if (kind === 'spx') throw new GangwayError('SOURCE_NOT_UNDERSTOOD', 'An .spx is a finished package; open the folder that it was made from.');
  const places = [...['manifest.json', 'docker-compose.yml'].map((name) => joinRelative(draft.packageDir, name)), RECIPE_FILE];
  const existing: Record<string, string> = {};
  for (const place of places) {
    const text = place === null || leavesFolder(place) ? null : await readTextIfAny(path.join(root, place));
    if (place !== null && text !== null) existing[place] = text;
  }
  const { changes, findings } = planFiles(existing, draft);
  const outside = changes.find((change) => leavesFolder(change.path) || path.posix.isAbsolute(change.path));
  if (outside) throw new GangwayError('BAD_REQUEST', `${outside.path} lies outside of the extension's folder.`);
  return { root, changes, findings, texts: { ...existing, ...Object.fromEntries(changes.map((change) => [change.path, change.after])) } };
}

/**
 * Writes all of these files or none: every new text lies flushed beside its file before the first is renamed, and where a later rename
 * fails the earlier ones are taken back.
 */
export async function writeChanges(root: string, changes: readonly FileChange[], owner: Owner | null): Promise<void> {
  const staged: { change: FileChange; output: OutputFile }[] = [];
  const done: FileChange[] = [];
  try {
    for (const change of changes) {
      const target = path.join(root, change.path);
      const output = await openOutput(target, { inputs: [], owner });
      staged.push({ change, output });
      await output.keepMode();
      await output.handle.writeFile(change.after).catch((error: unknown) => {
        throw outputError(error, target);
      });
      await output.sync();
    }
    for (const { change, output } of staged) {
      await output.commit();
      done.push(change);
    }
  } catch (error) {
    // Newest first: a folder that was made for the first file goes last.
    for (const { output } of staged.slice(done.length).reverse()) await output.discard();
    for (const change of done.reverse()) await takeBack(path.join(root, change.path), change.before, owner);
    throw error;
  }
}

async function takeBack(file: string, before: string | null, owner: Owner | null): Promise<void> {
  await (before === null ? rm(file, { force: true }) : writeFileWhole(file, before, owner)).catch(() => undefined);
}
