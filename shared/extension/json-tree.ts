import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { findingAt, type Pair, type ScalarNode, type ScalarValue, type SourceTree, type TreeNode } from './source-tree.ts';

const WORDS: Record<string, string> = {
  InvalidSymbol: 'This is not JSON: an unknown word.',
  InvalidNumberFormat: 'This is not a number that JSON knows.',
  PropertyNameExpected: 'A key in double quotes is expected here.',
  ValueExpected: 'A value is expected here; a comma before a closing bracket is not allowed.',
  ColonExpected: 'A colon is expected here.',
  CommaExpected: 'A comma is missing before this.',
  CloseBraceExpected: 'A closing } is missing.',
  CloseBracketExpected: 'A closing ] is missing.',
  EndOfFileExpected: 'Nothing may follow the end of the JSON value.',
  InvalidCommentToken: 'JSON has no comments.',
  UnexpectedEndOfComment: 'JSON has no comments.',
  UnexpectedEndOfString: 'The closing double quote is missing.',
  UnexpectedEndOfNumber: 'This number is not finished.',
  InvalidUnicode: 'This \\u escape is not valid.',
  InvalidEscapeCharacter: 'This \\ escape is not known in JSON; a backslash is written \\\\.',
  InvalidCharacter: 'This character is not allowed here.',
};

/**
 * Reads JSON into a positioned tree. Never throws: what is wrong stands in `findings` under `ids.syntax`, and the tree holds
 * what could still be read. A byte order mark is a warning (Python's json refuses one), a key that stands twice too.
 */
export function parseJsonTree(text: string, file: string, ids: { syntax: string; duplicate: string; mark: string }): SourceTree {
  const tree: SourceTree = { file, text, root: null, findings: [] };
  const marked = text.charCodeAt(0) === 0xfeff;
  // A space in its place keeps every offset.
  const body = marked ? ` ${text.slice(1)}` : text;
  if (marked) {
    const fix = { title: 'Remove the byte order mark', file, edits: [{ offset: 0, length: 1, text: '' }] };
    tree.findings.push(
      findingAt(tree, { start: 0, end: 1 }, ids.mark, 'warning', 'The file begins with a byte order mark, which strict JSON readers refuse.', fix),
    );
  }
  if (!body.trim()) {
    tree.findings.push(findingAt(tree, { start: 0, end: 0 }, ids.syntax, 'error', 'The file is empty.'));
    return tree;
  }
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(body, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    // A few thousand nested brackets exhaust the stack of the parser.
    if (!(error instanceof RangeError)) throw error;
    tree.findings.push(findingAt(tree, { start: 0, end: 0 }, ids.syntax, 'error', 'The file is nested too deeply.'));
    return tree;
  }
  for (const error of errors) {
    const words = WORDS[printParseErrorCode(error.error)] ?? 'This is not valid JSON.';
    tree.findings.push(findingAt(tree, { start: error.offset, end: error.offset + error.length }, ids.syntax, 'error', words));
  }
  if (root) tree.root = convert(root, tree, ids.duplicate);
  return tree;
}

function convert(node: Node, tree: SourceTree, duplicate: string): TreeNode {
  const range = { start: node.offset, end: node.offset + node.length };
  if (node.type === 'array') return { ...range, kind: 'seq', flow: true, items: (node.children ?? []).map((child) => convert(child, tree, duplicate)) };
  if (node.type !== 'object') return scalar(node, tree.text);
  const pairs = new Map<string, Pair>();
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (!key) continue;
    const name = String(key.value);
    const keyNode = scalar(key, tree.text);
    // A key without a value is an error of the parser already.
    const at = property.offset + property.length;
    const child: TreeNode = value
      ? convert(value, tree, duplicate)
      : { kind: 'scalar', value: null, text: '', style: 'plain', present: false, start: at, end: at };
    if (pairs.has(name))
      tree.findings.push(findingAt(tree, keyNode, duplicate, 'warning', `The key "${name}" stands here a second time; the last one counts.`));
    pairs.set(name, { key: name, keyNode, value: child });
  }
  return { ...range, kind: 'map', flow: true, pairs: [...pairs.values()] };
}

function scalar(node: Node, source: string): ScalarNode {
  const value = node.value as ScalarValue;
  const end = node.offset + node.length;
  const text = typeof value === 'string' ? value : source.slice(node.offset, end);
  return { kind: 'scalar', value, text, style: typeof value === 'string' ? 'quoted' : 'plain', present: true, start: node.offset, end };
}
