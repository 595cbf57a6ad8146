import {
  boolCoreTag,
  EVENT_ID,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  NOT_RESOLVED,
  nullCoreTag,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
  type Event,
  type ScalarEvent,
} from 'js-yaml';
import { findingAt, type Pair, type ScalarNode, type ScalarValue, type SourceTree, type TreeNode } from './source-tree.ts';
import { isDeficient, looseEvents } from './yaml-loose.ts';
import { unclosedBefore } from './yaml-unclosed.ts';

/** The most aliases a file may use: real ones have a handful, and nested ones can stand for gigabytes. */
const MAX_ALIASES = 200;

/** Under which rule ids the reader reports. */
export interface YamlIds {
  syntax: string;
  duplicate: string;
}

/**
 * Reads one YAML document into a positioned tree (YAML 1.2 core schema with merge keys; `!reset` and `!override` are kept as
 * `tag`). Never throws: errors stand in `findings`. The parser stops at its first error, so `root` is null then: a caller
 * that edits keeps its last good tree. Byte order mark and CRLF are tolerated; comments lie in the gaps between nodes.
 */
export function parseYamlTree(text: string, file: string, ids: YamlIds): SourceTree {
  const tree: SourceTree = { file, text, root: null, findings: [] };
  try {
    const events = readEvents(text);
    if (events.length > 0) tree.root = new Builder(tree, events, ids).document();
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const noticed = error.mark?.position ?? 0;
    const open = /deficient indentation|unexpected end of the/.test(error.reason) ? unclosedBefore(text, noticed) : null;
    const at = open?.at ?? noticed;
    tree.root = null;
    tree.findings.push(findingAt(tree, { start: at, end: at + 1 }, ids.syntax, 'error', open ? unclosed(open.mark) : sentence(error.reason)));
  }
  return tree;
}

const READING = { maxDepth: 100 };

function readEvents(text: string): Event[] {
  try {
    return parseEvents(text, READING);
  } catch (error) {
    if (!(error instanceof YAMLException) || !isDeficient(error)) throw error;
    const events = looseEvents(text, error.mark?.position ?? 0, READING);
    if (!events) throw error;
    return events;
  }
}

function unclosed(mark: string): string {
  return mark === '[' || mark === '{'
    ? `The closing ${mark === '[' ? ']' : '}'} is missing.`
    : `The closing ${mark === '"' ? 'double' : 'single'} quote is missing.`;
}

