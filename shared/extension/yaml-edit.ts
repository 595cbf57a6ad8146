import { lineEndAfter, lineStart, newlineOf, splice, spaces } from './text-edit.ts';
import type { MapNode, Pair, SeqNode, SourceTree, TreeNode } from './source-tree.ts';
import { parseYamlTree } from './yaml-tree.ts';

/**
 * Textual edits of block-style YAML: only the source range of the value that changes is rewritten, so comments, order, anchors
 * and spelling of all else stay byte for byte. Each takes the whole text and a path of keys and gives the new text, or null
 * where the structure does not allow a safe edit (flow style, an alias or merged value on the way, a file that does not parse).
 */
const IDS = { syntax: 'yaml', duplicate: 'yaml' };

/**
 * Sets the value under `path`. `lines` is one line for a scalar, or the lines of a block (`- item`, `key: value`) without
 * indentation. Missing maps on the way are made. A new key goes behind the first key of `after` that is there, else last.
 */
export function setIn(text: string, path: readonly string[], lines: readonly string[], after: readonly string[] = []): string | null {
  const tree = parseYamlTree(text, '', IDS);
  if (tree.findings.length > 0) return null;
  if (!tree.root) return `${text}${text === '' || text.endsWith('\n') ? '' : newlineOf(text)}${block(nest(path, lines), '', newlineOf(text))}`;
  let map: TreeNode = tree.root;
  for (const [i, key] of path.entries()) {
    if (map.kind !== 'map' || map.flow || map.pairs.length === 0) return null;
    const pair: Pair | undefined = ownPair(map, key);
    const rest = path.slice(i + 1);
    if (!pair) return insert(tree, map, nest([key, ...rest], lines), i === path.length - 1 ? after : []);
    if (rest.length === 0) return replace(tree, pair, lines);
    if (pair.value.kind === 'scalar' && !pair.value.present) return replace(tree, pair, nest(rest, lines));
    map = pair.value;
  }
  return null;
}

/** Removes a key with its value; maps on the way that become empty go too, the first `floor` keys of the path excepted. The text itself where the key is not there. */
export function removeIn(text: string, path: readonly string[], floor = 0): string | null {
  const tree = parseYamlTree(text, '', IDS);
  if (tree.findings.length > 0 || !tree.root) return null;
  let map: TreeNode = tree.root;
  let outermost: Pair | undefined;
  for (const [i, key] of path.entries()) {
    if (map.kind !== 'map' || map.flow) return null;
    const pair: Pair | undefined = ownPair(map, key);
    if (!pair) return text;
    if (i >= floor && !(map.pairs.length === 1 && outermost)) outermost = pair;
    if (i === path.length - 1) return outermost ? removeLines(text, outermost) : null;
    map = pair.value;
  }
  return null;
}

/**
 * Brings a list to `wanted`, item by item: `current` says what each present item stands for (compared as text), `render` gives the
 * line of a new one. Items that stay keep their text and the comments around them. An empty list becomes a removed key.
 */
export function setList(
  text: string,
  path: readonly string[],
  current: readonly string[],
  wanted: readonly string[],
  render: (item: string) => string,
  after: readonly string[] = [],
): string | null {
  if (wanted.length === 0) return removeIn(text, path, path.length - 1);
  const tree = parseYamlTree(text, '', IDS);
  if (tree.findings.length > 0) return null;
  const seq = nodeOnPath(tree.root, path);
  if (seq?.kind !== 'seq' || seq.flow || seq.items.length !== current.length || seq.items.length === 0)
    return setIn(
      text,
      path,
      wanted.map((item) => `- ${render(item)}`),
      after,
    );
  return alignItems(tree, seq, current, wanted, render);
}

/** The node under a path of own keys, neither aliases nor merges followed. */
export function nodeOnPath(root: TreeNode | null, path: readonly string[]): TreeNode | null {
  let at = root;
  for (const key of path) {
    if (at?.kind !== 'map') return null;
    at = ownPair(at, key)?.value ?? null;
  }
  return at;
}

function ownPair(map: MapNode, key: string): Pair | undefined {
  return map.pairs.find((pair) => pair.key === key);
}

/** Lines of `value` under keys that do not exist yet. */
function nest(path: readonly string[], lines: readonly string[]): string[] {
  const [key, ...rest] = path;
  if (key === undefined) return [...lines];
  const inner = nest(rest, lines);
  return isInline(inner) && rest.length === 0 ? [`${key}: ${inner[0]}`] : [`${key}:`, ...inner.map((line) => `  ${line}`)];
}

/** A single line that is no list item and no pair of a map made by `nest` goes behind its colon. */
function isInline(lines: readonly string[]): boolean {
  return lines.length === 1 && !lines[0]?.startsWith('- ');
}

function block(lines: readonly string[], indent: string, newline: string): string {
  return lines.map((line) => `${indent}${line}${newline}`).join('');
}

