import type { WireError } from '../errors/codes.ts';
import { lineOfCommand, lineOfStep, parseStepName } from './build-failure-step.ts';
import type { Dockerfile } from './dockerfile.ts';

/** What is known when a build has failed. */
export interface BuildFailure {
  /** The engine's own words. */
  message: string;
  /** The failing step's name and last lines of output, where the trace told. */
  step?: { name: string; error: string; tail: readonly string[] } | undefined;
  dockerfile: Dockerfile;
  /** The Dockerfile's path, for locations. */
  file: string;
  /** First tag, or the folder's name. */
  image: string;
  platform: string;
}

/** Lines of output in an error's detail. */
const TAIL = 20;

/**
 * Which error a failed build is. The texts are those of BuildKit 0.8 (Docker 20.10) to 0.2x, of the classic builder and of Podman; what
 * fits none is BUILD_STEP_FAILED where a step is known, else ENGINE_FAILED.
 */
export function mapBuildFailure(failure: BuildFailure): WireError {
  const text = cleanMessage(
    failure.step?.error && !failure.message.includes(failure.step.error) ? `${failure.message}\n${failure.step.error}` : failure.message,
  );
  const line = failure.step ? lineOfStep(failure.dockerfile, failure.step.name) : lineInText(text);
  const tail = (failure.step?.tail ?? []).slice(-TAIL);
  const location = line === null ? { file: failure.file } : { file: failure.file, line, column: 1 };
  const detail = [...tail, ...(tail.length > 0 ? [''] : []), text].join('\n').trim();
  return (
    invalidDockerfile(failure, text) ??
    missingSource(failure, text, location, detail) ??
    missingSecret(failure, text, location, detail) ??
    failedPull(failure, text, detail) ??
    diskFull(text, detail) ??
    failedStep(failure, text, location, tail, detail) ?? {
      code: 'ENGINE_FAILED',
      message: `The build of ${failure.image} failed: ${firstLine(text)}`,
      detail,
      location: { file: failure.file },
    }
  );
}

function invalidDockerfile({ file }: BuildFailure, text: string): WireError | null {
  const parse =
    /dockerfile parse error(?: on)? line (\d+):\s*([^\n]*)/i.exec(text) ??
    /(?:^|\n)Error response from daemon: dockerfile parse error line (\d+):\s*([^\n]*)/i.exec(text);
  if (parse) return invalid(file, Number(parse[1]), parse[2]!, text);
  const unknown = /unknown instruction:\s*(\S+)/i.exec(text);
  if (unknown) return invalid(file, lineInText(text), `unknown instruction: ${unknown[1]!}`, text);
  if (
    /(the Dockerfile \([^)]*\) cannot be empty|file with no instructions|no build stage in current context|target stage ["']?[^"'\s]+["']? could not be found|failed to reach build target|invalid reference format|circular dependency detected|Syntax error - can't find)/i.test(
      text,
    ) &&
    !/pull access denied/.test(text)
  )
    return invalid(file, lineInText(text), firstLine(stripPrefixes(text)), text);
  const missing = /failed to read dockerfile: (.*)/i.exec(text);
  return missing ? { code: 'FILE_NOT_FOUND', message: `The engine was not given ${file}: ${missing[1]!}`, detail: text, location: { file } } : null;
}

const invalid = (file: string, line: number | null, what: string, detail: string): WireError => ({
  code: 'DOCKERFILE_INVALID',
  message: `${file}${line === null ? '' : `, line ${line}`}: ${what}`,
  detail,
  location: line === null ? { file } : { file, line, column: 1 },
});

