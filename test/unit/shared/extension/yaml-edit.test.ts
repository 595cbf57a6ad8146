import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataOf, type TreeNode } from '../../../../shared/extension/source-tree.ts';
import { removeIn, setIn, setList } from '../../../../shared/extension/yaml-edit.ts';
import { yamlText } from '../../../../shared/extension/yaml-scalar.ts';
import { parseYamlTree } from '../../../../shared/extension/yaml-tree.ts';

const data = (text: string): unknown => dataOf(parseYamlTree(text, '', { syntax: 's', duplicate: 'd' }).root as TreeNode);
const FILE = `# head
x-base: &base
  restart: always
services:
  app: # the app
    <<: *base
    image: "app:1"   # pinned
    # the doors
    ports:   # two
      # first
      - "1:1" # a
      - "2:2"

    deploy:
      resources:
        limits:
          memory: 512m
  other: {image: x}
# tail
`;

describe('setIn', () => {
  it('replaces a scalar alone, its comment stays', () => {
    expect(setIn(FILE, ['services', 'app', 'image'], ['app:2'])).toBe(FILE.replace('"app:1"', 'app:2'));
  });
  it('replaces a block and keeps the comments between key and block', () => {
    expect(setIn(FILE, ['services', 'app', 'ports'], ['- "3:3"'])).toBe(FILE.replace('      - "1:1" # a\n      - "2:2"', '      - "3:3"'));
  });
  it('puts a new key behind the one asked for, in the indentation of its neighbours', () => {
    expect(setIn(FILE, ['services', 'app', 'network_mode'], ['host'], ['image'])).toBe(FILE.replace('# pinned\n', '# pinned\n    network_mode: host\n'));
  });
  it('makes the maps on the way', () => {
    expect(setIn(FILE, ['services', 'app', 'deploy', 'resources', 'reservations', 'cpus'], ['"1"'])).toBe(
      FILE.replace('memory: 512m\n', 'memory: 512m\n        reservations:\n          cpus: "1"\n'),
    );
  });
  it('overrides a merged key by an own one', () => {
    expect(data(setIn(FILE, ['services', 'app', 'restart'], ['"no"'], ['image']) ?? '')).toMatchObject({
      services: { app: { restart: 'no' } },
      'x-base': { restart: 'always' },
    });
  });
  it('declines flow style and broken files', () => {
    expect(setIn(FILE, ['services', 'other', 'image'], ['y'])).toBeNull();
    expect(setIn('a: [', ['a'], ['1'])).toBeNull();
  });
  it('fills an empty value, an empty file, and a file without a last line break', () => {
    expect(setIn('a:\nb: 1\n', ['a'], ['- x'])).toBe('a:\n  - x\nb: 1\n');
    expect(setIn('a: # c\nb: 1\n', ['a'], ['v'])).toBe('a: v # c\nb: 1\n');
    expect(setIn('', ['a', 'b'], ['1'])).toBe('a:\n  b: 1\n');
    expect(setIn('a: 1', ['b'], ['2'])).toBe('a: 1\nb: 2');
  });
});

describe('removeIn', () => {
  it('takes the key with its lines and leaves the rest', () => {
    expect(removeIn(FILE, ['services', 'app', 'image'])).toBe(FILE.replace('    image: "app:1"   # pinned\n', ''));
  });
  it('takes maps that become empty too', () => {
    expect(removeIn(FILE, ['services', 'app', 'deploy', 'resources', 'limits', 'memory'], 2)).toBe(
      FILE.replace('    deploy:\n      resources:\n        limits:\n          memory: 512m\n', ''),
    );
  });
  it('leaves a text without the key alone', () => {
    expect(removeIn(FILE, ['services', 'app', 'gone'])).toBe(FILE);
  });
});

describe('setList', () => {
  it('keeps the items that stay, with their comments', () => {
    expect(setList(FILE, ['services', 'app', 'ports'], ['1:1', '2:2'], ['1:1', '9:9', '2:2'], (one) => JSON.stringify(one))).toBe(
      FILE.replace('      - "2:2"', '      - "9:9"\n      - "2:2"'),
    );
    expect(setList(FILE, ['services', 'app', 'ports'], ['1:1', '2:2'], ['2:2'], (one) => JSON.stringify(one))).toBe(FILE.replace('      - "1:1" # a\n', ''));
    expect(setList(FILE, ['services', 'app', 'ports'], ['1:1', '2:2'], ['1:1', '8:8'], (one) => JSON.stringify(one))).toBe(FILE.replace('"2:2"', '"8:8"'));
  });

  const items = fc.array(fc.constantFrom('a', 'b', 'c', 'd', '1:1', ''), { maxLength: 6 });
  it('always ends at the list asked for and touches nothing else, in any indentation and line break', () => {
    fc.assert(
      fc.property(
        items.filter((list) => list.length > 0),
        items,
        fc.constantFrom('', '  ', '    '),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (before, after, indent, newline, last) => {
          const head = `# head${newline}k: 0 # zero${newline}list: # here${newline}`;
          const tail = last ? '' : `${newline}# between${newline}z: {a: 1}  # end${newline}`;
          const text = head + before.map((item, i) => `${indent}- ${JSON.stringify(item)} # ${i}`).join(newline) + tail;
          const edited = setList(text, ['list'], before, after, (item) => JSON.stringify(item));
          expect(edited).not.toBeNull();
          expect(data(edited ?? '')).toEqual({ k: 0, ...(after.length > 0 && { list: after }), ...(!last && { z: { a: 1 } }) });
          expect(edited?.startsWith(after.length > 0 ? head : `# head${newline}k: 0 # zero${newline}`)).toBe(true);
          if (!last) expect(edited?.endsWith(`# between${newline}z: {a: 1}  # end${newline}`)).toBe(true);
          if (JSON.stringify(before) === JSON.stringify(after)) expect(edited).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('yamlText', () => {
  it('reads back as the same text in any place, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.constantFrom(
            'yes',
            'Null',
            '0x1f',
            '1_000',
            '.5',
            '-',
            '---',
            '...',
            '? a',
            'a #b',
            'a: b',
            '<<',
            '12:30:45',
            '2001-12-14',
            '\u0085',
            '\ufeff',
            '0b1',
          ),
        ),
        (text) => {
          expect(data(`a: ${yamlText(text)} # c\nb:\n  - ${yamlText(text)}\n`)).toEqual({ a: text, b: [text] });
        },
      ),
      { numRuns: 1000 },
    );
  });
});