function sentence(reason: string): string {
  if (reason.startsWith('tab characters')) return 'Tabs must not be used for indentation in YAML; use spaces.';
  if (reason.startsWith('bad indentation of a mapping entry'))
    return 'This does not fit the mapping around it: wrong indentation, or a second ": " on the line (quote the value).';
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

interface Properties {
  anchor?: string;
  tag?: string;
}

class Builder {
  private index = 0;
  private cursor = 0;
  private aliases = 0;
  private readonly anchors = new Map<string, TreeNode>();

  constructor(
    private readonly tree: SourceTree,
    private readonly events: Event[],
    private readonly ids: YamlIds,
  ) {}

  document(): TreeNode | null {
    this.index = 1;
    const root = this.peek()?.type === EVENT_ID.POP ? null : this.node();
    const rest = this.events
      .slice(this.index + 1)
      .find((event) => event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.SCALAR);
    if (rest) {
      const start = Math.max(0, rest.type === EVENT_ID.SCALAR ? rest.valueStart : 'start' in rest ? rest.start : 0);
      this.report(start, start + 1, this.ids.syntax, 'A second document begins here; only one is expected in this file.');
    }
    return root;
  }

  private peek(): Event | undefined {
    return this.events[this.index];
  }

  private node(): TreeNode {
    const event = this.events[this.index++];
    if (!event) throw new YAMLException('the file ends too early');
    if (event.type === EVENT_ID.SCALAR) return this.scalar(event);
    if (event.type === EVENT_ID.ALIAS) return this.alias(event.anchorStart, event.anchorEnd);
    if (event.type !== EVENT_ID.MAPPING && event.type !== EVENT_ID.SEQUENCE) throw new YAMLException('something unexpected stands here');
    const flow = event.style === 2;
    const start = event.start;
    this.cursor = flow ? start + 1 : start;
    const properties = this.properties(event);
    const node: TreeNode =
      event.type === EVENT_ID.MAPPING
        ? { kind: 'map', start, end: start, flow, pairs: [], ...properties }
        : { kind: 'seq', start, end: start, flow, items: [], ...properties };
    if (node.kind === 'map') node.pairs = this.pairs();
    else while (this.peek()?.type !== EVENT_ID.POP) node.items.push(this.item(flow));
    this.index++;
    if (flow) this.cursor = this.closing(this.cursor, event.type === EVENT_ID.MAPPING ? '}' : ']');
    node.end = Math.max(this.cursor, start);
    if (properties.anchor) this.anchors.set(properties.anchor, node);
    return node;
  }

  /** An item of a list. The end of an empty one is behind its own dash, so that an edit does not touch its neighbour. */
  private item(flow: boolean): TreeNode {
    const event = this.peek();
    if (!flow && event?.type === EVENT_ID.SCALAR && event.valueStart < 0 && event.anchorStart < 0 && event.tagStart < 0) {
      const dash = this.find('-');
      if (dash >= 0) this.cursor = dash + 1;
    }
    return this.node();
  }

  private pairs(): Pair[] {
    const pairs: Pair[] = [];
    const seen = new Set<string>();
    while (this.peek()?.type !== EVENT_ID.POP) {
      const keyNode = deepKey(this.node());
      if (!keyNode) YAMLException.throwAt(this.tree.text, this.cursor, 'a key cannot be a map or a list here');
      const merge = keyNode.text === '<<' && keyNode.style === 'plain';
      if (seen.has(keyNode.text) && !merge) this.report(keyNode.start, keyNode.end, this.ids.duplicate, `The key "${keyNode.text}" stands here a second time.`);
      seen.add(keyNode.text);
      const colon = this.find(':');
      if (colon >= 0) this.cursor = colon + 1;
      const value = this.node();
      if (merge) this.checkMerge(value);
      pairs.push({ key: keyNode.text, keyNode, value });
    }
    return pairs;
  }

  private checkMerge(value: TreeNode): void {
    const source = value.kind === 'alias' ? value.target : value;
    const parts = source.kind === 'seq' ? source.items : [source];
    if (parts.some((part) => (part.kind === 'alias' ? part.target : part).kind !== 'map'))
      this.report(value.start, value.end, this.ids.syntax, 'Only maps can be merged with <<.');
  }

  private scalar(event: ScalarEvent): ScalarNode {
    const properties = this.properties(event);
    const present = event.valueStart >= 0;
    const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
    const text = present ? getScalarValue(this.tree.text, event) : '';
    let start = present ? event.valueStart : this.cursor;
    let end = present ? event.valueEnd : this.cursor;
    if (quoted) {
      start--;
      end++;
    }
    // The value of a block scalar begins below its header; its node begins at the | or >.
    if (block) {
      start = this.blockHeader(event.valueStart);
      end = this.trimEnd(start, end);
    }
    const node: ScalarNode = {
      kind: 'scalar',
      value: resolve(text, quoted || block, properties.tag),
      text,
      style: quoted ? 'quoted' : block ? 'block' : 'plain',
      present,
      start,
      end,
      ...properties,
    };
    this.cursor = end;
    if (properties.anchor) this.anchors.set(properties.anchor, node);
    return node;
  }

  private alias(start: number, end: number): TreeNode {
    const name = this.tree.text.slice(start, end);
    this.cursor = end;
    const target = this.anchors.get(name);
    const range = { start: start - 1, end };
    if (++this.aliases === MAX_ALIASES + 1) this.report(range.start, end, this.ids.syntax, `More than ${MAX_ALIASES} aliases are used in this file.`);
    if (!target) {
      this.report(range.start, end, this.ids.syntax, `The anchor &${name} is not set before this alias.`);
      return { kind: 'scalar', value: null, text: '', style: 'plain', present: false, ...range };
    }
    return { kind: 'alias', name, target, ...range };
  }

  private properties(event: { anchorStart: number; anchorEnd: number; tagStart: number; tagEnd: number }): Properties {
    const result: Properties = {};
    if (event.anchorStart >= 0) {
      result.anchor = this.tree.text.slice(event.anchorStart, event.anchorEnd);
      this.cursor = Math.max(this.cursor, event.anchorEnd);
    }
    if (event.tagStart >= 0) {
      result.tag = this.tree.text.slice(event.tagStart, event.tagEnd);
      this.cursor = Math.max(this.cursor, event.tagEnd);
    }
    return result;
  }

  /** Offset of `mark` at or after the cursor with only white space and comments between; -1 where something else stands there. */
  private find(mark: string): number {
    const at = this.skip(this.cursor, '');
    return this.tree.text[at] === mark ? at : -1;
  }

  private closing(from: number, mark: string): number {
    const at = this.skip(from, ',?:');
    return this.tree.text[at] === mark ? at + 1 : from;
  }

  private skip(from: number, alsoSkipped: string): number {
    const { text } = this.tree;
    let at = from;
    for (; at < text.length; at++) {
      const c = text.charAt(at);
      if (c === '#') {
        const line = text.indexOf('\n', at);
        if (line < 0) return text.length;
        at = line;
        continue;
      }
      if (!' \t\r\n\ufeff'.includes(c) && !alsoSkipped.includes(c)) return at;
    }
    return at;
  }

  private blockHeader(valueStart: number): number {
    const lineEnd = this.tree.text.lastIndexOf('\n', valueStart - 1);
    const lineStart = this.tree.text.lastIndexOf('\n', lineEnd - 1) + 1;
    const found = /[|>][-+0-9]*[ \t]*(#.*)?\r?$/.exec(this.tree.text.slice(lineStart, lineEnd));
    return found ? lineStart + found.index : valueStart;
  }

  private trimEnd(start: number, end: number): number {
    let at = end;
    while (at > start && ' \t\r\n'.includes(this.tree.text.charAt(at - 1))) at--;
    return at;
  }

  private report(start: number, end: number, id: string, message: string): void {
    this.tree.findings.push(findingAt(this.tree, { start, end }, id, 'error', message));
  }
}

function deepKey(node: TreeNode): ScalarNode | null {
  if (node.kind === 'alias') return deepKey(node.target);
  return node.kind === 'scalar' ? node : null;
}

/** The core schema's value of a plain scalar; anything quoted is text. Numbers beyond the safe range stay text, as ids need. */
function resolve(text: string, literal: boolean, tag: string | undefined): ScalarValue {
  if (tag === '!reset' || tag === '!!null') return null;
  if (literal || tag === '!!str') return text;
  let value: unknown = text;
  for (const kind of [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]) {
    const found: unknown = kind.resolve(text, false, kind.tagName);
    if (found !== NOT_RESOLVED) {
      value = found;
      break;
    }
  }
  if (typeof value === 'number') return Number.isSafeInteger(value) || !Number.isInteger(value) ? value : text;
  return value === null || typeof value === 'boolean' || typeof value === 'string' ? value : text;
}
