import { cleanPath, PatternError, PatternMatcher, trimGoSpace } from './pattern-matcher.ts';
import { GangwayError } from '../errors/codes.ts';

/** The patterns of a `.dockerignore`, cleaned as the engine cleans them, with the line (from 1) that each stands on. */
export interface IgnorePattern {
  pattern: string;
  line: number;
}

/**
 * Reads a `.dockerignore`: a byte order mark is dropped, lines that begin with "#" in their first column are comments, white
 * space around a pattern and a slash before it do not count.
 */
export function parseDockerignore(text: string): IgnorePattern[] {
  const patterns: IgnorePattern[] = [];
  text
    .replace(/^\ufeff/, '')
    .split('\n')
    .forEach((raw, index) => {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line.startsWith('#')) return;
      let pattern = trimGoSpace(line);
      if (pattern === '') return;
      const exception = pattern.startsWith('!');
      if (exception) pattern = trimGoSpace(pattern.slice(1));
      if (pattern !== '') {
        pattern = cleanPath(pattern);
        if (pattern.length > 1 && pattern.startsWith('/')) pattern = pattern.slice(1);
      }
      patterns.push({ pattern: exception ? `!${pattern}` : pattern, line: index + 1 });
    });
  return patterns;
}

/**
 * The matcher of a parsed file. @throws GangwayError DOCKERFILE_INVALID at the line of a pattern that the engine refuses.
 * @param file name for the error's location
 */
export function ignoreMatcher(patterns: readonly IgnorePattern[], file: string): PatternMatcher {
  for (const { pattern, line } of patterns) {
    try {
      new PatternMatcher([pattern]);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw new GangwayError('DOCKERFILE_INVALID', `${file}, line ${line}: ${error.message}.`, {
        location: { file, line, column: 1 },
        hint: 'Close brackets, and write a backslash only before the character that it takes the meaning from.',
      });
    }
  }
  return new PatternMatcher(patterns.map(({ pattern }) => pattern));
}

/** Names of the ignore file, the first that exists counts: one of the Dockerfile's own before the context's. */
export const ignoreFileNames = (dockerfile: string): { besideDockerfile: string; inContext: '.dockerignore' } => ({
  besideDockerfile: `${dockerfile}.dockerignore`,
  inContext: '.dockerignore',
});
