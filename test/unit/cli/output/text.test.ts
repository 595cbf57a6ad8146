import { describe, expect, it } from 'vitest';
import { styleFor } from '../../../../electron/cli/output/style.ts';
import { cleanLine, displayWidth, escapeControls, formatBytes, formatDuration, table, truncate } from '../../../../electron/cli/output/text.ts';

describe('cleanLine', () => {
  it.each([
    ['\u001B[31mred\u001B[0m', 'red'],
    ['10 %\r50 %\r100 %\r', '100 %'],
    ['\u001B]0;title\u0007text', 'text'],
    ['\u001B[2J\u001B[1;1Hgone', 'gone'],
    ['a\tb', 'a    b'],
    ['bell\u0007', 'bell\\x07'],
    ['\u009B31mc1', '\\x9b31mc1'],
  ])('makes %j harmless', (text, clean) => {
    expect(cleanLine(text)).toBe(clean);
  });
});

it('shows newlines in names instead of printing them', () => {
  expect(escapeControls('a\nb\tc\u0000')).toBe('a\\nb\\tc\\x00');
});

describe('widths', () => {
  it('count East Asian letters and emoji twice, combining marks not at all', () => {
    expect([displayWidth('abc'), displayWidth('日本'), displayWidth('🤖'), displayWidth('e\u0301')]).toEqual([3, 4, 2, 1]);
  });

  it('decide where a text is cut, so that no wide letter sticks out', () => {
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('abcdef', 6)).toBe('abcdef');
    expect(truncate('abcdefg', 6)).toBe('abcde…');
    expect(truncate('abc', 0)).toBe('');
  });

  it('align columns of a table', () => {
    expect(
      table(
        [
          ['1 B', '日', 'x'],
          ['100 MB', 'ab', 'y'],
        ],
        [0],
      ),
    ).toEqual(['   1 B  日  x', '100 MB  ab  y']);
  });
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [99_900, '99.9 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [600_000_000, '600 MB'],
  [1.5e12, '1.5 TB'],
])('writes %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [0, '0.0 s'],
  [1234, '1.2 s'],
  [59_960, '1 m 00 s'],
  [125_400, '2 m 05 s'],
])('writes %d ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

describe('colours', () => {
  const coloured = (isTTY: boolean, env: Record<string, string>): boolean => styleFor(isTTY, env).red('x') !== 'x';

  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('terminal %s with %j: %s', (isTTY, env, expected) => {
    expect(coloured(isTTY, env as Record<string, string>)).toBe(expected);
  });
});