function insert(tree: SourceTree, map: MapNode, lines: readonly string[], after: readonly string[]): string | null {
  const anchor = after.map((key) => ownPair(map, key)).find((pair) => pair !== undefined) ?? map.pairs.at(-1);
  const first = map.pairs[0];
  if (!anchor || !first) return null;
  const { text } = tree;
  const indent = spaces(
    first.keyNode.start - lineStart(text, first.keyNode.start) - (text.startsWith('\ufeff') && lineStart(text, first.keyNode.start) === 0 ? 1 : 0),
  );
  const at = lineEndAfter(text, Math.max(anchor.value.end, anchor.keyNode.end));
  const newline = newlineOf(text);
  const missing = at === text.length && !text.endsWith('\n');
  const added = block(lines, indent, newline);
  return splice(text, at, 0, missing ? newline + added.slice(0, -newline.length) : added);
}

function replace(tree: SourceTree, pair: Pair, lines: readonly string[]): string | null {
  const { text } = tree;
  const { value } = pair;
  const colon = text.indexOf(':', pair.keyNode.end);
  if (colon < 0) return null;
  const newline = newlineOf(text);
  const keyColumn = pair.keyNode.start - lineStart(text, pair.keyNode.start);
  if (isInline(lines)) {
    if (value.kind === 'scalar' && value.present && value.style !== 'block') return splice(text, value.start, value.end - value.start, lines[0] ?? '');
    return splice(text, colon + 1, Math.max(value.end, colon + 1) - colon - 1, ` ${lines[0]}`);
  }
  const isBlock = (value.kind === 'map' || value.kind === 'seq') && !value.flow && value.start > colon;
  if (isBlock && lineStart(text, value.start) > colon) {
    // The gap between the key and its block holds comments: it stays.
    const from = lineStart(text, value.start);
    const column = value.start - from;
    if (text.slice(from, value.start).trim() !== '') return null;
    return splice(text, from, value.end - from, block(lines, spaces(column), newline).slice(0, -newline.length));
  }
  return splice(text, colon + 1, Math.max(value.end, colon + 1) - colon - 1, newline + block(lines, spaces(keyColumn + 2), newline).slice(0, -newline.length));
}

function removeLines(text: string, pair: Pair): string | null {
  const from = lineStart(text, pair.keyNode.start);
  if (text.slice(from, pair.keyNode.start).replace('\ufeff', '').trim() !== '') return null;
  const to = lineEndAfter(text, Math.max(pair.value.end, pair.keyNode.end));
  const keep = text.startsWith('\ufeff') && from === 0 ? 1 : 0;
  return splice(text, from + keep, to - from - keep, '');
}

function alignItems(tree: SourceTree, seq: SeqNode, current: readonly string[], wanted: readonly string[], render: (item: string) => string): string | null {
  const column = seq.start - lineStart(tree.text, seq.start);
  const dashes = seq.items.map((item) => dashLine(tree.text, item, column));
  if (dashes.some((dash) => dash === null)) return null;
  const newline = newlineOf(tree.text);
  const kept = commonItems(current, wanted);
  let text = tree.text;
  // From the last gap to the first, so that earlier offsets stay right.
  for (let gap = kept.length; gap >= 0; gap--) {
    const [fromOld, fromNew] = gap === 0 ? [0, 0] : [(kept[gap - 1]?.[0] ?? 0) + 1, (kept[gap - 1]?.[1] ?? 0) + 1];
    const [toOld, toNew] = kept[gap] ?? [current.length, wanted.length];
    const added = wanted.slice(fromNew, toNew).map(render);
    const both = Math.min(toOld - fromOld, added.length);
    const rest = block(
      added.slice(both).map((line) => `- ${line}`),
      spaces(column),
      newline,
    );
    if (rest !== '') {
      const previous = seq.items[fromOld + both - 1];
      if (!previous) text = splice(text, dashes[0] ?? 0, 0, rest);
      else {
        const at = lineEndAfter(text, previous.end);
        text = splice(text, at, 0, at === text.length && !text.endsWith('\n') ? newline + rest.slice(0, -newline.length) : rest);
      }
    }
    for (let i = toOld - 1; i >= fromOld + both; i--) {
      const from = dashes[i] ?? 0;
      const item = seq.items[i];
      if (item) text = splice(text, from, lineEndAfter(text, Math.max(item.end, from + column + 1)) - from, '');
    }
    for (let i = fromOld + both - 1; i >= fromOld; i--) {
      const item = seq.items[i];
      if (item) text = splice(text, item.start, item.end - item.start, `${item.start === item.end ? ' ' : ''}${added[i - fromOld] ?? ''}`);
    }
  }
  return text;
}

/** Start of the line with the dash of an item; its value may stand on a later line. */
function dashLine(text: string, item: TreeNode, column: number): number | null {
  for (let from = lineStart(text, item.start); ; from = lineStart(text, from - 1)) {
    if (text.charAt(from + column) === '-' && text.slice(from, from + column).trim() === '') return from;
    if (from === 0) return null;
  }
}

/** Longest common subsequence, as pairs of indices. */
function commonItems(a: readonly string[], b: readonly string[]): [number, number][] {
  const best: number[][] = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => best[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) (best[i] as number[])[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const result: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) result.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return result;
}
