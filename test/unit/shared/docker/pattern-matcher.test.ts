import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanPath, globFault, PatternError, PatternMatcher, trimGoSpace, type ParentMatches } from '../../../../shared/docker/pattern-matcher.ts';

const matches = (patterns: string | string[], path: string): boolean => new PatternMatcher(typeof patterns === 'string' ? [patterns] : patterns).matches(path);

/** [pattern, paths that match, paths that do not] */
const TABLE: [string, string[], string[]][] = [
  ['a', ['a', 'a/b', 'a/b/c'], ['b', 'b/a', 'ab', 'A']],
  ['dir/a', ['dir/a', 'dir/a/b'], ['a', 'dir', 'x/dir/a']],
  ['*', ['a', '.hidden', 'dir', 'dir/x', 'a b'], []],
  ['*.txt', ['a.txt', '.txt', 'a.txt/inside'], ['dir/a.txt', 'a.txtx', 'atxt']],
  ['*/*.txt', ['dir/a.txt', '.d/.txt'], ['a.txt', 'dir/sub/a.txt']],
  ['**', ['a', 'a/b', 'new\nline'], []],
  ['**/a', ['a', 'x/a', 'x/y/a', 'x/a/z'], ['xa', 'x/ba']],
  ['**/*.txt', ['a.txt', 'x/a.txt', 'x/y/a.txt'], ['a.md', 'x/a.tx']],
  ['**/*', ['a', 'a/b'], []],
  ['dir/**', ['dir/a', 'dir/a/b'], ['dir', 'dirx/a', 'x/dir/a']],
  ['dir/**/a', ['dir/a', 'dir/x/a', 'dir/x/y/a'], ['a', 'dir/xa']],
  ['dir/*', ['dir/a', 'dir/a/b'], ['dir']],
  ['**sub', ['sub', 'xsub', 'a/b/sub', 'a/xsub'], ['bus/x', 'subx']],
  ['dir**', ['dir', 'dirx', 'dir/a', 'dirx/b'], ['xdir', 'a/dir']],
  ['**/deep/**', ['deep/a', 'x/deep/a', 'x/y/deep/z/a'], ['deepa', 'x/deepa']],
  ['a?c', ['abc', 'a.c', 'aéc'], ['ac', 'a/c', 'abbc']],
  ['?', ['a', 'é', '日', '🤖'], ['ab', '']],
  ['[ab]', ['a', 'b'], ['c', 'ab']],
  ['[a-c]x', ['ax', 'bx', 'cx'], ['dx', '-x']],
  ['[^a]', ['b', '^'], ['a']],
  ['[!a]', ['a', '!'], ['b']],
  ['x[1-2].t', ['x1.t', 'x2.t'], ['x3.t', 'x1xt']],
  ['[A-Z]*', ['A', 'Zx'], ['a']],
  ['[日-本]', ['日', '木'], ['a']],
  ['[\\]]', [']'], ['\\', 'a']],
  ['[\\-x]', ['-', 'x'], ['y']],
  ['[[:digit:]]', ['7'], ['d', ':', '[']],
  ['[[]', ['['], [']']],
  ['\\*', ['*'], ['a', 'ab']],
  ['\\a', ['\x07'], ['a']],
  ['\\d', ['7'], ['d']],
  ['\\[a\\]', ['[a]'], ['a']],
  ['a\\\\b', ['a\\b'], ['ab']],
  ['a.b', ['a.b'], ['axb']],
  ['a.b*', ['a.b', 'a.bc'], ['axb']],
  ['a+b*', ['a+b', 'a+bc'], ['aab', 'ab']],
  ['(a)*', ['(a)', '(a)b'], ['a']],
  ['a|b*', ['a|b', 'a|bc'], ['a', 'b']],
  ['{a,b}*', ['{a,b}'], ['a', 'b']],
  ['a$*', ['a$', 'a$b'], ['a']],
  ['a^b', ['a^b'], ['ab']],
  ['new?line', ['new\nline', 'new-line'], ['newline']],
  ['new*', ['new\nline'], ['old']],
  ['ünï*', ['ünïcode', 'ünï/x'], ['uni']],
  [' a ', ['a'], [' a ']],
  ['./a', ['a'], ['./b']],
  ['a/', ['a', 'a/b'], ['b']],
  ['a//b', ['a/b'], ['a']],
  ['a/../b', ['b'], ['a']],
  ['-a', ['-a'], ['a']],
];

