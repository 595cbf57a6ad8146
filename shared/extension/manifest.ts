import type { Finding } from '../checks/finding.ts';
import { parseJsonTree } from './json-tree.ts';
import { deref, entriesOf, findingAt, nameOfKind, dataOf, type SourceTree, type TreeNode } from './source-tree.ts';
import { targetOfManifest, type TargetId } from './targets.ts';

/** A manifest.json as the portal reads it (reference: SDK docs "Extension Structure"). Unknown keys are kept. */
export interface Manifest {
  extension_name?: string;
  description?: string;
  version?: string;
  icon?: string;
  udev_rules?: string;
  images?: string[];
  installation_target?: string;
  files_to_save?: string[];
  directories_to_save?: string[];
  date?: string;
  [key: string]: unknown;
}

/** Keys that stand in published manifests, with the kind of their value. */
export const MANIFEST_KEYS = {
  extension_name: 'text',
  description: 'text',
  version: 'text',
  icon: 'text',
  udev_rules: 'text',
  installation_target: 'text',
  date: 'text',
  images: 'texts',
  files_to_save: 'texts',
  directories_to_save: 'texts',
} as const;

/** Names that the extension's own name must not contain (SDK documentation, "Extension Structure"). */
const RESERVED_NAME_PARTS = ['coreio', 'mission_control'] as const;

export interface ParsedManifest {
  manifest: Manifest | null;
  tree: SourceTree;
  findings: Finding[];
}

/**
 * Reads a manifest.json. `manifest` is null where the JSON is broken or not an object. A known key of the wrong type is a
 * finding and is left out of `manifest`, so that its fields have the types they declare. Names and versions are judged by the
 * rules in shared/checks, with `nameProblem` and `versionProblem`.
 */
export function parseManifest(text: string, file: string): ParsedManifest {
  const tree = parseJsonTree(text, file, { syntax: 'manifest-json', duplicate: 'manifest-key-duplicate', mark: 'manifest-byte-order-mark' });
  const findings = [...tree.findings];
  if (!tree.root || findings.some((finding) => finding.severity === 'error')) return { manifest: null, tree, findings };
  if (tree.root.kind !== 'map') {
    findings.push(findingAt(tree, tree.root, 'manifest-json', 'error', `A manifest is a JSON object in braces; here stands ${nameOfKind(tree.root)}.`));
    return { manifest: null, tree, findings };
  }
  const manifest: Manifest = {};
  for (const { key, value } of entriesOf(tree.root)) {
    const kind = Object.hasOwn(MANIFEST_KEYS, key) ? MANIFEST_KEYS[key as keyof typeof MANIFEST_KEYS] : undefined;
    const wrong = kind && wrongKind(kind, value);
    if (wrong)
      findings.push(
        findingAt(
          tree,
          wrong,
          'manifest-field-type',
          'error',
          `"${key}" must be ${kind === 'text' ? 'text in double quotes' : 'a list of texts'}; here stands ${nameOfKind(wrong)}.`,
        ),
      );
    else Object.defineProperty(manifest, key, { value: dataOf(value), enumerable: true, writable: true, configurable: true });
  }
  return { manifest, tree, findings };
}

function wrongKind(kind: 'text' | 'texts', node: TreeNode): TreeNode | null {
  const at = deref(node);
  if (kind === 'text') return at.kind === 'scalar' && typeof at.value === 'string' ? null : at;
  if (at.kind !== 'seq') return at;
  return at.items.find((item) => !(item.kind === 'scalar' && typeof item.value === 'string')) ?? null;
}

export interface NameProblem {
  kind: 'empty' | 'characters' | 'reserved' | 'upper-case';
  message: string;
  suggestion?: string;
}

/**
 * What is wrong with an extension's name, worst first; null where nothing is. Upper case is legal (published extensions have
 * it) and only advised against: Compose lowers a project name taken from a folder, so container names differ from it.
 */
export function nameProblem(name: string): NameProblem | null {
  if (name === '') return { kind: 'empty', message: 'The extension needs a name.' };
  if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    return { kind: 'characters', message: `The name "${name}" may hold only letters, digits, hyphens and underscores.`, suggestion: legalName(name) };
  }
  const reserved = RESERVED_NAME_PARTS.find((part) => name.includes(part));
  if (reserved)
    return { kind: 'reserved', message: `The name "${name}" contains "${reserved}", which the robot keeps for itself.`, suggestion: legalName(name) };
  if (name !== name.toLowerCase())
    return { kind: 'upper-case', message: `The name "${name}" has capitals; its containers will be named in lower case.`, suggestion: legalName(name) };
  return null;
}

/** A legal, lower-case name made from any text, e.g. a folder's name: "My Coreio App (2)" gives "my-app-2". Never empty. */
export function legalName(text: string): string {
  let name = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  for (const part of RESERVED_NAME_PARTS) name = name.replaceAll(part, '-');
  name = name
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '')
    .slice(0, 60)
    .replace(/[-_]+$/, '');
  // Two halves can join into a reserved word again.
  return name === '' || RESERVED_NAME_PARTS.some((part) => name.includes(part)) ? 'extension' : name;
}

/** What is wrong with a version, or null. The SDK's packing script asks for X.Y.Z; published extensions also have "1.0". */
export function versionProblem(version: string): string | null {
  if (version.trim() === '') return 'The extension needs a version, such as 0.1.0.';
  return /^\d+\.\d+\.\d+$/.test(version) ? null : `The version "${version}" should be three numbers, X.Y.Z.`;
}

/** The target that a manifest is for; Spot where it does not say. */
export function targetOf(manifest: Manifest | null): TargetId {
  return targetOfManifest(manifest?.installation_target);
}
