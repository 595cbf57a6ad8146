import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { readDockerfileLines } from '../../../shared/docker/dockerfile-lines.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { legalName } from '../../../shared/extension/manifest.ts';
import { parseRecipe, RECIPE_FILE } from '../../../shared/extension/recipe.ts';
import { isJunk, readTextIfAny, unreadable } from './folder-files.ts';
import { kindOfFile } from './inspect-file.ts';
import { looksLikeArchive, readHead } from './spx-reader.ts';

/** What a dropped path is. `root` is the extension's folder, absolute; that of a saved archive may not exist yet. */
export type SourceRoot =
  | { kind: 'folder'; root: string; name: string }
  | { kind: 'dockerfile'; root: string; name: string; dockerfile: string }
  | { kind: 'image-archive'; root: string; name: string; file: string }
  | { kind: 'spx'; root: null; name: string; file: string };

const OF_A_FOLDER = new Set(['manifest.json', 'docker-compose.yml', RECIPE_FILE, '.dockerignore']);

/**
 * Tells what a person dropped, by its content where a name may lie. Links are followed to what they are; devices, pipes and sockets refused.
 * @throws GangwayError FILE_NOT_FOUND, FILE_UNREADABLE, SOURCE_NOT_UNDERSTOOD
 */
export async function sourceRoot(source: string, signal: AbortSignal): Promise<SourceRoot> {
  const real = await realpath(source).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(source, error);
  });
  const info = await lstat(real);
  const name = path.basename(real);
  if (info.isDirectory()) return { kind: 'folder', root: real, name };
  if (!info.isFile()) throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${source} is a device, pipe or socket.`, { data: { path: source } });
  if (OF_A_FOLDER.has(name)) return { kind: 'folder', root: path.dirname(real), name: path.basename(path.dirname(real)) };
  const head = await readHead(real, 4096);
  if (looksLikeArchive(head) || /\.spx$/i.test(name)) {
    if ((await kindOfFile(real, signal)) === 'spx') return { kind: 'spx', root: null, name, file: real };
    return { kind: 'image-archive', root: await archiveRoot(real), name, file: real };
  }
  if (isDockerfileName(name) || beginsLikeDockerfile(head)) return { kind: 'dockerfile', root: path.dirname(real), name, dockerfile: name };
  throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${name} is no Dockerfile, no saved image and no .spx.`, { data: { path: source } });
}

export function isDockerfileName(name: string): boolean {
  if (name.endsWith('.dockerignore')) return false;
  return /^(dockerfile|containerfile)([._-].*)?$/i.test(name) || /\.(dockerfile|containerfile)$/i.test(name);
}

function beginsLikeDockerfile(head: Buffer): boolean {
  if (head.includes(0)) return false;
  const [first, second] = readDockerfileLines(head.toString('utf8')).instructions;
  return first?.name === 'FROM' || (first?.name === 'ARG' && (second?.name === 'FROM' || second?.name === 'ARG'));
}

/** `camera.tgz` gets the folder `camera` beside it, unless one of that name is somebody else's. */
async function archiveRoot(file: string): Promise<string> {
  const stem = legalName(path.basename(file).replace(/\.(tgz|tar\.gz|tar)$/i, ''));
  const plain = path.join(path.dirname(file), stem);
  const entries = await readdir(plain).catch(() => [] as string[]);
  // An icon may be there before the first Build, a package after it.
  if (entries.every((name) => isJunk(name) || /\.(png|jpe?g|svg|gif|webp|spx)$/i.test(name))) return plain;
  const recipe = await readTextIfAny(path.join(plain, RECIPE_FILE));
  const own = recipe !== null && parseRecipe(recipe).recipe?.archives?.some((archive) => path.resolve(plain, archive) === file);
  return own ? plain : path.join(path.dirname(file), `${stem}-extension`);
}
