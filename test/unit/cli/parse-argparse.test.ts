import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArgparse } from '../../../electron/cli/parse-argparse.ts';
import type { ParsedWords } from '../../../electron/cli/spec.ts';
import { findCommand, optionsOf } from '../../../electron/cli/table.ts';

const spec = findCommand('build-extension')!;
const parse = (...words: string[]): ParsedWords => parseArgparse(optionsOf(spec), words);
const NEEDED = ['-i', 'a.tgz', '-m', 'dir', '--spx', 'a.spx'];

describe('parseArgparse', () => {
  it('reads the call that the documentation of the SDK shows', () => {
    const parsed = parse(
      '--dockerfile-paths',
      'Dockerfile.l4t',
      '--build-image-tags',
      'img:l4t',
      '--image-archive',
      'img.tgz',
      '--package-dir',
      '.',
      '--spx',
      'x.spx',
    );
    expect(parsed.many('dockerfile-paths')).toEqual(['Dockerfile.l4t']);
    expect(parsed.one('image-archive')).toBe('img.tgz');
    expect(parsed.one('spx')).toBe('x.spx');
  });

  it('lets a list run to the next option, also an empty one', () => {
    const parsed = parse('-f', 'a/Dockerfile', 'b/Dockerfile', '-t', 'a', 'b', '--additional-files', ...NEEDED);
    expect(parsed.many('dockerfile-paths')).toEqual(['a/Dockerfile', 'b/Dockerfile']);
    expect(parsed.has('additional-files')).toBe(true);
    expect(parsed.many('additional-files')).toEqual([]);
  });

  it('takes one value after = and gives the rest to nobody', () => {
    expect(parse('--dockerfile-paths=a', ...NEEDED).many('dockerfile-paths')).toEqual(['a']);
    expect(() => parse('--dockerfile-paths=a', 'b', ...NEEDED)).toThrow('unrecognized arguments: b');
  });

  it('replaces a list that is given twice', () => {
    expect(parse('-f', 'a', '-f', 'b', ...NEEDED).many('dockerfile-paths')).toEqual(['b']);
  });

  it('knows a long option by any beginning that only one has', () => {
    const parsed = parse('--doc', 'D', '--build', 't', '--image-a', 'a.tgz', '--pack=dir', '--sp', 'a.spx', '--udev', 'u', '--amd');
    expect(parsed.many('dockerfile-paths')).toEqual(['D']);
    expect(parsed.one('udev-rule')).toBe('u');
    expect(parsed.has('amd64')).toBe(true);
    expect(() => parse('--i', 'x', ...NEEDED)).toThrow('ambiguous option: --i could match --image-archive, --icon');
  });

  it.each([
    [['--spx', 'a.spx'], 'the following arguments are required: --image-archive/-i, --package-dir/-m'],
    [[...NEEDED, '--icon'], 'argument --icon: expected one argument'],
    [[...NEEDED, '--amd64=1'], "argument --amd64: ignored explicit argument '1'"],
    [[...NEEDED, 'stray'], 'unrecognized arguments: stray'],
    [[...NEEDED, '--arm'], 'unrecognized arguments: --arm'],
  ])('refuses %j', (words, message) => {
    expect(() => parse(...words)).toThrow(message);
  });

  const python = spawnSync('python3', ['-c', 'import argparse']).status === 0;

  it.skipIf(!python)("agrees with Python's own argparse on calls made at random", () => {
    const text = fc.constantFrom('a', 'Dockerfile', 'x y', '-1', '-', '', 'a=b', '-x', '-z q');
    const flag = fc.constantFrom(
      '-f',
      '-t',
      '-i',
      '-m',
      '--spx',
      '--amd64',
      '--icon',
      '--doc',
      '--i',
      '--image',
      '--e',
      '--extra-image-tags',
      '--udev-r',
      '--nothing',
      '--',
      '-fD',
      '-i=q',
      '-iq',
      '--spx=s',
      '--icon=',
      '--add=f',
      '--amd64=1',
      '--skip',
      '--build-image-tags=x',
    );
    // A last "--" is left out: Python's own versions disagree about it.
    const calls = fc
      .sample(
        fc.array(fc.oneof(text, flag), { maxLength: 9 }).chain((words) => fc.boolean().map((needed) => (needed ? [...NEEDED, ...words] : words))),
        { numRuns: 1500, seed: 7 },
      )
      .filter((words) => words.at(-1) !== '--');
    const ran = spawnSync('python3', ['-c', REFERENCE], { input: JSON.stringify(calls), encoding: 'utf8', maxBuffer: 1 << 26 });
    expect(ran.stderr).toBe('');
    const expected = JSON.parse(ran.stdout) as (Record<string, unknown> | null)[];
    const differing = calls.filter((words, index) => JSON.stringify(sorted(asPython(words))) !== JSON.stringify(sorted(expected[index] ?? null)));
    expect(differing).toEqual([]);
    expect(expected.filter((one) => one !== null).length).toBeGreaterThan(100);
  });
});

/** What ours makes of the words in the shape that the Python below prints; null for wrong usage. */
function asPython(words: readonly string[]): Record<string, unknown> | null {
  try {
    const parsed = parse(...words);
    return Object.fromEntries(
      spec.options.map(({ long, value, list }) => [
        long,
        value === undefined ? parsed.has(long) : list ? (parsed.has(long) ? parsed.many(long) : null) : (parsed.one(long) ?? null),
      ]),
    );
  } catch {
    return null;
  }
}

const REFERENCE = `
import argparse, contextlib, io, json, sys
parser = argparse.ArgumentParser()
${spec.options
  .map(({ long, short, value, list, required }) => {
    const names = [`--${long}`, ...(short ? [`-${short}`] : [])].map((name) => `'${name}'`).join(', ');
    return `parser.add_argument(${names}, ${value === undefined ? "action='store_true'" : list ? "nargs='*'" : `required=${required ? 'True' : 'False'}`})`;
  })
  .join('\n')}
answers = []
for words in json.load(sys.stdin):
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            answers.append({key.replace('_', '-'): value for key, value in vars(parser.parse_args(words)).items()})
    except SystemExit:
        answers.append(None)
json.dump(answers, sys.stdout)
`;

const sorted = (parsed: Record<string, unknown> | null): unknown => parsed && Object.entries(parsed).sort(([a], [b]) => (a < b ? -1 : 1));
