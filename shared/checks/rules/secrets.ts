import { isSecretName } from '../../docker/dockerfile-names.ts';
import { usesVariables } from '../../extension/interpolate.ts';
import { entriesOf, itemsOf, locate, textOf, type Range } from '../../extension/source-tree.ts';
import type { SourceLocation } from '../../errors/codes.ts';
import type { CheckInput, Found, Rule } from '../rule.ts';
import { placeholderIn } from './compose.ts';
import { listed, perService } from './compose-nodes.ts';

const READABLE = 'anybody who holds the .spx can read it, and it stays in /data/.extensions';

/** Values that are no secret although their name sounds like one: empty, a switch, a path, a place to fill in, a variable. */
function isLiteralSecret(name: string, value: string): boolean {
  if (usesVariables(value)) return false;
  if (hasPassword(value)) return true;
  if (!isSecretName(name) || /^BOSDYN_CLIENT_(USERNAME|PASSWORD)$/i.test(name)) return false;
  return value !== '' && !isFillIn(value) && !/^(true|false|yes|no|on|off|none|null|\d{1,4})$/i.test(value) && !/^(\/|\.{1,2}\/|~\/)/.test(value);
}

/** `scheme://user:password@host`, with a real password. */
const hasPassword = (value: string): boolean => {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/i.exec(value)?.[1];
  return found !== undefined && !isFillIn(found) && !found.includes('$');
};

/** What people leave for others to fill in: YOUR_TOKEN, <token>, {TOKEN}, changeme, xxx. */
export function isFillIn(value: string): boolean {
  return (
    placeholderIn(value) !== undefined ||
    /^(your|my)[_ -]|^<.*>$|^(change[-_ ]?me|replace[-_ ]?me|todo|fixme|x{3,}|\*{3,}|\.{3}|placeholder|example|dummy|insert[_ -].*)$/i.test(value) ||
    /^@\w+@?$/.test(value)
  );
}

interface EnvLine {
  name: string;
  value: string;
  at: Required<SourceLocation>;
}

/** The lines `NAME=value` of an environment file, quotes removed. */
function linesOf({ file, text }: { file: string; text: string }): EnvLine[] {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .flatMap((raw, i) => {
      const line = raw.replace(/\r$/, '');
      const found = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]\s*(.*?)\s*$/.exec(line);
      if (found?.[1] === undefined || found[2] === undefined) return [];
      const quoted = /^'([^']*)'|^"([^"]*)"/.exec(found[2]);
      const value = quoted ? (quoted[1] ?? quoted[2] ?? '') : found[2].replace(/(^|\s)#.*$/, '').trimEnd();
      return [{ name: found[1], value, at: { file, line: i + 1, column: line.search(/\S/) + 1, endLine: i + 1, endColumn: line.length + 1 } }];
    });
}

/** One finding per file, at its first line of that sort. */
function inEnvFiles(test: (line: EnvLine) => boolean, say: (names: string) => string): (input: CheckInput) => Found[] {
  return ({ envFiles }) =>
    (envFiles ?? []).flatMap((file) => {
      const lines = linesOf(file).filter(test);
      const [first] = lines;
      return first ? [{ message: say(listed(lines.map(({ name }) => name))), at: first.at }] : [];
    });
}

