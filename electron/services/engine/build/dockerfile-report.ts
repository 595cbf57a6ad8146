import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { DockerfileReport } from '../../../../shared/extension/draft.ts';
import { parseDockerfile } from '../../../../shared/docker/dockerfile.ts';
import { dockerfileFindings, type SourcePresence } from '../../../../shared/docker/dockerfile-findings.ts';
import { isPredefinedArg } from '../../../../shared/docker/dockerfile-names.ts';
import { globToRegExp } from '../../../../shared/docker/dockerfile-glob.ts';
import type { PatternMatcher } from '../../../../shared/docker/pattern-matcher.ts';
import { inContext } from './context-walk.ts';
import { readIgnoreFile } from './ignore-file.ts';

export interface ReportOptions {
  /** Absolute context folder in which COPY sources are looked up. Absent: they are not, as nobody says where they would lie. */
  context?: string;
  /** Values given for build arguments. */
  args?: Readonly<Record<string, string>>;
  /** Scripts of the context with Windows line ends, relative to `root`. */
  crlfScripts?: readonly string[];
  /** Target platform, to tell of a FROM that insists on another. */
  platform?: string;
  /** Stage that is built. */
  stage?: string;
}

/**
 * What a Dockerfile says and what is wrong with it, its COPY sources looked up in the context. Of its arguments those that a person may fill in.
 * @param root absolute folder that the Dockerfile's path and the findings are relative to
 * @throws GangwayError FILE_UNREADABLE, and DOCKERFILE_INVALID for a bad ignore pattern; never without a context
 */
export async function dockerfileReport(root: string, file: { path: string; text: string }, options: ReportOptions = {}): Promise<DockerfileReport> {
  const { context, args = {}, crlfScripts = [], platform, stage } = options;
  const dockerfile = parseDockerfile(file.text, { args });
  const matcher = context === undefined ? null : (await readIgnoreFile(context, path.resolve(root, file.path))).matcher;
  return {
    path: file.path,
    baseImages: dockerfile.baseImages,
    stages: dockerfile.stages.flatMap(({ name }) => name ?? []),
    args: dockerfile.args.filter(({ name }) => !isPredefinedArg(name)),
    exposedPorts: dockerfile.exposedPorts,
    findings: dockerfileFindings(dockerfile, {
      file: file.path,
      crlfScripts,
      ...(platform !== undefined && { platform }),
      ...(stage !== undefined && { stage }),
      ...(context !== undefined && { lookup: (source: string) => sourcePresence(context, source, matcher) }),
    }),
  };
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
