import { describe, expect, it } from 'vitest';
import { unclosedBefore } from '../../../../shared/extension/yaml-unclosed.ts';

describe('unclosedBefore', () => {
  it.each([
    ['a: "b\nc: d', 3, '"'],
    ["a: 'it''s\nb: c", 3, "'"],
    ['a: [b, "c"\nd: e', 3, '['],
    ['a: {b: c\n# } comment\nd: e', 3, '{'],
    ['x: 1\n- "y\n', 7, '"'],
  ])('finds what was opened in %j', (text, at, mark) => {
    expect(unclosedBefore(text, text.length)).toEqual({ at, mark });
  });
  it.each(["a: it's\nb: c", 'a: "b \\" c"\nd: e', 'a: b # "c\nd: e', 'a: ${X\nb: c', 'a: [1,\n  2]\nb: c', ''])('finds nothing open in %j', (text) => {
    expect(unclosedBefore(text, text.length)).toBeNull();
  });
});
