/** One option as help shows it, the parser reads it and docs/cli.md is held against it. */
export interface OptionSpec {
  /** Without the dashes. */
  long: string;
  short?: string;
  /** What stands for the value in help; absent: the option is a flag. */
  value?: string;
  /** May be given several times, each with one value. */
  repeat?: boolean;
  /** Takes every word up to the next option, as argparse's nargs='*' does. Only with syntax 'argparse'. */
  list?: boolean;
  required?: boolean;
  default?: string;
  help: string;
}

/** One command. `syntax` decides the parser: GNU habits, or Python's argparse for the SDK's drop-ins. */
export interface CommandSpec {
  name: CommandName;
  summary: string;
  syntax: 'gnu' | 'argparse';
  /** All are required. */
  positionals: readonly { name: string; help: string }[];
  options: readonly OptionSpec[];
  /** Paragraphs below the options. */
  details: readonly string[];
  examples: readonly { line: string; text: string }[];
}

export const COMMAND_NAMES = ['build', 'package', 'check', 'inspect', 'doctor', 'build-extension', 'generate-extension-data'] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** 0 done, 1 the job failed, 2 wrong usage, 130 cancelled. Nothing else is ever returned. */
export const EXIT = { done: 0, failed: 1, usage: 2, cancelled: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a parser made of a command's words. Values by long name, in the order given. */
export class ParsedWords {
  readonly positionals: string[] = [];
  readonly #values = new Map<string, string[]>();

  set(long: string, values: string[]): void {
    this.#values.set(long, values);
  }
  add(long: string, value: string): void {
    this.#values.set(long, [...this.many(long), value]);
  }
  has(long: string): boolean {
    return this.#values.has(long);
  }
  many(long: string): string[] {
    return this.#values.get(long) ?? [];
  }
  /** The last one wins, as with every Unix tool. */
  one(long: string): string | undefined {
    return this.many(long).at(-1);
  }
}

/** Wrong usage: exit code 2. `suggestion` is the word that was probably meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly suggestion: string | undefined;

  constructor(message: string, suggestion?: string) {
    super(message);
    this.suggestion = suggestion;
  }
}
