import { lstatSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import type { DockerfileReport } from '../../../../shared/extension/draft.ts';
import { parseDockerfile, type Dockerfile } from '../../../../shared/docker/dockerfile.ts';
import { dockerfileFindings, type SourcePresence } from '../../../../shared/docker/dockerfile-findings.ts';
import { globToRegExp } from '../../../../shared/docker/dockerfile-glob.ts';
import type { PatternMatcher } from '../../../../shared/docker/pattern-matcher.ts';
import { inContext, unreadable } from './context-walk.ts';
import { readIgnoreFile } from './ignore-file.ts';

export interface ReportOptions {
  platform?: string;
  args?: Readonly<Record<string, string>>;
  stage?: string;
  crlfScripts?: readonly string[];
}

/**
 * What a Dockerfile says and what is wrong with it, its COPY sources looked up in the context.
 * @param root folder that `path` and the findings are relative to
 * @throws GangwayError FILE_NOT_FOUND, FILE_UNREADABLE, DOCKERFILE_INVALID for a bad ignore pattern
 */
export async function readDockerfileReport(
  root: string,
  context: string,
  file: string,
  options: ReportOptions = {},
): Promise<DockerfileReport & { dockerfile: Dockerfile }> {
  const dockerfile = parseDockerfile(await readText(file), options);
  const { matcher } = await readIgnoreFile(context, file);
  const relative = path.relative(root, file).split(path.sep).join('/');
  return {
    path: relative,
    baseImages: dockerfile.baseImages,
    stages: dockerfile.stages.flatMap(({ name }) => (name === undefined ? [] : [name])),
    args: dockerfile.args,
    exposedPorts: dockerfile.exposedPorts,
    findings: dockerfileFindings(dockerfile, { file: relative, lookup: (source) => sourcePresence(context, source, matcher), ...options }),
    dockerfile,
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new GangwayError('FILE_NOT_FOUND', `${file} is not there.`, { location: { file }, cause: error });
    throw unreadable(file, error);
  }
}

/**
 * Whether a COPY source is in the context. Names are compared with what the folder lists, capitals included: Windows and macOS would find
 * "App.py" for "app.py", the engine does not.
 */
export function sourcePresence(context: string, source: string, ignore: PatternMatcher | null): SourcePresence {
  if (source.includes('$')) return 'unknown';
  const parts = path.posix
    .join('/', source)
    .split('/')
    .filter((part) => part !== '');
  let found = [''];
  for (const part of parts) {
    const expression = /[*?[\\]/.test(part) ? globToRegExp(part) : null;
    const next: string[] = [];
    for (const folder of found) {
      for (const name of namesIn(context, folder))
        if (expression ? expression.test(name) : name === part) next.push(folder === '' ? name : `${folder}/${name}`);
    }
    found = next;
  }
  if (found.length === 0) return 'missing';
  const left = ignore ? found.filter((entry) => entry === '' || !ignore.matches(entry) || (isFolder(context, entry) && ignore.mayHoldException(entry))) : found;
  return left.length > 0 ? 'there' : 'ignored';
}

function namesIn(context: string, folder: string): string[] {
  try {
    return readdirSync(folder === '' ? context : inContext(context, folder));
  } catch {
    return [];
  }
}

function isFolder(context: string, entry: string): boolean {
  try {
    return lstatSync(inContext(context, entry)).isDirectory();
  } catch {
    return false;
  }
}
