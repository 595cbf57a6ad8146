import { describe, expect, it } from 'vitest';
import { deref, type TreeNode } from '../../../../shared/extension/source-tree.ts';
import { parseYamlTree } from '../../../../shared/extension/yaml-tree.ts';

const read = (text: string): ReturnType<typeof parseYamlTree> => parseYamlTree(text, 'f.yml', { syntax: 'syntax', duplicate: 'duplicate' });

/** Every scalar with what stands at its place in the text. */
function scalars(text: string, node: TreeNode): [string, string][] {
  const at = deref(node);
  if (at.kind === 'map') return at.pairs.flatMap((pair) => [...scalars(text, pair.keyNode), ...scalars(text, pair.value)]);
  if (at.kind === 'seq') return at.items.flatMap((item) => scalars(text, item));
  return [[at.text, text.slice(at.start, at.end)]];
}

describe('brackets and quotes over lines that stand too far left', () => {
  it.each([
    'services:\n  a:\n    command: [\n      "a", b\n    ]\n    restart: always\n',
    'services:\n  a:\n    environment: {\n      A: b\n  }\n    # } comment [\n    c: d\n',
    'services: {\r\n  a: {\r\n    image: x\r\n  }\r\n}\r\n',
    'a:\n  b: ["c",\n  d,\n]\n  e: [\n1, # ]\n2\n]\nf: &g h\ni: *g\n',
  ])('are read, each thing at its own place: %j', (text) => {
    const tree = read(text);
    expect(tree.findings).toEqual([]);
    for (const [value, literal] of scalars(text, tree.root!)) expect(literal.replace(/^(["'])(.*)\1$/, '$2')).toBe(value);
  });

  it('gives quoted text over lines the value that Compose gives it', () => {
    const tree = read('a:\n  b: "one\n  two"\n  c: \'three\nfour\'\n');
    expect(tree.findings).toEqual([]);
    expect(scalars(tree.text, tree.root!).map(([value]) => value)).toEqual(['a', 'b', 'one two', 'c', 'three four']);
  });

  it.each([
    ['a:\n  b: [1,\nc: d\n', 2, 6],
    ['a:\n  b: "x\n  c: "y"\n', 2, 6],
    ['a:\n  - {b: [\nc: d\n', 2, 5],
  ])('are an error at the one that is never closed: %j', (text, line, column) => {
    expect(read(text).findings.map((finding) => [finding.line, finding.column])).toEqual([[line, column]]);
  });

  it('cost little in a file with hundreds of them', () => {
    const text = `a:\n${'  - [\n    x\n  ]\n'.repeat(2000)}`;
    const start = performance.now();
    read(text);
    expect(performance.now() - start).toBeLessThan(1500);
  });
});
