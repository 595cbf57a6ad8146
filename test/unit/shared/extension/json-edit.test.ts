import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setJsonKey } from '../../../../shared/extension/json-edit.ts';

describe('setJsonKey', () => {
  it('replaces a value alone', () => {
    expect(setJsonKey('{ "a":1 ,\r\n"b" : [ 1,2 ] }', 'a', 'x')).toBe('{ "a":"x" ,\r\n"b" : [ 1,2 ] }');
  });
  it('adds a key in the layout that is there', () => {
    expect(setJsonKey('{\r\n    "a": 1\r\n}', 'b', ['x', 'y'])).toBe('{\r\n    "a": 1,\r\n    "b": ["x", "y"]\r\n}');
    expect(setJsonKey('{"a": 1}', 'b', 2)).toBe('{"a": 1, "b": 2}');
    expect(setJsonKey('{}', 'b', 2)).toBe('{\n  "b": 2\n}');
  });
  it('removes a key with one comma', () => {
    expect(setJsonKey('{"a": 1, "b": 2}', 'a', undefined)).toBe('{"b": 2}');
    expect(setJsonKey('{"a": 1, "b": 2}', 'b', undefined)).toBe('{"a": 1}');
    expect(setJsonKey('{"a": 1}', 'a', undefined)).toBe('{}');
  });
  it('does to the text what an assignment does to the object, in any layout', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.jsonValue(), { noNullPrototype: true }),
        key,
        fc.option(fc.jsonValue(), { nil: undefined }),
        fc.constantFrom(0, 2, '\t'),
        fc.boolean(),
        (object, name, value, indent, mark) => {
          const text = (mark ? '\ufeff' : '') + JSON.stringify(object, null, indent);
          const after = setJsonKey(text, name, value);
          const expected: Record<string, unknown> = { ...object };
          if (value === undefined) delete expected[name];
          else expected[name] = value;
          expect(JSON.parse(after.replace('\ufeff', ''))).toEqual(JSON.parse(JSON.stringify(expected)));
          if (JSON.stringify(object[name]) === JSON.stringify(value) && value === undefined) expect(after).toBe(text);
          expect(after.startsWith('\ufeff')).toBe(mark);
        },
      ),
      { numRuns: 500 },
    );
  });
});
