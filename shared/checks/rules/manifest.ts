import type { SourceLocation } from '../../errors/codes.ts';
import { MANIFEST_KEYS, nameProblem, versionProblem, type NameProblem } from '../../extension/manifest.ts';
import { nearest } from '../../extension/nearest.ts';
import { entriesOf, itemsOf, locate, pairOf, textOf, type Pair } from '../../extension/source-tree.ts';
import { TARGETS } from '../../extension/targets.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';

const DOC = 'SDK documentation, "Extension Structure"';

/** The pair of a key of the manifest, where the manifest could be read. */
export function manifestPair(input: CheckInput, key: string): Pair | undefined {
  return input.manifest?.manifest ? pairOf(input.manifest.tree.root, key) : undefined;
}

/** Where a key's value stands; the head of the file where the key is missing. */
export function manifestPlace(input: CheckInput, pair: Pair | undefined): SourceLocation {
  const tree = input.manifest?.tree;
  if (!tree) return { file: 'manifest.json' };
  return pair ? locate(tree, pair.value) : { file: tree.file, line: 1, column: 1 };
}

function nameRule(kind: NameProblem['kind']): (input: CheckInput) => Found[] {
  return (input) => {
    const pair = manifestPair(input, 'extension_name');
    const name = input.manifest?.manifest?.extension_name;
    const problem = pair && name !== undefined ? nameProblem(name) : null;
    if (!pair || !problem || problem.kind !== kind) return [];
    const { start, end } = pair.value;
    const fix =
      problem.suggestion === undefined
        ? undefined
        : {
            title: `Call it ${problem.suggestion}`,
            file: manifestPlace(input, pair).file,
            edits: [{ offset: start, length: end - start, text: JSON.stringify(problem.suggestion) }],
            needsReview: true as const,
          };
    return [{ message: problem.message, at: manifestPlace(input, pair), ...(fix && { fix }) }];
  };
}

/** One finding at a key's value (or the head of the file), where `test` gives a message. */
function onText(key: string, test: (value: string | undefined, input: CheckInput) => string | null): (input: CheckInput) => Found[] {
  return (input) => {
    const manifest = input.manifest?.manifest;
    const pair = manifestPair(input, key);
    const value = manifest?.[key];
    if (!manifest || (pair && typeof value !== 'string')) return [];
    const message = test(typeof value === 'string' ? value : undefined, input);
    return message === null ? [] : [{ message, at: manifestPlace(input, pair) }];
  };
}

/** True for the text that stands in the SDK's template until somebody replaces it. */
export function isTemplateText(text: string): boolean {
  return text === 'name_of_extension' || text === 'Short description of extension' || /^path\/to\//.test(text) || /(^|[^${])\{[A-Za-z_]+\}(?!\})/.test(text);
}

