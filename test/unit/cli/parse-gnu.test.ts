import { describe, expect, it } from 'vitest';
import { parseGnu } from '../../../electron/cli/parse-gnu.ts';
import type { ParsedWords } from '../../../electron/cli/spec.ts';
import { findCommand, optionsOf } from '../../../electron/cli/table.ts';

const spec = findCommand('package')!;
const parse = (...words: string[]): ParsedWords => parseGnu(spec, optionsOf(spec), words);

describe('parseGnu', () => {
  it('takes a value after a space, after =, and directly after a short option', () => {
    for (const words of [['--output', 'a.spx'], ['--output=a.spx'], ['-o', 'a.spx'], ['-oa.spx'], ['-o=a.spx']]) {
      expect(parse('.', ...words).one('output')).toBe('a.spx');
    }
  });

  it('takes options before and after the folder', () => {
    const parsed = parse('--all', 'folder', '--target', 'orbit');
    expect(parsed.positionals).toEqual(['folder']);
    expect(parsed.has('all')).toBe(true);
    expect(parsed.one('target')).toBe('orbit');
  });

  it('keeps every value of an option that may be repeated, and the last of one that may not', () => {
    const parsed = parse('.', '--build-arg', 'A=1', '--build-arg=B=2=3', '--target', 'orbit', '--target', 'jetson');
    expect(parsed.many('build-arg')).toEqual(['A=1', 'B=2=3']);
    expect(parsed.one('target')).toBe('jetson');
  });

  it('takes a folder whose name begins with a dash after --', () => {
    expect(parse('--', '-odd').positionals).toEqual(['-odd']);
  });

  it('takes an empty value after =, which is not the same as none', () => {
    expect(parse('.', '--build-arg=').many('build-arg')).toEqual(['']);
  });

  it.each([
    [['.', '--output'], '--output needs a value: --output FILE.spx'],
    [['.', '--target', '--all'], '--target needs a value: --target ID'],
    [['.', '--all=yes'], '--all takes no value.'],
    [[], 'DIR is missing: the folder with the Dockerfile'],
    [[''], 'DIR is empty (an unset variable?).'],
    [['a', 'b'], '"b" is one word too many: gangway package takes only DIR besides options.'],
    [['.', '-x'], 'There is no option -x.'],
  ])('refuses %j', (words, message) => {
    expect(() => parse(...words)).toThrow(message);
  });

  it.each([
    [['.', '--targt', 'orbit'], '--target'],
    [['.', '--nocache'], '--no-cache'],
    [['.', '--plat=linux/arm64'], '--platform'],
    [['.', '-target', 'orbit'], '--target'],
    [[], 'gangway package .'],
    [['.', '--zebra'], undefined],
  ])('suggests for %j what was probably meant', (words, suggestion) => {
    expect(() => parse(...words)).toThrow(expect.objectContaining({ name: 'UsageError', suggestion }));
  });
});
