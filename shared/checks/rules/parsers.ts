import type { Rule } from '../rule.ts';

const SPEC = 'Compose Specification';
const JSON_SOURCE = 'RFC 8259; the portal answers "invalid json response" to broken files (field report)';
const RECIPE = 'docs/recipe.md';

/** Reported by the parsers of shared/extension while they read. */
export const PARSER_RULES: readonly Rule[] = [
  { id: 'manifest-json', severity: 'error', title: 'manifest.json is one JSON object', source: JSON_SOURCE },
  {
    id: 'manifest-byte-order-mark',
    severity: 'warning',
    title: 'manifest.json begins without a byte order mark',
    source: "RFC 8259, 8.1; Python's json refuses one",
  },
  { id: 'manifest-key-duplicate', severity: 'warning', title: 'A key of manifest.json stands once', source: 'RFC 8259, 4' },
  { id: 'manifest-field-type', severity: 'error', title: 'Known keys of manifest.json have their type', source: 'SDK documentation, "Extension Structure"' },
  { id: 'compose-yaml', severity: 'error', title: 'docker-compose.yml is one YAML map', source: SPEC },
  { id: 'compose-key-duplicate', severity: 'error', title: 'A key of docker-compose.yml stands once', source: 'YAML 1.2, 3.2.1.3; Compose refuses it' },
  { id: 'compose-services', severity: 'error', title: 'docker-compose.yml has services', source: SPEC },
  { id: 'compose-type', severity: 'error', title: 'Keys of a service have their type', source: `${SPEC}; measured with Compose 2.26` },
  { id: 'recipe-yaml', severity: 'error', title: 'gangway.yaml is one YAML map', source: RECIPE },
  { id: 'recipe-key-duplicate', severity: 'error', title: 'A key of gangway.yaml stands once', source: RECIPE },
  { id: 'recipe-key-unknown', severity: 'error', title: 'gangway.yaml has only known keys', source: RECIPE },
  { id: 'recipe-type', severity: 'error', title: 'Values of gangway.yaml have their type', source: RECIPE },
  { id: 'recipe-version', severity: 'error', title: 'gangway.yaml says recipe: 1', source: RECIPE },
  { id: 'recipe-target', severity: 'error', title: 'The target of gangway.yaml is known', source: RECIPE },
  { id: 'recipe-platform', severity: 'error', title: 'The platform of gangway.yaml is known', source: RECIPE },
  { id: 'recipe-reference', severity: 'error', title: 'Tags of gangway.yaml are names that images can have', source: 'distribution reference grammar' },
  { id: 'recipe-path', severity: 'error', title: 'Paths of gangway.yaml are relative and stay where they must', source: RECIPE },
];
