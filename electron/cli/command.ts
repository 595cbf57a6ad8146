import type { Outcome } from '../../shared/ipc/result.ts';
import type { Services } from '../services/create-services.ts';
import type { Answer, Output } from './output/output.ts';
import type { CommandName, ExitCode, ParsedWords } from './spec.ts';

/** What a command gets. It has no logic of its own: words become a request, an outcome becomes an answer. */
export interface CommandContext {
  words: ParsedWords;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  output: Output;
  signal: AbortSignal;
  /** Loaded on first use: wrong usage and help never pay for it. */
  services(): Promise<Services>;
}

export type Command = (context: CommandContext) => Promise<ExitCode>;

/** Tells how a verb ended. */
export function conclude<T>(output: Output, name: CommandName, outcome: Outcome<T>, answer: (value: T) => Answer): ExitCode {
  switch (outcome.status) {
    case 'done':
      return output.done(name, answer(outcome.value));
    case 'failed':
      return output.failed(outcome.error);
    case 'cancelled':
      return output.cancelled();
  }
}
