import { deref, entriesOf, type Range, type ScalarNode, type TreeNode } from '../extension/source-tree.ts';
import { usesVariables } from '../extension/interpolate.ts';

/** The part of JSON Schema (draft 7) that the Compose Specification uses. */
export interface Schema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  $ref?: string;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  definitions?: Record<string, Schema>;
}

/**
 * One place that the schema refuses. `path`: keys (and indexes) from the root to it. `known`: keys or values that could stand there. `expected`: kinds that
 * could. `keys`: what the map around it has already.
 */
export interface SchemaFault {
  kind: 'type' | 'unknown' | 'name' | 'key' | 'missing' | 'value';
  path: string[];
  at: Range;
  node: TreeNode;
  known?: string[];
  expected?: string[];
  limit?: string;
}

/** More than this many faults help nobody, and a hostile file could have millions. */
const MOST = 100;

/**
 * Compares a positioned tree with a schema, as Compose does after it has filled in variables: a text with a variable can become any scalar,
 * `!reset` can stand anywhere, merged keys count. Of several alternatives the one that fits best speaks, so one mistake is one fault. Each
 * node is compared once per schema, so aliases cost nothing. Duplicate items are no fault: Compose merges them (measured, 2.26).
 */
export function walkSchema(root: TreeNode, schema: Schema): SchemaFault[] {
  return new Walker(schema).check(root, schema, []);
}

class Walker {
  private readonly seen = new Map<TreeNode, Map<Schema, SchemaFault[]>>();

  constructor(private readonly root: Schema) {}

  check(node: TreeNode, wanted: Schema, path: string[]): SchemaFault[] {
    const at = deref(node);
    const schema = this.resolve(wanted);
    const known = this.seen.get(at) ?? new Map<Schema, SchemaFault[]>();
    const before = known.get(schema);
    if (before) return before;
    this.seen.set(at, known);
    // A map that merges itself ends here.
    known.set(schema, []);
    const faults = this.compare(at, schema, path).slice(0, MOST);
    known.set(schema, faults);
    return faults;
  }

  private compare(node: Exclude<TreeNode, { kind: 'alias' }>, schema: Schema, path: string[]): SchemaFault[] {
    if (node.tag === '!reset') return [];
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices) return this.choose(node, choices, path);
    if (schema.type !== undefined && !fitsType(node, typesOf(schema))) return [fault('type', path, node, { expected: typesOf(schema) })];
    if (node.kind === 'map') return this.map(node, schema, path);
    if (node.kind === 'seq') return schema.items ? node.items.flatMap((item, i) => this.check(item, schema.items ?? {}, [...path, String(i)])) : [];
    return usesVariables(node.text) ? [] : scalarFaults(node, schema, path);
  }

  private choose(node: Exclude<TreeNode, { kind: 'alias' }>, choices: readonly Schema[], path: string[]): SchemaFault[] {
    const flat = choices.map((choice) => this.resolve(choice));
    const fitting = flat.filter((choice) => choice.oneOf || choice.anyOf || choice.type === undefined || fitsType(node, typesOf(choice)));
    if (fitting.length === 0) return [fault('type', path, node, { expected: flat.flatMap(typesOf) })];
    const answers = fitting.map((choice) => this.check(node, choice, path));
    // Nearest: what gets deepest into the value before it stumbles, then what stumbles least.
    const best = answers.toSorted((a, b) => (a.length === 0 || b.length === 0 ? a.length - b.length : deepest(b) - deepest(a) || a.length - b.length))[0];
    return best ?? [];
  }

  private map(node: Extract<TreeNode, { kind: 'map' }>, schema: Schema, path: string[]): SchemaFault[] {
    const faults: SchemaFault[] = [];
    const patterns = Object.entries(schema.patternProperties ?? {}).map(([pattern, child]) => [new RegExp(pattern), child] as const);
    const entries = entriesOf(node);
    for (const { key, keyNode, value } of entries) {
      const below = [...path, key];
      const own = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
      const children = [...(own ? [own] : []), ...patterns.filter(([pattern]) => pattern.test(key)).map(([, child]) => child)];
      if (typeof keyNode.value !== 'string' && !key.startsWith('x-')) faults.push({ kind: 'key', path: below, at: keyNode, node: keyNode });
      for (const child of children) faults.push(...this.check(value, child, below));
      if (children.length > 0) continue;
      if (schema.additionalProperties === false)
        faults.push({
          kind: schema.properties ? 'unknown' : 'name',
          path: below,
          at: keyNode,
          node: value,
          ...(schema.properties && { known: Object.keys(schema.properties).filter((name) => !entries.some((entry) => entry.key === name)) }),
        });
      else if (typeof schema.additionalProperties === 'object') faults.push(...this.check(value, schema.additionalProperties, below));
    }
    for (const key of schema.required ?? []) if (!entries.some((entry) => entry.key === key)) faults.push(fault('missing', [...path, key], node));
    return faults;
  }

  private resolve(schema: Schema): Schema {
    let at = schema;
    for (let i = 0; at.$ref !== undefined && i < 10; i++) {
      const name = at.$ref.replace(/^#\/definitions\//, '');
      const target = this.root.definitions && Object.hasOwn(this.root.definitions, name) ? this.root.definitions[name] : undefined;
      if (!target) return {};
      at = target;
    }
    return at;
  }
}

