import composeSchema from '../../../resources/schemas/compose.schema.json' with { type: 'json' };
import type { ParsedCompose } from '../../extension/compose.ts';
import { nearest } from '../../extension/nearest.ts';
import { deref, entriesOf, lineAndColumn, locate, nameOfKind, type SourceTree } from '../../extension/source-tree.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';
import { kindsInWords, walkSchema, type Schema, type SchemaFault } from '../schema-walk.ts';

const SCHEMA = composeSchema as unknown as Schema;
const SOURCE = 'Compose Specification, JSON schema; measured with Compose 2.26';

/** One walk serves all rules of this file. */
const walked = new WeakMap<ParsedCompose, SchemaFault[]>();

function faultsOf(input: CheckInput): { tree: SourceTree; faults: SchemaFault[] } | null {
  const { compose } = input;
  if (!compose?.tree.root || deref(compose.tree.root).kind !== 'map') return null;
  let faults = walked.get(compose);
  if (!faults) {
    // What the reader says itself is not said again.
    const told = compose.findings.filter((finding) => finding.id === 'compose-type' || finding.id === 'compose-services').map((finding) => finding.line);
    faults = walkSchema(compose.tree.root, SCHEMA).filter(
      (fault) =>
        fault.kind !== 'type' || fault.path.length > 3 || !(told.includes(lineOf(compose.tree, fault.at.start)) || told.includes(keyLine(compose.tree, fault))),
    );
    walked.set(compose, faults);
  }
  return { tree: compose.tree, faults };
}

const lineOf = (tree: SourceTree, offset: number): number => lineAndColumn(tree, offset).line;

function keyLine(tree: SourceTree, fault: SchemaFault): number {
  let node = tree.root;
  let line = 0;
  for (const key of fault.path) {
    const pair = entriesOf(node).find((one) => one.key === key);
    if (!pair) break;
    line = lineOf(tree, pair.keyNode.start);
    node = pair.value;
  }
  return line;
}

/** `"deploy.resources" of the service "app"`: where a path leads, in words. */
export function placeInWords(path: readonly string[]): string {
  const [section = '', name, ...rest] = path;
  const one = { services: 'service', networks: 'network', volumes: 'volume', secrets: 'secret', configs: 'config' }[section];
  if (one === undefined || name === undefined) return `"${path.join('.')}"`;
  return rest.length === 0 ? `the ${one} "${name}"` : `"${rest.join('.')}" of the ${one} "${name}"`;
}

function on(kinds: readonly SchemaFault['kind'][], say: (fault: SchemaFault, tree: SourceTree) => Omit<Found, 'at'>): (input: CheckInput) => Found[] {
  return (input) => {
    const found = faultsOf(input);
    return found
      ? found.faults.filter((fault) => kinds.includes(fault.kind)).map((fault) => ({ at: locate(found.tree, fault.at), ...say(fault, found.tree) }))
      : [];
  };
}

export const COMPOSE_SCHEMA_RULES: readonly Rule[] = [
  {
    id: 'compose-key-unknown',
    severity: 'error',
    title: 'Every key is one that Compose knows',
    source: SOURCE,
    check: on(['unknown'], (fault, tree) => {
      const key = fault.path.at(-1) ?? '';
      const around = fault.path.slice(0, -1);
      const where = around.length === 0 ? 'at the top of a compose file' : `in ${placeInWords(around)}`;
      const meant = nearest(key, fault.known ?? []);
      const misplaced =
        around.length === 0 && entriesOf(fault.node).some((pair) => pair.key === 'image' || pair.key === 'build')
          ? ' It looks like a service: move it in below "services:".'
          : '';
      const fix =
        meant === undefined || misplaced !== '' || fault.at.end - fault.at.start !== key.length
          ? undefined
          : { title: `Rename it to ${meant}`, file: tree.file, edits: [{ offset: fault.at.start, length: key.length, text: meant }] };
      return {
        message: `Compose knows no key "${key}" ${where}, and refuses the file.${misplaced || (meant ? ` Did you mean "${meant}"?` : '')}`,
        ...(fix && { fix }),
      };
    }),
  },
  {
    id: 'compose-name-characters',
    severity: 'error',
    title: 'Names in the compose file have characters that Compose takes',
    source: SOURCE,
    check: on(['name'], (fault) => ({
      message: `"${fault.path.at(-1) ?? ''}" cannot be a name here: Compose takes letters, digits, dots, hyphens and underscores.`,
    })),
  },
  {
    id: 'compose-key-text',
    severity: 'error',
    title: 'Keys of the compose file are text',
    source: 'measured with Compose 2.26: "Non-string key"',
    check: on(['key'], (fault, tree) => {
      const { start, end } = fault.at;
      return {
        message: `The key ${fault.path.at(-1) ?? ''} in ${placeInWords(fault.path.slice(0, -1))} is read as a number or a truth value; put it in quotes.`,
        fix: { title: 'Put it in quotes', file: tree.file, edits: [{ offset: start, length: end - start, text: JSON.stringify(tree.text.slice(start, end)) }] },
      };
    }),
  },
  {
    id: 'compose-value-type',
    severity: 'error',
    title: 'Values of the compose file have their type',
    source: SOURCE,
    check: on(['type'], (fault, tree) => {
      const node = deref(fault.node);
      const quote = node.kind === 'scalar' && node.present && node.style === 'plain' && fault.expected?.includes('string') === true;
      const seconds =
        /(interval|timeout|start_period|grace_period|delay|window)$/.test(fault.path.at(-1) ?? '') && node.kind === 'scalar' && typeof node.value === 'number';
      if (seconds && node.kind === 'scalar')
        return {
          message: `${capital(placeInWords(fault.path))} needs a unit: ${node.text}s is ${node.text} seconds.`,
          fix: { title: `Write ${node.text}s`, file: tree.file, edits: [{ offset: node.end, length: 0, text: 's' }] },
        };
      const fix = quote
        ? { title: 'Put it in quotes', file: tree.file, edits: [{ offset: node.start, length: node.end - node.start, text: JSON.stringify(node.text) }] }
        : undefined;
      return {
        message: `${capital(placeInWords(fault.path))} must be ${kindsInWords(fault.expected ?? [])}; here stands ${nameOfKind(node)}.${quote ? ' Put it in quotes.' : ''}`,
        ...(fix && { fix }),
      };
    }),
  },
  {
    id: 'compose-value',
    severity: 'error',
    title: 'Values of the compose file are ones that Compose takes',
    source: SOURCE,
    check: on(['value'], (fault, tree) => {
      const node = deref(fault.node);
      const text = node.kind === 'scalar' ? node.text : '';
      const meant = nearest(text, fault.known ?? []);
      const fix =
        meant === undefined || node.kind !== 'scalar' || node.end - node.start !== text.length
          ? undefined
          : { title: `Write ${meant}`, file: tree.file, edits: [{ offset: node.start, length: text.length, text: meant }] };
      return {
        message: `${capital(placeInWords(fault.path))} cannot be "${text}": Compose takes ${fault.known?.join(', ') ?? fault.limit ?? 'something else'}.`,
        ...(fix && { fix }),
      };
    }),
  },
  {
    id: 'compose-key-missing',
    severity: 'error',
    title: 'Nothing that Compose requires is missing',
    source: SOURCE,
    check: on(['missing'], (fault) => ({ message: `${capital(placeInWords(fault.path.slice(0, -1)))} needs "${fault.path.at(-1) ?? ''}".` })),
  },
];

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
