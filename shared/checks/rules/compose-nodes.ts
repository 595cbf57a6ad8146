import type { ParsedCompose } from '../../extension/compose.ts';
import type { ComposeService } from '../../extension/compose-model.ts';
import { interpolate, type Variables } from '../../extension/interpolate.ts';
import { deref, entriesOf, locate, nodeAt, pairOf, textOf, type Pair, type Range, type SourceTree, type TreeNode } from '../../extension/source-tree.ts';
import type { CheckInput, Found } from '../rule.ts';

const NONE: Variables = new Map();

/** One service as it stands in the file: `pair` is its name and body; `at` looks a path of keys up, merge keys applied. */
export interface ServiceNode {
  name: string;
  pair: Pair /** As the reader understood it. */;
  model?: ComposeService;
  at(...path: string[]): TreeNode | undefined;
  key(key: string): Pair | undefined;
}

/** Every rule asks for them; they are found once. */
const known = new WeakMap<ParsedCompose, { tree: SourceTree; services: ServiceNode[] }>();

/** The services of a compose file whose YAML could be read. Those that are no maps are left to their own rule. */
export function serviceNodes(input: CheckInput): { tree: SourceTree; services: ServiceNode[] } {
  const { compose } = input;
  if (!compose?.tree.root || !compose.model) return { tree: compose?.tree ?? { file: 'docker-compose.yml', text: '', root: null, findings: [] }, services: [] };
  const before = known.get(compose);
  if (before) return before;
  const models = new Map(compose.model.services.map((service) => [service.name, service]));
  const services = entriesOf(nodeAt(compose.tree.root, 'services'))
    .filter((pair) => deref(pair.value).kind === 'map')
    .map((pair): ServiceNode => {
      const model = models.get(pair.key);
      return { name: pair.key, pair, ...(model && { model }), at: (...path) => nodeAt(pair.value, ...path), key: (key) => pairOf(pair.value, key) };
    });
  const found = { tree: compose.tree, services };
  known.set(compose, found);
  return found;
}

/** What `say` finds in each service; the place is a range of the compose file. */
export function perService(
  say: (service: ServiceNode, input: CheckInput, tree: SourceTree) => (Omit<Found, 'at'> & { range: Range })[],
): (input: CheckInput) => Found[] {
  return (input) => {
    const { tree, services } = serviceNodes(input);
    return services.flatMap((service) => say(service, input, tree).map(({ range, ...found }) => ({ ...found, at: locate(tree, range) })));
  };
}

/** The text of a node with its variables filled in; undefined where there is none, or one is not known here. */
export function settled(node: TreeNode | undefined, input: CheckInput): string | undefined {
  const raw = textOf(node);
  if (raw === undefined) return undefined;
  const { text, missing, error } = interpolate(raw, input.variables ?? NONE);
  return missing.length > 0 || error !== undefined ? undefined : text;
}

/** "a", "b" and "c". */
export function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return quoted.length < 2 ? (quoted[0] ?? '') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1) ?? ''}`;
}

/** The spaces before a key that stands first on its line; null where it does not (flow style). */
export function indentOf(tree: SourceTree, key: Range): string | null {
  const from = tree.text.lastIndexOf('\n', key.start - 1) + 1;
  const before = tree.text.slice(from, key.start).replace(/^\ufeff/, '');
  return /^ *$/.test(before) ? before : null;
}

/** Offset behind the line break of the line on which a node ends, and the text to put before it where the file ends without one. */
export function lineAfter(tree: SourceTree, offset: number): { offset: number; prefix: string; newline: string } {
  const newline = tree.text.includes('\r\n') ? '\r\n' : '\n';
  const at = tree.text.indexOf('\n', offset);
  return at < 0 ? { offset: tree.text.length, prefix: newline, newline } : { offset: at + 1, prefix: '', newline };
}
