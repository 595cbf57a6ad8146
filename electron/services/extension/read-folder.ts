import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../../../shared/checks/finding.ts';
import { parseDockerfile, type Dockerfile } from '../../../shared/docker/dockerfile.ts';
import { GangwayError, type ErrorCode } from '../../../shared/errors/codes.ts';
import { parseCompose, parseDotEnv, type ParsedCompose } from '../../../shared/extension/compose.ts';
import { parseManifest, type ParsedManifest } from '../../../shared/extension/manifest.ts';
import { parseRecipe, RECIPE_FILE, type ParsedRecipe } from '../../../shared/extension/recipe.ts';
import { assertContextNotTooWide } from '../engine/build/scan-context.ts';
import { readTextIfAny, realOf, unreadable, walkFolder, type FolderFile } from './folder-files.ts';
import { locationOf } from './sdk-manifest.ts';
import { isDockerfileName } from './source-root.ts';

/** A Dockerfile of the folder; `path` is relative to it, with forward slashes. */
export interface FoundDockerfile {
  path: string;
  text: string;
  parsed: Dockerfile;
}

/** All that lies in an extension's folder and matters, read once. Paths are relative to `root`, with forward slashes. */
export interface FolderSources {
  /** Absolute. */
  root: string;
  files: FolderFile[];
  recipe: ParsedRecipe | null;
  /** Where manifest and compose file lie; "" is the root. */
  packageDir: string;
  manifest: ParsedManifest | null;
  compose: ParsedCompose | null;
  /** Of the `.env` beside the compose file. */
  variables: Map<string, string>;
  dockerfiles: FoundDockerfile[];
  /** Saved archives by their names. */
  archives: string[];
}

const VERSION_CONTROL = new Set(['.git', '.hg', '.svn']);
/** Folders that hold no sources of an extension, and can be very large. They are looked into only where someone asks for them. */
const NEVER = new Set([...VERSION_CONTROL, 'node_modules', '.venv', 'venv', '__pycache__', '.tox', '.mypy_cache', '.cache']);
const DEEPEST_DOCKERFILE = 4;

/**
 * Reads a folder; `all` looks into every folder of it. Broken manifests, compose files and recipes are no failure here: their findings say where.
 * @throws GangwayError FILE_NOT_FOUND, FOLDER_EMPTY, FILE_UNREADABLE, CONTEXT_TOO_WIDE
 */
export async function readFolder(root: string, { home, signal, all = false }: { home: string; signal: AbortSignal; all?: boolean }): Promise<FolderSources> {
  const info = await stat(root).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(root, error);
  });
  if (!info.isDirectory())
    throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${root} is not a folder.`, { hint: 'Give the folder that it lies in.', data: { path: root } });
  assertContextNotTooWide(await realOf(root), { home });
  const recipeText = await readTextIfAny(path.join(root, RECIPE_FILE));
  const recipe = recipeText === null ? null : parseRecipe(recipeText, RECIPE_FILE);
  const wanted = all || recipe?.recipe?.files?.some((file) => file.split('/').some((part) => NEVER.has(part)));
  const files = await walkFolder(root, { signal, inside: true, never: wanted ? VERSION_CONTROL : NEVER });
  if (files.length === 0) throw new GangwayError('FOLDER_EMPTY', `${root} is empty.`, { data: { path: root } });
  const broken = files.find((file) => file.kind === 'other' && isDockerfile(file.path));
  if (broken && !files.some((file) => file.kind === 'file' && isDockerfile(file.path))) {
    throw new GangwayError('FILE_UNREADABLE', `${broken.path} is a link that leads out of the folder or to nothing, so there is no Dockerfile to build from.`, {
      hint: 'Put the file itself there, or name its place under "images" in gangway.yaml.',
      data: { path: broken.path },
    });
  }
  const packageDir = packageFolder(recipe, files);
  const inPackage = (name: string): string => (packageDir === '' ? name : `${packageDir}/${name}`);
  const [manifestText, composeText, envText] = await Promise.all(
    ['manifest.json', 'docker-compose.yml', '.env'].map((name) => readTextIfAny(path.join(root, packageDir, name))),
  );
  const dockerfiles = await Promise.all(
    files
      .filter((file) => file.kind === 'file' && isDockerfile(file.path))
      .map(async (file): Promise<FoundDockerfile> => {
        const text = (await readTextIfAny(file.absolute)) ?? '';
        return { path: file.path, text, parsed: parseDockerfile(text) };
      }),
  );
  return {
    root,
    files,
    recipe,
    packageDir,
    dockerfiles,
    manifest: manifestText == null ? null : parseManifest(manifestText, inPackage('manifest.json')),
    compose: composeText == null ? null : parseCompose(composeText, inPackage('docker-compose.yml')),
    variables: envText == null ? new Map() : parseDotEnv(envText),
    archives: files
      .filter((file) => file.kind === 'file' && /\.(tgz|tar\.gz|tar)$/i.test(file.path) && file.path.split('/').length <= 3)
      .map((file) => file.path),
  };
}

/** The recipe's word, else the root, else the one folder below that has a manifest (the SDK's examples keep theirs in one). */
function packageFolder(recipe: ParsedRecipe | null, files: readonly FolderFile[]): string {
  const said = recipe?.recipe?.package_dir;
  if (said !== undefined) return said === '.' ? '' : said;
  if (recipe?.recipe || files.some((file) => file.path === 'manifest.json' || file.path === 'docker-compose.yml')) return '';
  const below = files.filter((file) => /^[^/]+\/manifest\.json$/.test(file.path)).map((file) => path.posix.dirname(file.path));
  const whole = below.filter((folder) => files.some((file) => file.path === `${folder}/docker-compose.yml`));
  return whole.length === 1 ? (whole[0] ?? '') : '';
}

function isDockerfile(relative: string): boolean {
  const parts = relative.split('/');
  return parts.length <= DEEPEST_DOCKERFILE && isDockerfileName(parts.at(-1) ?? '');
}

/** Ends the job at the first file that cannot be understood, at the place. */
export function assertReadable(sources: FolderSources): void {
  const parsed: [ErrorCode, { findings: readonly Finding[] } | null][] = [
    ['RECIPE_INVALID', sources.recipe],
    ['MANIFEST_INVALID', sources.manifest],
    ['COMPOSE_INVALID', sources.compose],
  ];
  for (const [code, file] of parsed) {
    const errors = file?.findings.filter((finding) => finding.severity === 'error') ?? [];
    const [first] = errors;
    if (first) throw new GangwayError(code, first.message, { location: locationOf(first, first.file), data: { findings: file?.findings } });
  }
}
