import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import { ignoreFileNames, ignoreMatcher, parseDockerignore, type IgnorePattern } from '../../../../shared/docker/dockerignore.ts';
import type { PatternMatcher } from '../../../../shared/docker/pattern-matcher.ts';

export interface IgnoreFile {
  file: string | null;
  patterns: IgnorePattern[];
  matcher: PatternMatcher | null;
}

/**
 * The ignore file that counts for a build: `<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` in the context.
 * @throws GangwayError DOCKERFILE_INVALID at a pattern that the engine would refuse, FILE_UNREADABLE
 */
export async function readIgnoreFile(context: string, dockerfile: string): Promise<IgnoreFile> {
  const names = ignoreFileNames(dockerfile);
  for (const file of [names.besideDockerfile, path.join(context, names.inContext)]) {
    const text = await readOptional(file);
    if (text === null) continue;
    const patterns = parseDockerignore(text);
    return { file, patterns, matcher: patterns.length > 0 ? ignoreMatcher(patterns, file) : null };
  }
  return { file: null, patterns: [], matcher: null };
}

async function readOptional(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw new GangwayError('FILE_UNREADABLE', `${file} cannot be read.`, { location: { file }, cause: error });
  }
}

/** Context paths that are sent whatever the ignore file says: the Dockerfile and the ignore file itself, where they lie in the context. */
export function alwaysSent(context: string, dockerfile: string, ignoreFile: string | null): string[] {
  return [dockerfile, ...(ignoreFile === null ? [] : [ignoreFile])]
    .map((file) => path.relative(context, file).split(path.sep).join('/'))
    .filter((relative) => relative !== '' && relative !== '..' && !relative.startsWith('../') && !path.isAbsolute(relative));
}
