import { interpolate, type Variables } from '../../extension/interpolate.ts';
import { locate, type SourceTree, type TreeNode } from '../../extension/source-tree.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';

const NONE: Variables = new Map();

function eachScalar(node: TreeNode, visit: (text: string, node: TreeNode) => Found[]): Found[] {
  if (node.kind === 'map') return node.pairs.flatMap((pair) => eachScalar(pair.value, visit));
  if (node.kind === 'seq') return node.items.flatMap((item) => eachScalar(item, visit));
  return node.kind === 'scalar' ? visit(node.text, node) : [];
}

/** `{NAME}` as templates have it: not `${NAME}`, not `{{.Name}}`, not JSON. */
export function placeholderIn(text: string): string | undefined {
  return /(^|[^${])(\{[A-Za-z][A-Za-z0-9_]*\})(?!\})/.exec(text)?.[2];
}

/** The tree of a compose file that could be read. */
export function composeTree(input: CheckInput): SourceTree | undefined {
  return input.compose?.model ? input.compose.tree : undefined;
}

export const COMPOSE_RULES: readonly Rule[] = [
  {
    id: 'compose-variable-unset',
    severity: 'warning',
    title: 'Every variable of the compose file has a value',
    source: 'Compose Specification, "Interpolation"; Compose reads the .env beside the file',
    check: (input) =>
      (input.compose?.model?.variables ?? []).flatMap((use) => {
        const { missing, error } = interpolate(use.text, input.variables ?? NONE);
        const tree = composeTree(input);
        if (missing.length === 0 || !tree) return [];
        return [
          {
            message:
              error !== undefined
                ? `${error} No .env beside the compose file sets it, so Compose refuses the file unless the environment does.`
                : `${[...new Set(missing)].join(', ')} is not set: no .env beside the compose file has it, so nothing stands in its place.`,
            at: locate(tree, use.range),
          },
        ];
      }),
  },
  {
    id: 'compose-variable-syntax',
    severity: 'error',
    title: 'Variables of the compose file are written as Compose reads them',
    source: 'Compose Specification, "Interpolation"',
    check: (input) => {
      const tree = composeTree(input);
      if (!tree?.root) return [];
      return eachScalar(tree.root, (text, node) => {
        const { error, missing } = interpolate(text, input.variables ?? NONE);
        return error !== undefined && missing.length === 0 ? [{ message: error, at: locate(tree, node) }] : [];
      });
    },
  },
  {
    id: 'compose-credentials',
    severity: 'warning',
    title: 'No robot password stands in the compose file',
    source: 'anybody who holds the .spx can read it',
    check: (input) =>
      (input.compose?.model?.services ?? []).flatMap((service) =>
        service.environment.flatMap((variable) => {
          const tree = composeTree(input);
          const literal = variable.value !== null && variable.value !== '' && interpolate(variable.value, NONE).used.length === 0;
          if (!tree || !literal || placeholderIn(variable.value ?? '') || !/^BOSDYN_CLIENT_(USERNAME|PASSWORD)$/.test(variable.name)) return [];
          return [
            {
              message: `${variable.name} of the service "${service.name}" stands in the compose file, where everybody who holds the package can read it. Use the payload's credentials file, or keep it on the robot.`,
              at: locate(tree, variable.range),
            },
          ];
        }),
      ),
  },
  {
    id: 'compose-placeholder',
    severity: 'warning',
    title: 'Nothing of a template is left in the compose file',
    source: 'templates and examples of the SDK',
    check: (input) => {
      const tree = composeTree(input);
      if (!tree?.root) return [];
      // Several places to fill in are one thing to do: the first warns, the others show where.
      return eachScalar(tree.root, (text, node) => {
        const found = placeholderIn(text);
        return found === undefined ? [] : [{ message: `${found} looks like a place to fill in.`, at: locate(tree, node) }];
      }).map((found, i) => (i === 0 ? found : { ...found, severity: 'hint' as const }));
    },
  },
];