const fault = (kind: SchemaFault['kind'], path: string[], node: TreeNode, more: Partial<SchemaFault> = {}): SchemaFault => ({
  kind,
  path,
  at: { start: node.start, end: node.end },
  node,
  ...more,
});

const deepest = (faults: readonly SchemaFault[]): number => Math.max(0, ...faults.map((one) => one.path.length));

function typesOf(schema: Schema): string[] {
  return schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type;
}

function fitsType(node: Exclude<TreeNode, { kind: 'alias' }>, types: readonly string[]): boolean {
  if (types.length === 0) return true;
  if (node.kind === 'map') return types.includes('object');
  if (node.kind === 'seq') return types.includes('array');
  if (usesVariables(node.text)) return types.some((type) => type !== 'object' && type !== 'array');
  if (node.value === null) return types.includes('null');
  if (typeof node.value === 'boolean') return types.includes('boolean');
  if (typeof node.value === 'number') return types.includes('number') || (types.includes('integer') && Number.isInteger(node.value));
  // A number too large to be kept exactly is text in the tree.
  if (node.style === 'plain' && node.tag === undefined && /^[-+]?\d{16,}$/.test(node.text))
    return types.some((type) => type === 'number' || type === 'integer');
  return types.includes('string') || castsTo(node.text, types);
}

/** Compose turns a text into what its key takes (`tty: "yes"`, `cpus: "0.5"`), where the text says one. */
function castsTo(text: string, types: readonly string[]): boolean {
  if (types.includes('boolean') && isBoolean(text)) return true;
  return (types.includes('number') && /^[-+]?(\d+\.?\d*|\.\d+)$/.test(text)) || (types.includes('integer') && /^[-+]?\d+$/.test(text));
}

const isBoolean = (text: string): boolean => /^(1|0|t|f|y|n|true|false|yes|no|on|off)$/i.test(text);

function scalarFaults(node: ScalarNode, schema: Schema, path: string[]): SchemaFault[] {
  const allowed = schema.enum;
  if (allowed && !allowed.includes(node.value)) return [fault('value', path, node, { known: allowed.map(String) })];
  const types = typesOf(schema);
  if (types.length === 2 && types.includes('boolean') && types.includes('string') && typeof node.value === 'string' && !isBoolean(node.value))
    return [fault('value', path, node, { known: ['true', 'false'] })];
  if (schema.pattern !== undefined && typeof node.value === 'string' && !new RegExp(schema.pattern).test(node.value))
    return [fault('value', path, node, { limit: `something like ${schema.pattern}` })];
  const number = typeof node.value === 'number' ? node.value : /^-?\d+$/.test(node.text) ? Number(node.text) : undefined;
  if (number !== undefined && schema.minimum !== undefined && number < schema.minimum)
    return [fault('value', path, node, { limit: `at least ${schema.minimum}` })];
  if (number !== undefined && schema.maximum !== undefined && number > schema.maximum)
    return [fault('value', path, node, { limit: `at most ${schema.maximum}` })];
  return [];
}

/** How a message names the kinds that could stand somewhere: "a list or a map". */
export function kindsInWords(types: readonly string[]): string {
  const words: Record<string, string> = {
    object: 'a map',
    array: 'a list',
    string: 'text',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
    null: 'nothing',
  };
  const distinct = [...new Set(types.filter((type) => type !== 'null' || types.length === 1).map((type) => words[type] ?? type))];
  return distinct.length < 2 ? (distinct[0] ?? 'nothing') : `${distinct.slice(0, -1).join(', ')} or ${distinct.at(-1) ?? ''}`;
}
