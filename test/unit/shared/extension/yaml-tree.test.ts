import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { locate, nodeAt, dataOf, type SourceTree, type TreeNode } from '../../../../shared/extension/source-tree.ts';
import { parseYamlTree } from '../../../../shared/extension/yaml-tree.ts';

const parse = (text: string): SourceTree => parseYamlTree(text, 'f.yml', { syntax: 'syntax', duplicate: 'duplicate' });
const data = (text: string): unknown => {
  const tree = parse(text);
  return tree.root ? dataOf(tree.root) : null;
};
const slice = (tree: SourceTree, ...path: string[]): string => {
  const node = nodeAt(tree.root, ...path);
  return node ? tree.text.slice(node.start, node.end) : '(none)';
};

describe('parseYamlTree', () => {
  it('gives every value the range of its own text, quotes included, comments excluded', () => {
    const tree = parse('# top\na: "x y" # why\nb:\n  - 1\n  - {c: [1, 2 # in\n    ]} # after\nd: >-\n  two\n  lines\n\n# gap\ne:\nf: z\n');
    expect(slice(tree, 'a')).toBe('"x y"');
    expect(slice(tree, 'b')).toBe('- 1\n  - {c: [1, 2 # in\n    ]}');
    expect(slice(tree, 'd')).toBe('>-\n  two\n  lines');
    expect(slice(tree, 'e')).toBe('');
    expect(locate(tree, nodeAt(tree.root, 'f') as TreeNode)).toEqual({ file: 'f.yml', line: 13, column: 4, endLine: 13, endColumn: 5 });
  });

  it('reads scalars by the core schema, and keeps huge numbers as text', () => {
    expect(data('a: yes\nb: true\nc: ~\nd: 0x10\ne: 1.5\nf: "1"\ng: !!str 1\nh: 12345678901234567890\ni: 2024-01-01\n')).toEqual({
      a: 'yes',
      b: true,
      c: null,
      d: 16,
      e: 1.5,
      f: '1',
      g: '1',
      h: '12345678901234567890',
      i: '2024-01-01',
    });
  });

  it('resolves aliases and merge keys, own keys first', () => {
    expect(data('base: &b {x: 1, y: 2}\na:\n  <<: *b\n  y: 3\nb: *b\nc:\n  <<: [*b, {z: 9}]\n')).toMatchObject({
      a: { x: 1, y: 3 },
      b: { x: 1, y: 2 },
      c: { x: 1, y: 2, z: 9 },
    });
  });

  it('keeps !reset and !override', () => {
    const tree = parse('a: !reset [1]\nb: !override\n  - 1\nc: !reset x\n');
    expect(nodeAt(tree.root, 'a')?.tag).toBe('!reset');
    expect(nodeAt(tree.root, 'b')?.tag).toBe('!override');
    expect(nodeAt(tree.root, 'c')).toMatchObject({ value: null });
    expect(tree.findings).toEqual([]);
  });

  it.each([
    ['services:\n  a:\n\timage: x\n', 3, 1, 'Tabs must not'],
    ['network_mode: network_mode: host\n', 1, 27, 'a second ": "'],
    ['a: 1\na: 2\n', 2, 1, 'second time'],
    ['a: *gone\n', 1, 4, 'not set before'],
    ['a: &x [*x]\n', 1, 8, 'not set before'],
    ['a: 1\n---\nb: 2\n', 3, 1, 'second document'],
    ['a: [1, 2', 1, 4, 'closing ]'],
    ['a: {<<: 5}\n', 1, 9, 'Only maps'],
    ['? [a]\n: b\n', 1, 6, 'cannot be a map or a list'],
  ])('points at the error of %j', (text, line, column, words) => {
    const { findings } = parse(text);
    expect(findings).toEqual([expect.objectContaining({ severity: 'error', line, column, message: expect.stringContaining(words) })]);
  });

  it('tolerates a byte order mark and CRLF', () => {
    const tree = parse('\ufeffa: 1\r\nb:\r\n  - x\r\n');
    expect(dataOf(tree.root as TreeNode)).toEqual({ a: 1, b: ['x'] });
    expect(locate(tree, tree.root as TreeNode)).toMatchObject({ line: 1, column: 1 });
    expect(locate(tree, nodeAt(tree.root, 'b') as TreeNode)).toMatchObject({ line: 3, column: 3 });
  });

  it('answers nothing for an empty file or comments alone', () => {
    expect(parse('')).toMatchObject({ root: null, findings: [] });
    expect(parse('# only\n')).toMatchObject({ root: null, findings: [] });
  });

  it('refuses more aliases than a real file has, and reads nested ones without expanding them', () => {
    let bomb = 'a: &a [x, x, x, x, x, x, x, x, x]\n';
    let previous = 'a';
    for (const name of 'bcdefghij') {
      bomb += `${name}: &${name} [${Array(9).fill(`*${previous}`).join(', ')}]\n`;
      previous = name;
    }
    const start = performance.now();
    expect(parse(bomb).findings).toEqual([]);
    expect(data(bomb)).toBeDefined();
    expect(performance.now() - start).toBeLessThan(500);
    expect(parse(`a: &a 1\nb: [${Array(201).fill('*a').join(', ')}]\n`).findings[0]?.message).toContain('More than 200');
  });

  it('does not fall for keys of object prototypes', () => {
    const value = data('__proto__: {a: 1}\nconstructor: x\n') as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it('never throws, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('a', ':', ' ', '\n', '-', '[', ']', '{', '}', ',', '*a', '&a', '!', '"', "'", '|', '>', '#', '?', '\t', '%', '<<'), {
          maxLength: 40,
        })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        const tree = parse(one);
        if (tree.root) dataOf(tree.root);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back what js-yaml writes, and every node lies inside its parent', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((key) => key !== '<<'),
          fc.jsonValue({ maxDepth: 3 }),
          { noNullPrototype: true },
        ),
        fc.integer({ min: 0, max: 3 }),
        (value, flowLevel) => {
          const clean = JSON.parse(
            JSON.stringify(value, (key, one) =>
              key === '<<' || (typeof one === 'number' && !Number.isSafeInteger(one) && Number.isInteger(one)) ? null : one,
            ),
          );
          const tree = parse(dump(clean, { flowLevel, noRefs: true }));
          expect(tree.findings).toEqual([]);
          expect(JSON.stringify(dataOf(tree.root as TreeNode))).toBe(JSON.stringify(clean, (_, one) => (Object.is(one, -0) ? 0 : one)));
          inside(tree.root as TreeNode);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function inside(node: TreeNode): void {
  const children = node.kind === 'map' ? node.pairs.flatMap((pair) => [pair.keyNode, pair.value]) : node.kind === 'seq' ? node.items : [];
  let last = node.start;
  for (const child of children) {
    expect(child.start).toBeGreaterThanOrEqual(last);
    expect(child.end).toBeLessThanOrEqual(node.end);
    last = child.end;
    inside(child);
  }
}

describe('big and hostile files', () => {
  it('reads maps that merge each other many times over in no time', () => {
    let text = 'a0: &a0 {k: 1}\n';
    for (let i = 1; i <= 20; i++)
      text += `a${i}: &a${i}\n  <<: [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]\n  k${i}: 1\n`;
    const start = performance.now();
    const tree = parse(text);
    expect(tree.findings).toEqual([]);
    expect(Object.keys((dataOf(tree.root as TreeNode) as { a20: object }).a20)).toHaveLength(21);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('finds the lines of 20,000 places of one file in a moment', () => {
    const tree = parse(Array.from({ length: 20_000 }, (_, i) => `k${i}: v\n`).join(''));
    const start = performance.now();
    if (tree.root?.kind === 'map') for (const pair of tree.root.pairs) locate(tree, pair.value);
    expect(locate(tree, nodeAt(tree.root, 'k19999') as TreeNode).line).toBe(20_000);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
