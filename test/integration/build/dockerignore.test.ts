import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PatternError } from '../../../shared/docker/pattern-matcher.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { ignoreMatcher, parseDockerignore } from '../../../shared/docker/dockerignore.ts';
import { walkContext } from '../../../electron/services/engine/build/context-walk.ts';
import { cliPlugins } from '../../devlab/docker-releases.ts';
import { run } from '../../devlab/run.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';

const FILES = [
  'a',
  'b',
  'a.txt',
  'b.txt',
  '.hidden',
  'dir/a',
  'dir/a.txt',
  'dir/sub/a.txt',
  'dir/sub/deep/a.txt',
  'dir/sub/deep/b.md',
  'other/a.txt',
  'other/sub/b.txt',
  'other/.hidden',
  'a+b',
  'a(b)',
  'a{b}',
  'a$',
  'a^b',
  'a|b',
  'a b/c d',
  'x[1]',
  'x1',
  'x2',
  'x-',
  'x]',
  'back\\slash',
  'star*',
  'quest?',
  '!bang',
  '#hash',
  'ünï/日本.txt',
  'A.TXT',
  'node_modules/pkg/index.js',
  'src/node_modules/pkg/index.js',
  'src/main.ts',
  'src/main.test.ts',
  'new\nline',
  'é',
  '9',
  'foo',
  'foo/bar'.replace('/', '_'),
  'dirx/file',
  'd.ir/file',
];

/** Ignore files whose effect is compared. Each is a whole file. */
const TABLE = [
  '',
  '*',
  '**',
  '*\n!a',
  '*\n!dir',
  '*\n!dir/sub',
  '*\n!dir/sub/deep/a.txt',
  '**\n!**/a.txt',
  '**/*.txt',
  '*.txt',
  '*/*.txt',
  '**/a.txt',
  'dir/**',
  'dir/*',
  'dir/**/a.txt',
  'dir/**/deep',
  '**/deep/**',
  '**/sub',
  '**sub',
  'd**',
  'dir**',
  '**r/a.txt',
  '/a',
  '//a',
  './a',
  'dir/',
  '/dir/',
  'dir/../a',
  'dir/./a',
  '../a',
  '/../a',
  '  a  ',
  '\ta',
  'a\r\nb\r',
  '\ufeffa',
  '# a',
  ' # a',
  '\\#hash',
  '#hash',
  '\\!bang',
  '!bang',
  '*\n!!bang',
  'a?txt',
  '?',
  '??',
  'x[12]',
  'x[1-2]',
  'x[^1]',
  'x[!1]',
  'x\\[1\\]',
  'x[\\]]',
  'x[]]',
  'x[a-',
  '[',
  ']',
  'a\\',
  '\\a',
  '\\d',
  '[a-b].txt',
  '[^a].txt',
  'a+b',
  'a(b)',
  'a{b}',
  'a$',
  'a^b',
  'a|b',
  'a.txt*',
  'a.t?t',
  'back\\slash',
  'back\\\\slash',
  'back?slash',
  'star\\*',
  'quest\\?',
  'a b',
  'a b/c d',
  'ünï',
  'ünï/*',
  '**/日本.txt',
  '?',
  'é',
  'new*',
  'new?line',
  '**/node_modules',
  '**/node_modules/**\n!src/node_modules',
  'src/**\n!src/main.ts',
  'src\n!src/main.*',
  '*\n!src/*.ts\nsrc/*.test.ts',
  '!a\na',
  'a\n!a',
  'a\n!a\na',
  '!',
  '! a',
  '*\n! a',
  'dir\n!dir/a',
  'dir/*\n!dir/sub',
  'dir/**\n!dir/sub',
  'dir\n!dir/**/a.txt',
  '**/sub\n!dir/sub',
  '*\n!**/*.md',
  '**/.*',
  '.*',
  '.hidden',
  '.',
  './',
  '/',
  '..',
  '*/',
  '**/',
  '**/**',
  '**/*',
  '*/*',
  '*/**',
  '***',
  '**/***',
  'a**',
  '**a',
  '*\\*',
  '[*]',
  'x[*]',
  'x[?1]',
  '[[:alpha:]]',
  '[[:digit:]]',
  '\\[',
  'd.ir',
  'd?ir',
  'dir?',
  'dirx\n!dirx/file',
  'Dockerfile',
  '*\n!Dockerfile',
  'nothing/here',
  '**/dir/../a',
  'A.TXT',
  'a.TXT',
  '[A-Z]*',
  '[a-z]*',
  '!dir\n*',
  '**/deep\n!dir',
  '**deep\n!*',
];