export const SECRET_RULES: readonly Rule[] = [
  {
    id: 'compose-secret-value',
    severity: 'warning',
    title: 'No password, token or key stands in the compose file',
    source: READABLE,
    check: (input) => {
      const tree = input.compose?.model ? input.compose.tree : undefined;
      return (input.compose?.model?.services ?? []).flatMap((service) =>
        service.environment
          .filter((variable) => tree && isLiteralSecret(variable.name, variable.value ?? ''))
          .map((variable) => ({
            message: `${variable.name} of the service "${service.name}" looks like a secret, and everybody who holds the package can read it. Keep it in a file on the robot (env_file with required: false, or a bind of /persist), or in an extension of its own.`,
            at: locate(tree ?? { file: 'docker-compose.yml', text: '' }, variable.range),
          })),
      );
    },
  },
  {
    id: 'compose-secret-argument',
    severity: 'warning',
    title: 'No password stands in a command',
    source: `${READABLE}; "docker ps" and the process list show it`,
    check: perService((service) =>
      ['command', 'entrypoint'].flatMap((key): { message: string; range: Range }[] => {
        const node = service.at(key);
        const words =
          node?.kind === 'seq'
            ? itemsOf(node).map((item) => ({ text: textOf(item) ?? '', range: item as Range }))
            : (textOf(node) ?? '').split(/\s+/).map((text) => ({ text, range: node as Range }));
        return words
          .flatMap(({ text, range }, i) => {
            const [flag = '', own] = text.split(/=(.*)/s);
            if (!/^--?(password|passwd|token|secret|api[-_]?key|access[-_]?key|secret[-_]?key)$/i.test(flag)) return [];
            const value = own ?? words[i + 1]?.text ?? '';
            if (value === '' || value.startsWith('-') || usesVariables(value) || isFillIn(value) || value.startsWith('/')) return [];
            return [
              {
                message: `${flag} of the service "${service.name}" is followed by a secret that everybody who holds the package can read.`,
                range: own === undefined ? (words[i + 1]?.range ?? range) : range,
              },
            ];
          })
          .slice(0, 1);
      }),
    ),
  },
  {
    id: 'compose-build-secret',
    severity: 'warning',
    title: 'No secret stands in a build argument of the compose file',
    source: "build arguments end in the image's history",
    check: perService((service) => {
      const node = service.at('build', 'args');
      const pairs = [
        ...entriesOf(node).map(({ key, value }) => ({ name: key, value: textOf(value) ?? '', range: value as Range })),
        ...itemsOf(node).map((item) => {
          const [name = '', value = ''] = (textOf(item) ?? '').split(/=(.*)/s);
          return { name, value, range: item as Range };
        }),
      ];
      return pairs
        .filter(({ name, value }) => value !== '' && !usesVariables(value) && !isFillIn(value) && isSecretName(name))
        .map(({ name, range }) => ({
          range,
          message: `The build argument ${name} of the service "${service.name}" stays readable in the image and in the package. Use a build secret.`,
        }));
    }),
  },
  {
    id: 'env-file-secret',
    severity: 'warning',
    title: 'No password, token or key stands in an environment file of the package',
    source: READABLE,
    check: inEnvFiles(
      ({ name, value }) =>
        isLiteralSecret(name, value) || (/^BOSDYN_CLIENT_(USERNAME|PASSWORD)$/i.test(name) && value !== '' && !isFillIn(value) && !usesVariables(value)),
      (names) => `${names} will be packed as plain text, which everybody who holds the .spx can read.`,
    ),
  },
  {
    id: 'env-file-placeholder',
    severity: 'warning',
    title: 'Nothing of a template is left in an environment file',
    source: 'examples of the SDK',
    check: inEnvFiles(
      ({ value }) => value !== '' && isFillIn(value),
      (names) => `${names} still ${names.includes(' ') ? 'have' : 'has'} a value to fill in.`,
    ),
  },
  {
    id: 'image-secret',
    severity: 'warning',
    title: 'No secret is left in an image',
    source: '"docker history" and "docker inspect" show it; published samples bake the robot\'s password in',
    check: ({ images }) =>
      (images ?? []).flatMap(({ archive, image }): Found[] => {
        const tag = image.tags[0] ?? image.id.slice(0, 19);
        const env = image.env
          .map((line) => line.split(/=(.*)/s))
          .filter(([name = '', value = '']) => value !== '' && (isLiteralSecret(name, value) || /^BOSDYN_CLIENT_(USERNAME|PASSWORD)$/i.test(name)))
          .map(([name = '']) => name);
        // "|2 TOKEN=abc /bin/sh -c ..." and "RUN |2 TOKEN=abc ..." are how builders write arguments into the history.
        const args = image.layers.flatMap((layer) =>
          [...(/\|\d+ (.*)/s.exec(layer.createdBy ?? '')?.[1] ?? '').matchAll(/(?:^|\s)([A-Za-z_]\w*)=(\S+)/g)]
            .filter(([, name = '', value = '']) => isSecretName(name) && value !== '')
            .map(([, name = '']) => name),
        );
        const names = [...new Set([...env, ...args])];
        return names.length === 0
          ? []
          : [
              {
                at: { file: archive },
                message: `${names.join(', ')} can be read out of ${tag} by everybody who has it. Build without it (RUN --mount=type=secret), and change what was in it.`,
              },
            ];
      }),
  },
];
