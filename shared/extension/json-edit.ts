import { parseJsonTree } from './json-tree.ts';
import { lineStart, newlineOf, splice } from './text-edit.ts';

/**
 * Sets (or, with undefined, removes) one key of a JSON object's text; all else stays byte for byte. A new key goes last, in the
 * object's own layout. (jsonc-parser's `modify` lays out the neighbour anew as well.) A text that is no object comes back as it is.
 */
export function setJsonKey(text: string, key: string, value: unknown): string {
  const { root } = parseJsonTree(text, '', { syntax: 'json', duplicate: 'json', mark: 'json' });
  if (root?.kind !== 'map') return text;
  const index = root.pairs.findIndex((pair) => pair.key === key);
  const pair = root.pairs[index];
  if (value === undefined) {
    if (!pair) return text;
    const before = root.pairs[index - 1];
    const next = root.pairs[index + 1];
    // With the comma before it, or as the first one with the comma behind it.
    if (before) return splice(text, before.value.end, pair.value.end - before.value.end, '');
    return splice(text, pair.keyNode.start, (next ? next.keyNode.start : pair.value.end) - pair.keyNode.start, '');
  }
  const written = print(value);
  if (pair) return splice(text, pair.value.start, pair.value.end - pair.value.start, written);
  const last = root.pairs.at(-1);
  const line = `${JSON.stringify(key)}: ${written}`;
  const newline = newlineOf(text);
  if (!last) return splice(text, root.start, root.end - root.start, `{${newline}  ${line}${newline}}`);
  const from = lineStart(text, last.keyNode.start);
  const indent = text.slice(from, last.keyNode.start);
  // Several keys on one line stay on one line.
  return splice(text, last.value.end, 0, indent.trim() === '' && from > root.start ? `,${newline}${indent}${line}` : `, ${line}`);
}

function print(value: unknown): string {
  return Array.isArray(value) ? `[${value.map((one) => JSON.stringify(one)).join(', ')}]` : JSON.stringify(value);
}