describe('one pattern', () => {
  it.each(TABLE)('%j covers what it names and nothing else', (pattern, yes, no) => {
    for (const path of yes) expect(matches(pattern, path), `${pattern} should match ${path}`).toBe(true);
    for (const path of no) expect(matches(pattern, path), `${pattern} should not match ${path}`).toBe(false);
  });

  it('nothing matches where there are no patterns, or empty ones', () => {
    expect(matches([], 'a')).toBe(false);
    expect(matches(['', '   ', '\t'], 'a')).toBe(false);
  });

  it('is compared with the whole path, with dots that stand for themselves', () => {
    expect(matches('.', 'a')).toBe(false);
    expect(matches('..', 'a')).toBe(false);
    expect(matches('d.ir', 'dxir')).toBe(false);
  });
});

describe('exceptions', () => {
  it('take back what an earlier pattern matched', () => {
    expect(matches(['*', '!a'], 'a')).toBe(false);
    expect(matches(['*', '!a'], 'b')).toBe(true);
    expect(matches(['*.md', '!README.md'], 'README.md')).toBe(false);
  });

  it('have no effect before the pattern they take something from', () => {
    expect(matches(['!a', 'a'], 'a')).toBe(true);
    expect(matches(['!a', '*'], 'a')).toBe(true);
  });

  it('can be overruled again by a later pattern', () => {
    expect(matches(['*', '!a', 'a'], 'a')).toBe(true);
    expect(matches(['*', '!src', 'src/*.test.ts'], 'src/x.test.ts')).toBe(true);
    expect(matches(['*', '!src', 'src/*.test.ts'], 'src/x.ts')).toBe(false);
  });

  it('reach into folders that are left out, at any depth', () => {
    const patterns = ['dir', '!dir/sub/a'];
    expect(matches(patterns, 'dir/sub/a')).toBe(false);
    expect(matches(patterns, 'dir/sub/a/below')).toBe(false);
    expect(matches(patterns, 'dir/sub/b')).toBe(true);
    expect(matches(patterns, 'dir')).toBe(true);
  });

  it('cover what lies in the folder they name', () => {
    expect(matches(['*', '!dir'], 'dir/x/y')).toBe(false);
    expect(matches(['**', '!**/a.txt'], 'x/y/a.txt')).toBe(false);
  });

  it('with two exclamation marks name a file that begins with one', () => {
    expect(matches(['*', '!!bang'], '!bang')).toBe(false);
    expect(matches(['\\!bang'], '!bang')).toBe(true);
  });

  it('do not reach below a folder that a pattern matches deeper down, as in the engine', () => {
    expect(matches(['**/deep', '!dir'], 'dir/sub/deep/a')).toBe(true);
    expect(matches(['**deep', '!*'], 'dir/sub/deep/a')).toBe(true);
    expect(matches(['**/deep', '!dir/**'], 'dir/sub/deep/a')).toBe(false);
  });

  it('without a name are refused', () => {
    expect(() => new PatternMatcher(['!'])).toThrow(PatternError);
  });
});

describe('patterns that the engine refuses', () => {
  it.each(['[', 'a[', '[a', '[]a]', '[^]a]', '[a-', '[a-]', '[-]', '[-a]', '[-a-z]', 'a\\', '[\\', '[a\\', '![', 'dir/[', '**/[a-'])('%j is one', (pattern) => {
    expect(() => new PatternMatcher([pattern])).toThrow(PatternError);
  });

  it.each(['[a]', ']', 'a]', '[a-z]', '[\\]]', '[\\-]', 'a\\]', '[^a]', '[[]'])('%j is none', (pattern) => {
    expect(() => new PatternMatcher([pattern])).not.toThrow();
  });

  it('are named as they were written, with the reason', () => {
    expect(() => new PatternMatcher(['  dir/[a  '])).toThrow(/" {2}dir\/\[a {2}".*bracket is not closed/);
  });

  it('a range that runs backwards is refused', () => {
    expect(() => new PatternMatcher(['[z-a]'])).toThrow(PatternError);
  });

  it('globFault says nothing of what is fine', () => {
    expect(globFault('a/*/[x-z]?\\*')).toBeNull();
  });
});

