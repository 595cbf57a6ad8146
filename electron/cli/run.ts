import { toWireError } from '../../shared/ipc/result.ts';
import type { Services } from '../services/create-services.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { cancelOnSignals } from './cancel.ts';
import type { Command } from './command.ts';
import { didYouMean } from './did-you-mean.ts';
import { commandHelp, generalHelp } from './help.ts';
import { parseArgparse } from './parse-argparse.ts';
import { parseGnu } from './parse-gnu.ts';
import type { Output } from './output/output.ts';
import type { Sink } from './output/sink.ts';
import { COMMAND_NAMES, type CommandName, type CommandSpec, EXIT, type ExitCode, type ParsedWords, UsageError } from './spec.ts';
import { findCommand, optionsOf } from './table.ts';

export interface CommandLine {
  words: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  stdout: Sink;
  stderr: Sink;
  /** Another way to the services, for tests. */
  createServices?: () => Promise<Services>;
}

/** Each command is a chunk of its own: what one needs is not loaded for another, and nothing for help. */
const LOADERS: Readonly<Record<CommandName, () => Promise<{ run: Command }>>> = {
  build: () => import('./commands/build.ts'),
  package: () => import('./commands/package.ts'),
  check: () => import('./commands/check.ts'),
  inspect: () => import('./commands/inspect.ts'),
  doctor: () => import('./commands/doctor.ts'),
  'build-extension': () => import('./commands/build-extension.ts'),
  'generate-extension-data': () => import('./commands/generate-extension-data.ts'),
};

/** Runs one command line to its end; answers the exit code. Never throws. */
export async function runCommandLine(line: CommandLine): Promise<ExitCode> {
  const [first, ...rest] = line.words;
  const width = Math.min(100, line.stdout.size().columns);
  if (first === '--version' || first === '-V') return say(line.stdout, `${packageJson.version}\n`);
  if (first === '--help' || first === '-h') return say(line.stdout, generalHelp(width));
  if (first === 'help') return help(line, rest, width);
  if (first === undefined) {
    line.stderr.write(generalHelp(Math.min(100, line.stderr.size().columns)));
    return EXIT.usage;
  }
  const spec = findCommand(first);
  if (!spec) return unknownCommand(line, first);
  try {
    const words = spec.syntax === 'gnu' && asksForHelp(rest) ? null : parse(spec, rest);
    if (words === null || words.has('help')) return say(line.stdout, commandHelp(spec, width));
    return await execute(line, spec, words);
  } catch (thrown) {
    if (thrown instanceof UsageError) return (await makeOutput(line)).usage(thrown.message, usageHint(spec, thrown));
    return (await makeOutput(line)).failed(toWireError(thrown));
  }
}

async function execute(line: CommandLine, spec: CommandSpec, words: ParsedWords): Promise<ExitCode> {
  const output = await makeOutput(line, spec.name);
  const cancel = cancelOnSignals();
  const strandedProcess = stranded();
  let created: Promise<Services> | undefined;
  const services = (): Promise<Services> => {
    created ??= (line.createServices ?? (async () => (await import('./services.ts')).openServices(line)))();
    return created;
  };
  try {
    const { run } = await LOADERS[spec.name]();
    return await Promise.race([run({ words, env: line.env, cwd: line.cwd, output, signal: cancel.signal, services }), strandedProcess.promise]);
  } catch (thrown) {
    if (thrown instanceof UsageError) return output.usage(thrown.message, usageHint(spec, thrown));
    return cancel.signal.aborted ? output.cancelled() : output.failed(toWireError(thrown));
  } finally {
    strandedProcess.stop();
    await created?.then((opened) => opened.close()).catch(() => {});
    cancel.stop();
  }
}

/**
 * Rejects when nothing is left that could still end the job: without it Node would leave silently with exit code 13
 * ("unsettled top-level await"), which is no answer.
 */
function stranded(): { promise: Promise<never>; stop(): void } {
  let stop = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    const tell = (): void => reject(new Error('The job stopped in the middle: nothing was left to wait for.'));
    process.once('beforeExit', tell);
    stop = () => process.off('beforeExit', tell);
  });
  return { promise, stop };
}

/** `gangway build DIR --help` must not fail over the rest of the line; a `--` ends the search. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h');
}

function parse(spec: CommandSpec, words: readonly string[]): ParsedWords {
  return spec.syntax === 'gnu' ? parseGnu(spec, optionsOf(spec), words) : parseArgparse(optionsOf(spec), words);
}

async function help(line: CommandLine, [name]: readonly string[], width: number): Promise<ExitCode> {
  if (name === undefined) return say(line.stdout, generalHelp(width));
  const spec = findCommand(name);
  return spec ? say(line.stdout, commandHelp(spec, width)) : unknownCommand(line, name);
}

async function unknownCommand(line: CommandLine, typed: string): Promise<ExitCode> {
  const output = await makeOutput(line);
  if (typed.startsWith('-')) return output.usage(`The command comes first, before ${typed}.`, 'See: gangway --help');
  const near = didYouMean(typed, COMMAND_NAMES);
  return output.usage(`There is no command "${typed}".`, near ? `Did you mean: gangway ${near}` : 'See: gangway --help');
}

function usageHint(spec: CommandSpec, error: UsageError): string {
  return error.suggestion ? `Did you mean: ${error.suggestion}` : `See: gangway ${spec.name} --help`;
}

/** `command` is the one whose job will be shown; where none will, any does. */
async function makeOutput(line: CommandLine, command: CommandName = 'package'): Promise<Output> {
  const end = line.words.indexOf('--');
  const json = (end < 0 ? line.words : line.words.slice(0, end)).includes('--json');
  const overall = (await import('./output/overall.ts')).overallOf(command);
  if (json) return (await import('./output/json-output.ts')).jsonOutput(line.stdout, overall);
  return (await import('./output/human-output.ts')).humanOutput({ ...line, overall });
}

function say(stdout: Sink, text: string): ExitCode {
  stdout.write(text);
  return EXIT.done;
}