function missingSource({ dockerfile, file }: BuildFailure, text: string, location: WireError['location'], detail: string): WireError | null {
  // Of a file in the context, never of one that RUN looks for: those have another wording.
  const match =
    /failed to (?:compute cache key|calculate checksum of ref)[^\n]*?"([^"\n]+)"(?: not found)?: not found/.exec(text) ??
    /failed to compute cache key: [^\n]*?lstat (?:\S*?\/buildkit-mount\d+)?(\/?[^\n:]+): no such file or directory/.exec(text) ??
    /(?:COPY|ADD) failed: (?:file not found in build context or excluded by \.dockerignore: )?stat (?:\S*?docker-builder\d+\/)?([^\n:]+): (?:file does not exist|no such file or directory)/.exec(
      text,
    ) ??
    /(?:copier: stat|checking on sources under)[^\n]*?"\/?([^"\n]+)": no such file or directory/.exec(text) ??
    /(?:COPY|ADD) failed: no source files were specified/.exec(text);
  if (!match) return null;
  const source = (match[1] ?? '').replace(/^\//, '');
  const copy = dockerfile.copies.find(
    (candidate) => candidate.from === undefined && candidate.sources.some((known) => known.replace(/^\.?\//, '').replace(/\/$/, '') === source),
  );
  const at = location?.line !== undefined ? location : copy ? { file, line: copy.line, column: 1 } : { file };
  return {
    code: 'BUILD_SOURCE_MISSING',
    message:
      source === ''
        ? 'A COPY or ADD names files of which none is in the context.'
        : `"${source}" is copied into the image, but it is not in the context${copy ? ` (${copy.instruction} in line ${copy.line})` : ''}.`,
    detail,
    location: at,
    data: { source },
    hint: 'Paths of COPY and ADD are looked up in the context folder. See whether it is spelt like this there, capitals included, and whether .dockerignore leaves it out.',
  };
}

function missingSecret(_: BuildFailure, text: string, location: WireError['location'], detail: string): WireError | null {
  const match = /secret ([\w.-]+)(?:: not found| not found)|required secret "?([\w.-]+)"?[^\n]*not|no secret (?:found|with id) "?([\w.-]+)"?/i.exec(text);
  if (!match) return null;
  const id = match[1] ?? match[2] ?? match[3] ?? '';
  return {
    code: 'BUILD_SECRET_MISSING',
    message: `The build asks for the secret "${id}", and none was given.`,
    detail,
    ...(location ? { location } : {}),
    data: { id },
    hint: `Give it with --secret id=${id},env=NAME or id=${id},src=FILE.`,
  };
}

function failedPull({ dockerfile, file, platform }: BuildFailure, text: string, detail: string): WireError | null {
  const known =
    /(pull access denied|failed to resolve source metadata for|failed to do request|manifest (?:for \S+ )?(?:unknown|not found)|no match(?:ing manifest)? for (?:platform|linux)|failed to load metadata for|failed to authorize|insufficient_scope|no such host|dial tcp|i\/o timeout|x509:|TLS handshake|unauthorized: |Get "https?:\/\/|toomanyrequests|Trying to pull|initializing source docker:\/\/|error pulling|unable to copy from source docker:\/\/)/i.exec(
      text,
    );
  if (!known || /executor failed running|did not complete successfully|returned a non-zero code/.test(text)) return null;
  const named =
    /(?:failed to resolve source metadata for|pull access denied for|manifest for|docker-image:\/\/|docker:\/\/|load metadata for|resolve image config for)\s*([\w./:@-]+[\w])/i.exec(
      text,
    )?.[1];
  const asked = imageOfRequest(text);
  const image = named ?? asked ?? dockerfile.baseImages[0] ?? 'an image that the build needs';
  const short = image.replace(/^docker\.io\/(library\/)?/, '');
  const stage = dockerfile.stages.find(({ base }) => base === short || base === short.replace(/:latest$/, '') || `docker.io/library/${base}` === image);
  const copy = dockerfile.copies.find(({ from }) => from !== undefined && (from === short || `${from}:latest` === short));
  const why = /no match(ing manifest)?/i.test(text)
    ? `it does not exist for ${platform}`
    : /denied|unauthorized|insufficient_scope|authorize/i.test(text)
      ? 'it does not exist or needs a login'
      : /toomanyrequests/i.test(text)
        ? 'the registry limits how often it is asked'
        : /unknown|not found/i.test(text) && !/no such host|dial tcp/i.test(text)
          ? 'it does not exist'
          : 'the registry could not be reached';
  return {
    code: 'PULL_FAILED',
    message: `${image.includes(' ') ? 'An image that the build needs' : `The image ${short}`} could not be pulled: ${why}.`,
    detail,
    location: stage ? { file, line: stage.line, column: 1 } : copy ? { file, line: copy.line, column: 1 } : { file },
    data: { image: short },
    hint: copy
      ? `No stage of the Dockerfile is called ${copy.from ?? short}, so --from is taken for an image. Is the name spelt as in FROM ... AS?`
      : why.includes('login')
        ? 'See whether the name is spelt right; for a private image, run docker login first.'
        : 'Check its name and the network, or load it into the engine from an archive.',
    remedy: { kind: 'retry' },
  };
}

/** The image that a registry was asked for, out of the address of the request; Docker Hub's goes without its host, as people write it. */
function imageOfRequest(text: string): string | undefined {
  const [, host = '', repository, tag = ''] = /(?:https?:\/\/([\w.:-]+))?\/v2\/([\w./-]+)\/manifests\/([\w.:-]+)/.exec(text) ?? [];
  if (repository === undefined) return undefined;
  const name = host === '' || host.endsWith('docker.io') ? repository.replace(/^library\//, '') : `${host}/${repository}`;
  return `${name}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`;
}

const diskFull = (text: string, detail: string): WireError | null =>
  /no space left on device|disk quota exceeded/i.test(text)
    ? {
        code: 'DISK_FULL',
        message: 'The engine has no space left for the build.',
        detail,
        hint: "Free some in the engine's folder: docker builder prune removes build cache that nothing uses.",
      }
    : null;

function failedStep(failure: BuildFailure, text: string, location: WireError['location'], tail: readonly string[], detail: string): WireError | null {
  const command = failure.step
    ? (parseStepName(failure.step.name)?.command ?? failure.step.name)
    : (/The command '([^\n]*)' returned a non-zero code/.exec(text)?.[1] ??
      /process "([^"\n]*)" did not complete/.exec(text)?.[1] ??
      /executor failed running \[([^\]\n]*)\]/.exec(text)?.[1]);
  if (command === undefined) return null;
  const exit = /(?:exit code:?|non-zero code:|exit status) (\d+)/.exec(text)?.[1];
  const at = location?.line === undefined ? { ...location, file: failure.file, ...lineField(lineOfCommand(failure.dockerfile, command)) } : location;
  const data = {
    step: failure.step?.name ?? command,
    command: command.replace(/^RUN\s+/, ''),
    image: failure.image,
    ...(at.line === undefined ? {} : { line: at.line }),
    ...(exit === undefined ? {} : { exitCode: Number(exit) }),
    tail: [...tail],
  };
  const words = `${text}\n${tail.join('\n')}`;
  if (/exec format error/i.test(words)) {
    return {
      code: 'EMULATION_MISSING',
      message: `A program for ${failure.platform} could not be started here: this computer does not emulate that architecture${at.line === undefined ? '' : ` (line ${at.line})`}.`,
      detail,
      location: at,
      data,
      hint: 'Install QEMU user emulation (Debian and Ubuntu: qemu-user-static and binfmt-support), then build again. If the other steps run, the file itself is for another architecture.',
      remedy: { kind: 'open-doctor' },
    };
  }
  return {
    code: 'BUILD_STEP_FAILED',
    message: `${at.line === undefined ? 'A step' : `Line ${at.line}`} failed${exit === undefined ? '' : ` with exit code ${exit}`}: ${shorten(command)}`,
    detail,
    location: at,
    data,
    ...hintFor(words, exit),
    remedy: { kind: 'retry' },
  };
}

