import { describe, expect, it } from 'vitest';
import type { GangwayError } from '../../../../shared/errors/codes.ts';
import { ignoreFileNames, ignoreMatcher, parseDockerignore } from '../../../../shared/docker/dockerignore.ts';

const patterns = (text: string): string[] => parseDockerignore(text).map(({ pattern }) => pattern);

describe('reading an ignore file', () => {
  it('drops comments, empty lines and white space around patterns', () => {
    expect(patterns('# comment\n\n  a  \n\t b\t\n   \nc')).toEqual(['a', 'b', 'c']);
  });
  it('takes "#" as a comment in the first column only', () => {
    expect(patterns(' # not a comment\n\\#also not')).toEqual(['# not a comment', '\\#also not']);
  });
  it('reads Windows line ends and a byte order mark', () => {
    expect(patterns('\ufeffa\r\n# c\r\nb\r\n')).toEqual(['a', 'b']);
  });
  it('cleans paths and takes the slash before them away', () => {
    expect(patterns('/a\n./b\nc/\n//d//e\nf/../g\n/')).toEqual(['a', 'b', 'c', 'd/e', 'g', '/']);
  });
  it('cleans what follows an exclamation mark too', () => {
    expect(patterns('!/a\n! b\n!c/\n!')).toEqual(['!a', '!b', '!c', '!']);
  });
  it('keeps a path that leads out of the context as it is', () => {
    expect(patterns('../a\n/../b')).toEqual(['../a', 'b']);
  });
  it('keeps the line of each pattern', () => {
    expect(parseDockerignore('# x\n\na\n b')).toEqual([
      { pattern: 'a', line: 3 },
      { pattern: 'b', line: 4 },
    ]);
  });
});

describe('the matcher of an ignore file', () => {
  it('applies the patterns in their order', () => {
    const matcher = ignoreMatcher(parseDockerignore('*\n!src\nsrc/**/*.log\n'), '.dockerignore');
    expect(['README', 'src/a.py', 'src/x/y.log'].map((path) => matcher.matches(path))).toEqual([true, false, true]);
  });
  it('names file and line of a pattern that the engine refuses', () => {
    try {
      ignoreMatcher(parseDockerignore('ok\n# c\n[a-\n'), 'robot/.dockerignore');
      expect.unreachable();
    } catch (error) {
      expect((error as GangwayError).wire).toMatchObject({ code: 'DOCKERFILE_INVALID', location: { file: 'robot/.dockerignore', line: 3 } });
    }
  });
  it("knows where an ignore file of a Dockerfile's own lies", () => {
    expect(ignoreFileNames('/x/robot.Dockerfile')).toEqual({ besideDockerfile: '/x/robot.Dockerfile.dockerignore', inContext: '.dockerignore' });
  });
});
