import type { Finding, Severity, TextFix } from '../checks/finding.ts';
import type { SourceLocation } from '../errors/codes.ts';

/** Offsets are UTF-16 units into the text of the file; `end` is exclusive. */
export interface Range {
  start: number;
  end: number;
}

export type ScalarValue = string | number | boolean | null;

/** `value` as the format reads it; `text` as it stands there, unquoted. `present` is false for `key:` with nothing after it. */
export interface ScalarNode extends Range {
  kind: 'scalar';
  value: ScalarValue;
  text: string;
  style: 'plain' | 'quoted' | 'block';
  present: boolean;
  tag?: string;
  anchor?: string;
}
export interface Pair {
  key: string;
  keyNode: ScalarNode;
  value: TreeNode;
}
export interface MapNode extends Range {
  kind: 'map';
  pairs: Pair[];
  flow: boolean;
  tag?: string;
  anchor?: string;
}
export interface SeqNode extends Range {
  kind: 'seq';
  items: TreeNode[];
  flow: boolean;
  tag?: string;
  anchor?: string;
}
export interface AliasNode extends Range {
  kind: 'alias';
  name: string;
  target: TreeNode;
}
export type TreeNode = ScalarNode | MapNode | SeqNode | AliasNode;

/**
 * A parsed YAML or JSON file with the place of everything in it. `root` is null where nothing could be read; `findings`
 * holds what the parser itself objects to. One shape for both formats, so that a rule reads either.
 */
export interface SourceTree {
  file: string;
  text: string;
  root: TreeNode | null;
  findings: Finding[];
}

/** The node that an alias stands for; any other node is itself. */
export function deref(node: TreeNode): Exclude<TreeNode, AliasNode> {
  let at = node;
  while (at.kind === 'alias') at = at.target;
  return at;
}

/** The pairs of a map with its merge keys (`<<`) applied: own keys first, then those merged in that it does not have. Empty for anything else. */
export function entriesOf(node: TreeNode | null | undefined): Pair[] {
  return node ? collect(node) : [];
}

/** Trees do not change once they are read. Without this, maps that merge each other many times over would be walked exponentially often. */
const merged = new WeakMap<MapNode, Pair[]>();

function collect(node: TreeNode): Pair[] {
  const map = deref(node);
  if (map.kind !== 'map') return [];
  const known = merged.get(map);
  if (known) return known;
  const own = map.pairs.filter((pair) => !isMerge(pair));
  const seen = new Set(own.map((pair) => pair.key));
  const result = [...own];
  for (const merge of map.pairs.filter(isMerge)) {
    const source = deref(merge.value);
    for (const part of source.kind === 'seq' ? source.items : [source]) {
      for (const pair of collect(part))
        if (!seen.has(pair.key)) {
          seen.add(pair.key);
          result.push(pair);
        }
    }
  }
  merged.set(map, result);
  return result;
}

const isMerge = (pair: Pair): boolean => pair.key === '<<' && pair.keyNode.style === 'plain';

/** The pair of that name, merge keys applied. */
export function pairOf(node: TreeNode | null | undefined, key: string): Pair | undefined {
  return entriesOf(node).find((pair) => pair.key === key);
}

/** The value under a path of keys, aliases followed; undefined where a step is missing. */
export function nodeAt(node: TreeNode | null | undefined, ...path: string[]): Exclude<TreeNode, AliasNode> | undefined {
  let at = node ? deref(node) : undefined;
  for (const key of path) {
    const pair = at && pairOf(at, key);
    if (!pair) return undefined;
    at = deref(pair.value);
  }
  return at;
}

/** The items of a list, aliases followed. Empty for anything else. */
export function itemsOf(node: TreeNode | null | undefined): TreeNode[] {
  if (!node) return [];
  const seq = deref(node);
  return seq.kind === 'seq' ? seq.items : [];
}

/** The text of a scalar that is set (numbers and booleans as written); undefined for null, maps and lists. */
export function textOf(node: TreeNode | null | undefined): string | undefined {
  if (!node) return undefined;
  const scalar = deref(node);
  return scalar.kind === 'scalar' && scalar.value !== null ? scalar.text : undefined;
}

export const isNull = (node: TreeNode): boolean => {
  const at = deref(node);
  return at.kind === 'scalar' && at.value === null;
};

/** "text", "number", "true or false", "nothing", "a list" or "a map": how a message names what stands there. */
export function nameOfKind(node: TreeNode): string {
  const at = deref(node);
  if (at.kind === 'map') return 'a map';
  if (at.kind === 'seq') return 'a list';
  if (at.value === null) return 'nothing';
  return typeof at.value === 'boolean' ? 'true or false' : typeof at.value === 'number' ? 'a number' : 'text';
}

/**
 * Plain data of a node. An alias gives the same object each time it stands (no copy), so a file of nested aliases stays
 * as small as it is written: do not walk the result without a bound.
 */
export function dataOf(node: TreeNode): unknown {
  return build(node, new Map());
}

function build(node: TreeNode, seen: Map<TreeNode, unknown>): unknown {
  const at = deref(node);
  if (at.kind === 'scalar') return at.value;
  const known = seen.get(at);
  if (known !== undefined) return known;
  if (at.kind === 'seq') {
    const list: unknown[] = [];
    seen.set(at, list);
    for (const item of at.items) list.push(build(item, seen));
    return list;
  }
  const record: Record<string, unknown> = {};
  seen.set(at, record);
  for (const pair of entriesOf(at))
    Object.defineProperty(record, pair.key, { value: build(pair.value, seen), enumerable: true, writable: true, configurable: true });
  return record;
}

/** Lines and columns of a range, from 1; columns count UTF-16 units, a byte order mark counts as nothing. */
export function locate(tree: { file: string; text: string }, range: Range): Required<SourceLocation> {
  const start = lineAndColumn(tree, range.start);
  const end = lineAndColumn(tree, Math.max(range.start, range.end));
  return { file: tree.file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}

/** Line and column of an offset, from 1. The line breaks of a tree are found once. */
export function lineAndColumn(tree: { text: string }, offset: number): { line: number; column: number } {
  const starts = lineStarts.get(tree) ?? startsOf(tree.text);
  lineStarts.set(tree, starts);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: Math.max(0, offset - (starts[low] ?? 0)) + 1 };
}

const lineStarts = new WeakMap<object, number[]>();

function startsOf(text: string): number[] {
  const starts = [text.charCodeAt(0) === 0xfeff ? 1 : 0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** A finding at a node. */
export function findingAt(tree: { file: string; text: string }, range: Range, id: string, severity: Severity, message: string, fix?: TextFix): Finding {
  return { id, severity, message, ...locate(tree, range), ...(fix && { fix }) };
}

/** Where something stands in its file. `line` counts from 1. */
export interface Placed {
  line: number;
  range: Range;
}
/** Text as it stands in the file, with its place. Variables (`${X}`) are not replaced. */
export interface PlacedText extends Placed {
  text: string;
}

/** Line and range of a node, as the model keeps them. */
export function placed(tree: SourceTree, node: TreeNode): Placed {
  return { line: lineAndColumn(tree, node.start).line, range: { start: node.start, end: node.end } };
}

/** The text of a scalar with its place; undefined where there is none. */
export function placedText(tree: SourceTree, node: TreeNode | undefined): PlacedText | undefined {
  const text = textOf(node);
  return node === undefined || text === undefined ? undefined : { text, ...placed(tree, node) };
}