export const MANIFEST_RULES: readonly Rule[] = [
  { id: 'manifest-name-empty', severity: 'error', title: "The extension's name is not empty", source: DOC, check: nameRule('empty') },
  {
    id: 'manifest-name-characters',
    severity: 'error',
    title: "The extension's name has letters, digits, hyphens and underscores only",
    source: `${DOC}; a name with others cannot be removed in the portal`,
    check: nameRule('characters'),
  },
  {
    id: 'manifest-name-reserved',
    severity: 'error',
    title: "The extension's name does not contain coreio or mission_control",
    source: DOC,
    check: nameRule('reserved'),
  },
  {
    id: 'manifest-name-upper-case',
    severity: 'hint',
    title: "The extension's name is in lower case",
    source: 'measured: Compose lowers a project name taken from a folder',
    check: nameRule('upper-case'),
  },
  {
    id: 'manifest-name-missing',
    severity: 'hint',
    title: 'The manifest has an extension_name',
    source: DOC,
    check: onText('extension_name', (value) =>
      value === undefined
        ? 'Without "extension_name" the name of the .spx file becomes the extension\'s name, so renaming the file makes another extension.'
        : null,
    ),
  },
  {
    id: 'manifest-version-missing',
    severity: 'warning',
    title: 'The manifest has a version',
    source: DOC,
    check: onText('version', (value) =>
      value === undefined || value.trim() === '' ? 'Without "version" nobody can tell two releases of the extension apart.' : null,
    ),
  },
  {
    id: 'manifest-version-format',
    severity: 'hint',
    title: 'The version is X.Y.Z',
    source: 'build_extension.py of the SDK; published extensions with "1.0" work',
    check: onText('version', (value) => (value === undefined || value.trim() === '' ? null : versionProblem(value))),
  },
  {
    id: 'manifest-description-missing',
    severity: 'hint',
    title: 'The manifest has a description',
    source: DOC,
    check: onText('description', (value) =>
      value === undefined || value.trim() === '' ? 'A short "description" tells people in the portal what the extension does.' : null,
    ),
  },
  {
    id: 'manifest-target-value',
    severity: 'error',
    title: 'installation_target is spot or orbit',
    source: 'build_extension.py of the SDK',
    check: onText('installation_target', (value) =>
      value === undefined || value === 'spot' || value === 'orbit' ? null : `"installation_target" is "${value}"; it must be "spot" or "orbit".`,
    ),
  },
  {
    id: 'manifest-target-mismatch',
    severity: 'warning',
    title: 'installation_target is the target that is packed for',
    source: 'field report: a wrong installation_target uploads and does not work',
    check: onText('installation_target', (value, input) => {
      const wanted = TARGETS[input.target].installationTarget;
      const said = value ?? 'spot';
      if (wanted === undefined || said === wanted || (said !== 'spot' && said !== 'orbit')) return null;
      return `The package is for ${TARGETS[input.target].title}, and the manifest ${value === undefined ? 'names no "installation_target", which means "spot"' : `says "${value}"`}: it should be "${wanted}".`;
    }),
  },
  {
    id: 'manifest-key-extension-target',
    severity: 'warning',
    title: 'The key is installation_target, not extension_target',
    source: "the SDK's README has it wrong, its code reads installation_target",
    check: (input) => {
      const pair = manifestPair(input, 'extension_target');
      const tree = input.manifest?.tree;
      if (!pair || !tree) return [];
      const { start, end } = pair.keyNode;
      const fix = {
        title: 'Rename it to installation_target',
        file: tree.file,
        edits: [{ offset: start, length: end - start, text: '"installation_target"' }],
      };
      const free = manifestPair(input, 'installation_target') === undefined;
      return [
        { message: '"extension_target" is not read by anything; the key is "installation_target".', at: locate(tree, pair.keyNode), ...(free && { fix }) },
      ];
    },
  },
  {
    id: 'manifest-key-unknown',
    severity: 'warning',
    title: 'Keys of the manifest are known ones',
    source: 'keys of all published manifests',
    check: (input) => {
      const tree = input.manifest?.manifest ? input.manifest.tree : undefined;
      if (!tree) return [];
      return entriesOf(tree.root)
        .filter(({ key }) => !Object.hasOwn(MANIFEST_KEYS, key) && key !== 'extension_target')
        .map(({ key, keyNode }) => {
          const meant = nearest(key, Object.keys(MANIFEST_KEYS));
          const free = meant !== undefined && manifestPair(input, meant) === undefined;
          const fix = free
            ? {
                title: `Rename it to ${meant}`,
                file: tree.file,
                edits: [{ offset: keyNode.start, length: keyNode.end - keyNode.start, text: JSON.stringify(meant) }],
              }
            : undefined;
          return {
            message: `"${key}" is in no published manifest and is probably not read.${meant ? ` Did you mean "${meant}"?` : ''}`,
            at: locate(tree, keyNode),
            ...(fix && { fix }),
          };
        });
    },
  },
  {
    id: 'manifest-date-format',
    severity: 'warning',
    title: 'The date is in ISO 8601',
    source: 'build_extension.py of the SDK',
    check: onText('date', (value) =>
      value === undefined || /^\d{4}-\d\d-\d\d([T ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$/.test(value)
        ? null
        : `"${value}" is not a date like 2025-06-01T12:00:00.`,
    ),
  },
  {
    id: 'manifest-placeholder',
    severity: 'warning',
    title: 'Nothing of the template is left in the manifest',
    source: 'template manifest of the SDK',
    check: (input) => {
      const tree = input.manifest?.manifest ? input.manifest.tree : undefined;
      if (!tree) return [];
      return entriesOf(tree.root)
        .flatMap(({ key, value }) =>
          [value, ...itemsOf(value)].flatMap((node) => {
            const text = textOf(node);
            return text !== undefined && isTemplateText(text) ? [{ message: `"${key}" still has the template's text: ${text}`, at: locate(tree, node) }] : [];
          }),
        )
        .map((found, i) => (i === 0 ? found : { ...found, severity: 'hint' as const }));
    },
  },
];
