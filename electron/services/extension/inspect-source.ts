import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../../../shared/checks/finding.ts';
import { runChecks } from '../../../shared/checks/run-checks.ts';
import { parseDockerfile } from '../../../shared/docker/dockerfile.ts';
import type { RecipeImage } from '../../../shared/extension/recipe.ts';
import type { DockerfileReport, ExtensionDraft, SourceReport } from '../../../shared/extension/draft.ts';
import { draftFrom } from '../../../shared/extension/draft-from.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { dockerfileReport } from '../engine/build/dockerfile-report.ts';
import { scanContext } from '../engine/build/scan-context.ts';
import { readTextIfAny } from './folder-files.ts';
import { readArchiveFile } from './inspect-file.ts';
import type { PackageDeps } from './package-deps.ts';
import { readFolder, type FolderSources, type FoundDockerfile } from './read-folder.ts';
import { readPackage } from './read-package.ts';
import { sourceRoot, type SourceRoot } from './source-root.ts';

type Deps = Pick<PackageDeps, 'readArchive' | 'home'>;

/** More files than this are not counted: what is shown is then "more than". */
const CONTEXT_LIMIT = 100_000;

/** Says what a dropped source is and pre-fills the form, before anything runs. Changes nothing. */
export async function inspectSource(deps: Deps, source: string, signal: AbortSignal): Promise<SourceReport> {
  const found = await sourceRoot(path.resolve(source), signal);
  if (found.kind === 'spx') return ofPackage(deps, found, signal);
  if (found.kind === 'image-archive') return ofArchive(deps, found, signal);
  const sources = await readFolder(found.root, { home: deps.home, signal });
  const files = found.kind === 'dockerfile' ? await only(sources, found.dockerfile) : sources.dockerfiles;
  const known = sources.manifest !== null || sources.compose !== null || sources.recipe !== null;
  if (files.length === 0 && sources.archives.length === 0 && !known) {
    throw new GangwayError('FOLDER_EMPTY', `${found.root} holds no Dockerfile, no saved image and no manifest.json.`, { data: { path: found.root } });
  }
  const plain = await Promise.all(files.map((file) => dockerfileReport(found.root, file)));
  const draft = draftFrom({
    name: path.basename(found.root),
    dockerfiles: plain,
    ...parsedParts(sources),
    packageDir: sources.packageDir,
    variables: sources.variables,
    archives: files.length === 0 ? sources.archives.map((each) => ({ path: each })) : [],
  });
  const scanned = await contextOf(found.root, draft.images[0] ?? null, files[0] ?? null, signal);
  const dockerfiles = await Promise.all(files.map((file, i) => withContext(found.root, file, draft.images, scanned) ?? plain[i]));
  return {
    kind: found.kind === 'dockerfile' ? 'dockerfile' : known ? 'extension' : 'folder',
    name: found.name,
    dockerfiles: dockerfiles.flatMap((one) => one ?? []),
    draft,
    ...presence(sources),
    ...(scanned && { context: scanned.context }),
    findings: [...findingsOf(sources, draft), ...(scanned?.findings ?? [])],
  };
}

async function ofPackage(deps: Deps, { file, name }: Extract<SourceRoot, { kind: 'spx' }>, signal: AbortSignal): Promise<SourceReport> {
  const report = await readPackage(deps, file, signal);
  const tags = report.archives.flatMap((archive) => archive.report.images.flatMap((image) => image.tags));
  return {
    kind: 'spx',
    name,
    dockerfiles: [],
    package: report,
    findings: report.findings,
    hasManifest: report.manifest !== null,
    hasCompose: report.entries.some((entry) => entry.kind === 'compose'),
    hasRecipe: false,
    draft: draftFrom({ name: name.replace(/\.spx$/i, ''), dockerfiles: [], manifest: report.manifest, archiveImages: tags }),
  };
}

/** A saved image: its extension lies in a folder beside it, which may be there from an earlier time. */
async function ofArchive(deps: Deps, { file, root, name }: Extract<SourceRoot, { kind: 'image-archive' }>, signal: AbortSignal): Promise<SourceReport> {
  const archive = await readArchiveFile(deps, file, signal);
  const there = (await stat(root).catch(() => null))?.isDirectory() ?? false;
  const sources = there ? await readFolder(root, { home: deps.home, signal }) : null;
  const tags = archive.images.flatMap((image) => image.tags.slice(0, 1));
  const relative = path.relative(root, file).split(path.sep).join('/');
  const [image] = archive.images;
  const amd64 = archive.images.length > 0 && archive.images.every((each) => each.architecture === 'amd64');
  const draft = draftFrom({
    name: path.basename(root),
    dockerfiles: [],
    archiveImages: tags,
    archives: [{ path: relative, tags }],
    ...(sources ? { ...parsedParts(sources), packageDir: sources.packageDir, variables: sources.variables } : {}),
    ...(!sources && amd64 && { target: 'orbit' as const }),
  });
  const untagged: Finding[] =
    image && tags.length === 0
      ? [
          {
            id: 'archive-without-tag',
            severity: 'warning',
            file: name,
            message: 'The image was saved without a tag, so no compose file can name it. Save it by its name: docker save NAME:TAG.',
          },
        ]
      : [];
  return {
    kind: 'image-archive',
    name,
    dockerfiles: [],
    archive,
    draft,
    ...(sources ? presence(sources) : { hasManifest: false, hasCompose: false, hasRecipe: false }),
    findings: [...(sources ? findingsOf(sources, draft) : []), ...untagged],
  };
}

