import { describe, expect, it } from 'vitest';
import { formatAgo, formatBytes, formatClock, formatDuration } from '../../../renderer/ui/format/format.ts';
import { lineDiff } from '../../../renderer/ui/format/line-diff.ts';
import { showControls, toSpans } from '../../../renderer/ui/format/visible-text.ts';

describe('text of a build', () => {
  it('keeps the colour of SGR codes and drops every other sequence', () => {
    expect(toSpans('a\u001b[1;31mred\u001b[0m b\u001b[2K\u001b]0;title\u0007c')).toEqual([
      { text: 'a' },
      { text: 'red', bold: true, color: 1 },
      { text: ' b' },
      { text: 'c' },
    ]);
  });

  it('steps over the arguments of extended colours', () => {
    expect(toSpans('\u001b[38;2;1;31;4mx\u001b[0m\u001b[38;5;9my\u001b[48;5;31mz')).toEqual([{ text: 'x' }, { text: 'y', color: 9 }, { text: 'z', color: 9 }]);
  });

  it('shows what a terminal would show after a carriage return', () => {
    expect(toSpans('10 %\r20 %\r30 %')).toEqual([{ text: '30 %' }]);
  });

  it('cuts a line of a megabyte and says how much is missing', () => {
    const [span] = toSpans('x'.repeat(1_000_000));
    expect(span?.text.length).toBeLessThan(4100);
    expect(span?.text).toContain('996000 more characters');
  });

  it('makes direction overrides and control characters visible', () => {
    expect(showControls('a\u202eb\u0000c\u007fd')).toBe('a<U+202E>b\u2400c<7f>d');
  });
});

describe('numbers for people', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1500, '1.5 kB'],
    [999_999, '1.0 MB'],
    [182_400_000, '182 MB'],
    [20e9, '20 GB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('writes spans of time in the two largest units', () => {
    expect([formatDuration(420), formatDuration(12_300), formatDuration(185_000), formatDuration(3_725_000)]).toEqual([
      '0.4 s',
      '12 s',
      '3 min 05 s',
      '1 h 02 min',
    ]);
  });

  it('runs a clock without jumping width', () => {
    expect([formatClock(7000), formatClock(761_000), formatClock(3_723_000)]).toEqual(['0:07', '12:41', '1:02:03']);
  });

  it('says how long ago in words', () => {
    expect([formatAgo(0, 1000), formatAgo(0, 240_000), formatAgo(0, 7_200_000), formatAgo(0, 86_400_000), formatAgo(0, 9 * 86_400_000)]).toEqual([
      'just now',
      '4 min ago',
      '2 h ago',
      'yesterday',
      '9 days ago',
    ]);
  });
});

describe('the difference of two files', () => {
  it('shows a new file as added lines', () => {
    expect(lineDiff(null, 'a\nb\n')).toEqual([
      { kind: 'added', text: 'a' },
      { kind: 'added', text: 'b' },
    ]);
  });

  it('shows changed lines with two lines around them and a gap for the rest', () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n');
    const diff = lineDiff(before, before.replace('line 10', 'LINE 10'));
    expect(diff.map((l) => l.kind)).toEqual(['gap', 'same', 'same', 'removed', 'added', 'same', 'same', 'gap']);
  });

  it('gives a very long file as a whole instead of freezing the page', () => {
    const long = Array.from({ length: 2000 }, (_, i) => String(i)).join('\n');
    expect(lineDiff(long, `${long}\nx`)).toHaveLength(4001);
  });
});
