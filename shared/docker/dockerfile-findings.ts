import type { Finding } from '../checks/finding.ts';
import { parsePlatform } from './platform.ts';
import { neededStages, type Dockerfile } from './dockerfile.ts';

/** Where a COPY source is. `unknown`: it holds a variable without a value. */
export type SourcePresence = 'there' | 'ignored' | 'missing' | 'unknown';

export interface FindingOptions {
  /** Name for the findings' locations, relative to the extension folder. */
  file: string;
  /** Looks a COPY source up in the context. Absent: sources are not checked. */
  lookup?: (source: string) => SourcePresence;
  /** Scripts of the context with Windows line ends, as the findings name them. */
  crlfScripts?: readonly string[];
  /** Target platform, to warn about a FROM that insists on another. */
  platform?: string;
  /** Stage that is built. */
  stage?: string;
}

/** What is wrong, or will hurt, in a Dockerfile and the files it names. In the order of its lines. */
export function dockerfileFindings(dockerfile: Dockerfile, options: FindingOptions): Finding[] {
  return [
    ...syntaxFindings(dockerfile, options.file),
    ...(options.lookup ? sourceFindings(dockerfile, options.file, options.lookup) : []),
    ...secretFindings(dockerfile, options.file),
    ...platformFindings(dockerfile, options),
    ...(options.crlfScripts ?? []).map(
      (script): Finding => ({
        id: 'script-line-ends',
        severity: 'warning',
        file: script,
        line: 1,
        column: 1,
        message: `${script} has Windows line ends. Linux then looks for an interpreter whose name ends in a carriage return and says "not found" or "bad interpreter". Save it with LF; in git, "* text=auto eol=lf" in .gitattributes keeps it so.`,
      }),
    ),
  ].sort((a, b) => (a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : a.file === options.file ? -1 : 1));
}

function syntaxFindings(dockerfile: Dockerfile, file: string): Finding[] {
  const otherParser = dockerfile.directives.syntax !== undefined;
  return dockerfile.errors.map(({ line, column, message }) => ({
    id:
      dockerfile.stages.length === 0 && /no FROM/.test(message)
        ? 'dockerfile-no-from'
        : /^unknown instruction/.test(message)
          ? 'dockerfile-unknown-instruction'
          : 'dockerfile-syntax',
    severity: otherParser ? 'warning' : 'error',
    file,
    line,
    column,
    message: capital(message),
  }));
}

function sourceFindings(dockerfile: Dockerfile, file: string, lookup: (source: string) => SourcePresence): Finding[] {
  return dockerfile.copies
    .filter(({ from }) => from === undefined)
    .flatMap(({ instruction, sources, line }) =>
      sources.flatMap((source): Finding[] => {
        const presence = lookup(source);
        if (presence === 'there' || presence === 'unknown') return [];
        const message =
          presence === 'ignored'
            ? `${instruction} names "${source}", which .dockerignore leaves out of the context.`
            : `${instruction} names "${source}", which is not in the context folder.${/^\.\.(\/|$)/.test(source) ? ' Files above the context folder cannot be copied.' : ''}`;
        return [{ id: `dockerfile-source-${presence}`, severity: 'error', file, line, column: 1, message }];
      }),
    );
}

/** Values of ARG and ENV stay in the image: `docker history` and `docker inspect` show them to whoever has it. */
function secretFindings(dockerfile: Dockerfile, file: string): Finding[] {
  const advice = (name: string): string =>
    (/^BOSDYN_CLIENT_/i.test(name)
      ? "The robot's credentials belong into the container's environment at run time (compose file: environment or env_file), or, where a build step needs them, into a secret mount: RUN --mount=type=secret,id="
      : 'Use a secret mount for a build step, RUN --mount=type=secret,id=') +
    `${name.toLowerCase()}${/^BOSDYN_CLIENT_/i.test(name) ? '.' : ', or set it when the container is started.'}`;
  const args = dockerfile.args
    .filter(({ secretLike }) => secretLike)
    .map(
      ({ name, line }): Finding => ({
        id: 'dockerfile-secret-argument',
        severity: 'warning',
        file,
        line,
        column: 1,
        message: `The build argument ${name} ends in the image's history, where everyone who has the image can read it. ${advice(name)}`,
      }),
    );
  const env = dockerfile.env
    .filter(({ secretLike, value, name }) => secretLike && value !== '' && !(value === `$${name}` || value === `\${${name}}`))
    .map(
      ({ name, line }): Finding => ({
        id: 'dockerfile-secret-environment',
        severity: 'warning',
        file,
        line,
        column: 1,
        message: `ENV ${name} writes a value into the image that everyone who has it can read. ${advice(name)}`,
      }),
    );
  return [...args, ...env];
}

/** A literal `FROM --platform=` in the stage that becomes the image decides over the target. */
function platformFindings(dockerfile: Dockerfile, { file, platform, stage }: FindingOptions): Finding[] {
  if (platform === undefined) return [];
  const needed = neededStages(dockerfile, stage);
  // The last of the needed stages is the one that was asked for; those below it lend it their platform.
  let current = dockerfile.stages[Math.max(...needed)];
  while (current && current.platform === undefined && current.baseStage !== undefined) current = dockerfile.stages[current.baseStage];
  const fixed = current?.platform === undefined || current.platform.includes('$') ? null : parsePlatform(current.platform);
  // An empty image takes the target's platform whatever is written.
  if (!current || current.base === 'scratch' || fixed === null || fixed === parsePlatform(platform)) return [];
  return [
    {
      id: 'dockerfile-platform-fixed',
      severity: 'error',
      file,
      line: current.line,
      column: 1,
      message: `FROM --platform=${current.platform!} makes an image for ${fixed}, whatever the target is (${platform}). Take --platform out of this line.`,
    },
  ];
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