/** Walks a made-up tree as the walker does and gives what is left in. */
function walk(tree: readonly string[], matcher: PatternMatcher): { left: string[]; visited: number } {
  const left: string[] = [];
  let visited = 0;
  const below = (folder: string, parent: ParentMatches | null): void => {
    const names = new Set(tree.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length).split('/')[0]!));
    for (const name of names) {
      const path = folder + name;
      const isFolder = tree.some((other) => other.startsWith(`${path}/`));
      const { matched, forEntries } = matcher.matchesBelow(path, parent);
      visited++;
      if (!matched && !isFolder) left.push(path);
      if (isFolder && (!matched || matcher.mayHoldException(path))) below(`${path}/`, forEntries);
    }
  };
  below('', null);
  return { left: left.sort(), visited };
}

describe('walking', () => {
  const tree = [
    'a',
    'b.txt',
    'dir/a',
    'dir/sub/a',
    'dir/sub/deep/a',
    'dir/sub/deep/b.md',
    'node_modules/x/index.js',
    'src/node_modules/y/index.js',
    'src/main.ts',
  ];

  it('gives the same answer as asking for each path', () => {
    for (const patterns of [
      ['dir'],
      ['dir', '!dir/sub'],
      ['*', '!dir/sub/deep'],
      ['**/node_modules'],
      ['**', '!**/*.md'],
      ['*', '!src', 'src/node_modules'],
      ['dir/**', '!dir/sub/**', 'dir/sub/deep'],
    ]) {
      const matcher = new PatternMatcher(patterns);
      expect(walk(tree, matcher).left, patterns.join(' ')).toEqual(tree.filter((path) => !matcher.matches(path)).sort());
    }
  });

  it('does not enter a folder that is left out and that no exception can reach', () => {
    expect(walk(tree, new PatternMatcher(['dir', '!src/x'])).visited).toBe(
      walk(
        tree.filter((path) => !path.startsWith('dir')),
        new PatternMatcher([]),
      ).visited + 1,
    );
  });

  it('enters every folder where an exception has a wildcard', () => {
    expect(new PatternMatcher(['*', '!**/a']).mayHoldException('anything/at/all')).toBe(true);
    expect(new PatternMatcher(['*', '!dir/**']).mayHoldException('other')).toBe(false);
    expect(new PatternMatcher(['*', '!dir/*']).mayHoldException('dir')).toBe(true);
    expect(new PatternMatcher(['*', '!dir/sub']).mayHoldException('dir')).toBe(true);
    expect(new PatternMatcher(['*', '!dir/sub']).mayHoldException('di')).toBe(false);
  });

  it('finds folders that lead to what an include pattern names', () => {
    expect(new PatternMatcher(['src/app']).mayHoldMatch('src')).toBe(true);
    expect(new PatternMatcher(['src/app']).mayHoldMatch('dir')).toBe(false);
    expect(new PatternMatcher(['*.py']).mayHoldMatch('anything')).toBe(true);
  });

  it('agrees with asking for each path for patterns put together at random', () => {
    const piece = fc.constantFrom('*', '**', '?', '/', 'a', 'b', 'dir', 'sub', 'deep', '.txt', '.md', '[ab]', '[^d]', '\\*', 'src', 'node_modules', '.', '..');
    const pattern = fc.tuple(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 5 })).map(([not, pieces]) => (not ? '!' : '') + pieces.join(''));
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 5 }), (patterns) => {
        let matcher: PatternMatcher;
        try {
          matcher = new PatternMatcher(patterns);
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError);
          return;
        }
        expect(walk(tree, matcher).left).toEqual(tree.filter((path) => !matcher.matches(path)).sort());
      }),
      { numRuns: 5000 },
    );
  });

  it('never fails on text that is not meant as a pattern, except by saying which pattern is bad', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }), (pattern, path) => {
        try {
          new PatternMatcher([pattern]).matches(path);
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('cleaning', () => {
  it.each([
    ['', '.'],
    ['.', '.'],
    ['a/', 'a'],
    ['/a', '/a'],
    ['//a//b/', '/a/b'],
    ['a/./b', 'a/b'],
    ['a/../b', 'b'],
    ['a/..', '.'],
    ['../a', '../a'],
    ['../../a', '../../a'],
    ['a/../../b', '../b'],
    ['/..', '/'],
    ['/../a', '/a'],
    ['..a', '..a'],
  ])('%j becomes %j', (path, clean) => {
    expect(cleanPath(path)).toBe(clean);
  });

  it('takes white space as Go knows it, and leaves a byte order mark', () => {
    expect(trimGoSpace('\u0085\u00a0\u3000 a\tb \r\n')).toBe('a\tb');
    expect(trimGoSpace('\ufeffa')).toBe('\ufeffa');
  });
});
