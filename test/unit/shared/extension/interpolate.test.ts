import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate, parseDotEnv, splitOutsideVariables, usesVariables } from '../../../../shared/extension/interpolate.ts';

const ENV = new Map([
  ['A', 'one'],
  ['EMPTY', ''],
]);

describe('interpolate', () => {
  it.each([
    ['$A-${A}', 'one-one'],
    ['$$A', '$A'],
    ['${B:-two}', 'two'],
    ['${EMPTY:-two}', 'two'],
    ['${EMPTY-two}', ''],
    ['${A:-two}', 'one'],
    ['${A:+set}', 'set'],
    ['${B+set}', ''],
    ['${B:-${A}}', 'one'],
    ['${B:-${C:-deep}}', 'deep'],
    ['${B:-a:b}', 'a:b'],
    ['no', 'no'],
    ['${A:?gone}', 'one'],
  ])('reads %s as Compose does', (text, expected) => {
    expect(interpolate(text, ENV)).toMatchObject({ text: expected, missing: [] });
    expect(interpolate(text, ENV).error).toBeUndefined();
  });
  it('names what is missing, and gives the message of a required variable', () => {
    expect(interpolate('${B}/$C', ENV).missing).toEqual(['B', 'C']);
    expect(interpolate('${B:?set B in .env}', ENV).error).toBe('B is required: set B in .env.');
  });
  it.each(['${A', '$1', 'cost: 5$', '${A-B}x${', '${1}'])('says what is wrong with %s where Compose refuses it', (text) => {
    expect(interpolate(text, ENV).error).toBeDefined();
  });
  it('never throws, and leaves text without a dollar sign alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('$', '{', '}', 'A', ':', '-', '?', '+', 'x'), { maxLength: 20 }).map((parts) => parts.join('')),
        (text) => {
          const { text: out } = interpolate(text, ENV);
          if (!text.includes('$')) expect(out).toBe(text);
        },
      ),
    );
  });
  it('tells a variable from an escaped dollar sign', () => {
    expect([usesVariables('$$A'), usesVariables('$A'), usesVariables('a${B}'), usesVariables('$$$A'), usesVariables('5$')]).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('splitOutsideVariables', () => {
  it('keeps the colons of a default together', () => {
    expect(splitOutsideVariables('${D:-/dev/a}:/dev/b:rw')).toEqual(['${D:-/dev/a}', '/dev/b', 'rw']);
  });
});

describe('parseDotEnv', () => {
  it('reads the spellings that Compose reads', () => {
    const text = "\ufeff# c\nA=1\r\nexport B = 'x y'\nC=\"a\\nb\" # c\nD=x # c\nE=\nF=${A}2\nG='${A}'\nnonsense\n";
    expect([...parseDotEnv(text)]).toEqual([
      ['A', '1'],
      ['B', 'x y'],
      ['C', 'a\nb'],
      ['D', 'x'],
      ['E', ''],
      ['F', '12'],
      ['G', '${A}'],
    ]);
  });
});