/** A reproducible stream of numbers below `n`. */
function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Ignore files put together at random from pieces that interact. */
function randomTable(count: number, seed: number): string[] {
  const next = random(seed);
  const pieces = ['*', '**', '/', '?', 'a', 'b', 'dir', 'sub', 'deep', '.txt', '.', '[ab]', '[^d]', '\\', 'src', 'other', '*.', 'x', '..', '[1-2]'];
  const line = (): string => (next(3) === 0 ? '!' : '') + Array.from({ length: 1 + next(5) }, () => pieces[next(pieces.length)]!).join('');
  return Array.from({ length: count }, () => Array.from({ length: 1 + next(3) }, line).join('\n'));
}

describe.skipIf(await skipUnless('engine', 'cli-plugins'))("the ignore file, against what Docker's own client (buildx) puts into an image", () => {
  let root: string;
  // One per worker: builds at the same time from one folder get in each other's way inside an engine of 20.10.
  const contexts: string[] = [];
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'gangway-ignore-'));
    await cp(await cliPlugins(), path.join(root, 'config'), { recursive: true });
    for (const context of [0, 1, 2].map((number) => path.join(root, `context-${number}`))) {
      contexts.push(context);
      for (const file of FILES) {
        await mkdir(path.dirname(path.join(context, file)), { recursive: true });
        await writeFile(path.join(context, file), file);
      }
      await mkdir(path.join(context, 'empty'));
      await symlink('dir', path.join(context, 'link'));
      await writeFile(path.join(context, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
    }
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  /** What lies in an image that copies everything; null where the client refuses the ignore file. */
  async function docker(context: string, ignore: string, key: string): Promise<string[] | null> {
    const folder = path.join(root, key);
    await mkdir(folder);
    const dockerfile = path.join(folder, 'Dockerfile');
    await writeFile(dockerfile, 'FROM scratch\nCOPY . /\n');
    await writeFile(`${dockerfile}.dockerignore`, ignore);
    const tar = path.join(folder, 'out.tar');
    const build = (): Promise<string | null> =>
      new Promise((resolve) => {
        execFile(
          'docker',
          ['buildx', 'build', '--no-cache', '--provenance=false', '-q', '-f', dockerfile, '--output', `type=tar,dest=${tar}`, context],
          { env: { ...process.env, DOCKER_CONFIG: path.join(root, 'config') } },
          (error, _out, stderr) => resolve(error ? stderr : null),
        );
      });
    // Without the cache: BuildKit 0.8 once kept a layer that lacked a file, and gave it out again for ever after.
    // On a busy machine Docker's client now and then gives its own build up with these words; they say nothing of the patterns.
    let failed = await build();
    for (let tries = 0; tries < 3 && failed?.includes('context canceled'); tries++) failed = await build();
    if (failed !== null) {
      expect(failed).toMatch(/pattern|exclu/i);
      return null;
    }
    const listed = await run('tar', ['-tf', tar, '--quoting-style=literal', '--null'], {}).catch(() => run('tar', ['-tf', tar, '--quoting-style=literal']));
    await rm(folder, { recursive: true });
    // A newline in a name looks like two entries; both halves are kept on either side.
    return [
      ...new Set(
        listed
          .split('\n')
          .map((name) => name.replace(/\/$/, ''))
          .filter((name) => name !== '' && name !== '.'),
      ),
    ].sort();
  }

  function ours(ignore: string): string[] | null {
    try {
      const entries = [...walkContext(contexts[0]!, { exclude: ignoreMatcher(parseDockerignore(ignore), '.dockerignore') })].map(({ path: name }) => name);
      return [...new Set(entries.flatMap((name) => name.split('\n')))].sort();
    } catch (error) {
      if (error instanceof GangwayError || error instanceof PatternError) return null;
      throw error;
    }
  }

  async function compare(table: string[], name: string): Promise<void> {
    const different: { ignore: string; docker: string[] | null; ours: string[] | null }[] = [];
    const queue = table.map((ignore, index) => ({ ignore, key: `${name}${index}` }));
    const worker = async (context: string): Promise<void> => {
      for (let item = queue.shift(); item; item = queue.shift()) {
        const mine = ours(item.ignore);
        const theirs = await docker(context, item.ignore, item.key);
        const minus = (a: string[] | null, b: string[] | null): string[] | null => (a === null ? null : a.filter((entry) => !b?.includes(entry)));
        if (JSON.stringify(theirs) !== JSON.stringify(mine)) different.push({ ignore: item.ignore, docker: minus(theirs, mine), ours: minus(mine, theirs) });
      }
    };
    await Promise.all(contexts.map(worker));
    expect(different).toEqual([]);
  }

  it('leaves out and lets in the same entries for every pattern of the table', () => compare(TABLE, 't'), 600_000);
  it(
    'does so for files put together at random',
    () => compare(randomTable(Number(process.env.GANGWAY_RANDOM_PATTERNS ?? 8), Number(process.env.GANGWAY_RANDOM_SEED ?? 7)), 'r'),
    600_000,
  );
});
