import type { Finding } from '../checks/finding.ts';
import type { ComposeFileSource, ComposeModel } from './compose-model.ts';
import { readService } from './compose-service.ts';
import { usesVariables } from './interpolate.ts';
import {
  deref,
  entriesOf,
  findingAt,
  isNull,
  itemsOf,
  nameOfKind,
  nodeAt,
  placed,
  placedText,
  type PlacedText,
  type SourceTree,
  type TreeNode,
} from './source-tree.ts';
import { parseYamlTree } from './yaml-tree.ts';

export type { ComposeModel, ComposeService } from './compose-model.ts';
export { filesNamedBy, imagesOf } from './compose-files.ts';
export { interpolate, parseDotEnv } from './interpolate.ts';

export interface ParsedCompose {
  model: ComposeModel | null;
  tree: SourceTree;
  findings: Finding[];
}

/**
 * Reads a compose file. `model` is null where the YAML is broken or no map of services stands in it. What Compose itself
 * refuses by type (a list that is empty text, a service that is a list) is a finding `compose-type` of severity error.
 */
export function parseCompose(text: string, file: string): ParsedCompose {
  const tree = parseYamlTree(text, file, { syntax: 'compose-yaml', duplicate: 'compose-key-duplicate' });
  const findings = [...tree.findings];
  if (tree.findings.some((finding) => finding.id === 'compose-yaml')) return { model: null, tree, findings };
  if (!tree.root || isNull(tree.root)) {
    findings.push(findingAt(tree, { start: 0, end: 0 }, 'compose-yaml', 'error', 'The compose file is empty.'));
    return { model: null, tree, findings };
  }
  if (deref(tree.root).kind !== 'map') {
    findings.push(
      findingAt(tree, tree.root, 'compose-yaml', 'error', `A compose file is a map that begins with "services:"; here stands ${nameOfKind(tree.root)}.`),
    );
    return { model: null, tree, findings };
  }
  const model = readModel(tree, tree.root, findings);
  return { model, tree, findings };
}

function readModel(tree: SourceTree, root: TreeNode, findings: Finding[]): ComposeModel | null {
  const services = nodeAt(root, 'services');
  const includes = readIncludes(tree, root);
  if (!services && includes.length === 0) {
    findings.push(findingAt(tree, { start: root.start, end: root.start }, 'compose-services', 'error', 'The compose file has no services.'));
    return null;
  }
  if (services && services.kind !== 'map') {
    findings.push(findingAt(tree, services, 'compose-type', 'error', `"services" must be a map of services; here stands ${nameOfKind(services)}.`));
    return null;
  }
  if (services && services.pairs.length === 0 && includes.length === 0)
    findings.push(findingAt(tree, services, 'compose-services', 'error', 'The compose file has no services.'));
  const name = placedText(tree, nodeAt(root, 'name'));
  const version = placedText(tree, nodeAt(root, 'version'));
  return {
    file: tree.file,
    ...(name && { name }),
    ...(version && { version }),
    services: entriesOf(services).map((pair) => readService(tree, pair, findings)),
    configs: readSources(tree, nodeAt(root, 'configs')),
    secrets: readSources(tree, nodeAt(root, 'secrets')),
    volumes: entriesOf(nodeAt(root, 'volumes')).map((pair) => pair.key),
    networks: entriesOf(nodeAt(root, 'networks')).map((pair) => pair.key),
    includes,
    variables: variablesIn(tree, root),
  };
}

function readIncludes(tree: SourceTree, root: TreeNode): PlacedText[] {
  return itemsOf(nodeAt(root, 'include')).flatMap((item) => {
    const paths = nodeAt(item, 'path') ?? deref(item);
    const list = paths.kind === 'seq' ? paths.items : [paths];
    return list.flatMap((node) => placedText(tree, node) ?? []);
  });
}

function readSources(tree: SourceTree, node: TreeNode | undefined): ComposeFileSource[] {
  return entriesOf(node).map((pair) => {
    const file = placedText(tree, nodeAt(pair.value, 'file'));
    return { name: pair.key, ...placed(tree, pair.keyNode), ...(file && { file }) };
  });
}

/** Walks the source once, not the aliases, so that nested aliases cost nothing. */
function variablesIn(tree: SourceTree, node: TreeNode): PlacedText[] {
  if (node.kind === 'map') return node.pairs.flatMap((pair) => variablesIn(tree, pair.value));
  if (node.kind === 'seq') return node.items.flatMap((item) => variablesIn(tree, item));
  return node.kind === 'scalar' && usesVariables(node.text) ? [{ text: node.text, ...placed(tree, node) }] : [];
}