/** What to do, for failures with a usual cause. */
function hintFor(words: string, exit: string | undefined): { hint?: string } {
  if (/bad interpreter|\\r: not found|\^M|\$'\\r'|env: .*\\r/.test(words))
    return { hint: 'A script has Windows line ends (CRLF). Save it with LF, or set "* text=auto eol=lf" in .gitattributes.' };
  if (/qemu: uncaught target signal|Segmentation fault.*qemu|qemu-\w+: /.test(words))
    return { hint: 'The emulator crashed. QEMU older than 10 does so with some C libraries: update it, or build on an ARM machine.' };
  if (/Temporary failure resolving|Could not resolve host|no such host|Name or service not known|EAI_AGAIN|Temporary failure in name resolution/.test(words))
    return { hint: "The step could not reach the network. Check the connection, a proxy, or the engine's DNS settings." };
  if (exit === '137' || /\bKilled\b/.test(words))
    return { hint: 'The step was killed, most often because memory ran out. Give the engine more, or build with fewer parallel jobs.' };
  if (exit === '127' || /not found$/m.test(words)) return { hint: 'A command is not in the image. Install it in an earlier step, or check its spelling.' };
  return {};
}

const lineField = (line: number | null): { line?: number; column?: number } => (line === null ? {} : { line, column: 1 });
const shorten = (command: string): string => (command.length > 200 ? `${command.slice(0, 197)}...` : command).replace(/\s*\n\s*/g, ' ');
const firstLine = (text: string): string => text.split('\n', 1)[0]!;
const stripPrefixes = (text: string): string =>
  text.replace(/^(?:failed to solve(?: with frontend \S+)?: |failed to create LLB definition: |rpc error: code = \w+ desc = |failed to build LLB: )+/g, '');

/** BuildKit 0.10 and later prints the lines around a fault: " 3 | >>> RUN false". */
function lineInText(text: string): number | null {
  const match = /(?:^|\n)\s*(\d+) \| >>> /.exec(text) ?? /Dockerfile:(\d+)/.exec(text) ?? /line (\d+):/.exec(text);
  return match ? Number(match[1]) : null;
}

/** Without escape sequences and the wrapping that adds nothing. */
const cleanMessage = (text: string): string =>
  text
    .replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
    .replace(/^\(HTTP code \d+\) [\w ]+ - /, '')
    .replace(/rpc error: code = \w+ desc = /g, '')
    .trim();