function parsedParts(sources: FolderSources): Pick<Parameters<typeof draftFrom>[0], 'manifest' | 'compose' | 'recipe'> {
  return { manifest: sources.manifest?.manifest ?? null, compose: sources.compose?.model ?? null, recipe: sources.recipe?.recipe ?? null };
}

function presence(sources: FolderSources): Pick<SourceReport, 'hasManifest' | 'hasCompose' | 'hasRecipe'> {
  return { hasManifest: sources.manifest !== null, hasCompose: sources.compose !== null, hasRecipe: sources.recipe !== null };
}

/** Of files that are there: what is missing yet is what the form is for. */
function findingsOf(sources: FolderSources, draft: ExtensionDraft): Finding[] {
  return runChecks({ target: draft.target, manifest: sources.manifest, compose: sources.compose, recipe: sources.recipe, variables: sources.variables });
}

/** The dropped Dockerfile alone, also where its name is none that a folder is searched for. */
async function only(sources: FolderSources, dockerfile: string): Promise<FoundDockerfile[]> {
  const found = sources.dockerfiles.find((file) => file.path === dockerfile);
  if (found) return [found];
  const text = (await readTextIfAny(path.join(sources.root, dockerfile))) ?? '';
  return [{ path: dockerfile, text, parsed: parseDockerfile(text) }];
}

/** What a Dockerfile says where it builds an image of the draft, its sources looked up in that image's context. Null: it builds none. */
function withContext(root: string, file: FoundDockerfile, images: readonly RecipeImage[], scanned: Scanned | null): Promise<DockerfileReport> | null {
  const image = images.find((one) => one.dockerfile !== undefined && path.posix.normalize(one.dockerfile) === file.path);
  if (!image) return null;
  const args = image.args ?? {};
  const context = contextFolder(image, file.path);
  const seen = scanned?.dockerfile === file.path ? scanned : null;
  // That this context cannot be read is among the findings already.
  if (seen?.unreadable) return dockerfileReport(root, file, { args });
  const crlfScripts = (seen?.crlfScripts ?? []).map((script) => path.posix.join(context, script));
  return dockerfileReport(root, file, { context: path.resolve(root, context), args, crlfScripts }).catch(async (error: unknown) => {
    const report = await dockerfileReport(root, file, { args });
    return { ...report, findings: [...report.findings, unreadableContext(file.path, error)] };
  });
}

const contextFolder = (image: { context?: string } | null, dockerfile: string): string => image?.context ?? path.posix.dirname(dockerfile);

/** A context that cannot be read is told when it is built; until then the form is still of use. */
function unreadableContext(dockerfile: string, error: unknown): Finding {
  if (!(error instanceof GangwayError)) throw error;
  return { id: 'context-unreadable', severity: 'error', file: dockerfile, message: error.message };
}

/** What lies in the context of one Dockerfile. */
interface Scanned {
  dockerfile: string;
  context: NonNullable<SourceReport['context']>;
  crlfScripts: string[];
  unreadable: boolean;
  findings: Finding[];
}

async function contextOf(
  root: string,
  image: { context?: string; dockerfile?: string } | null,
  file: FoundDockerfile | null,
  signal: AbortSignal,
): Promise<Scanned | null> {
  const written = image?.dockerfile ?? file?.path;
  if (written === undefined) return null;
  const dockerfile = path.posix.normalize(written);
  try {
    const folder = path.resolve(root, contextFolder(image, dockerfile));
    const { crlfScripts, ...context } = await scanContext(folder, path.resolve(root, dockerfile), { signal, limit: CONTEXT_LIMIT });
    return { dockerfile, context, crlfScripts, unreadable: false, findings: [] };
  } catch (error) {
    signal.throwIfAborted();
    const findings = [unreadableContext(dockerfile, error)];
    return { dockerfile, context: { bytes: 0, files: 0, ignored: 0, truncated: true, largest: [] }, crlfScripts: [], unreadable: true, findings };
  }
}
