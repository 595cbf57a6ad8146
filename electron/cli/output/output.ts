import type { Finding } from '../../../shared/checks/finding.ts';
import type { WireError } from '../../../shared/errors/codes.ts';
import type { Report } from '../../../shared/jobs/report.ts';
import type { CommandName, ExitCode } from '../spec.ts';
import type { Style } from './style.ts';

/** What a command says when it is done. `value` is the JSON result; the text is made only where a person reads it. */
export interface Answer {
  value: unknown;
  /** 0, or 1 where the work was done and its answer is bad news (doctor). */
  exitCode: ExitCode;
  /** `code` of the JSON result; absent: OK, or NOT_READY where the exit code is not 0. */
  code?: string;
  /** The answer itself, for stdout. */
  text(style: Style, columns: number): string[];
  /** What is good to know beside it, for stderr. */
  aside?(style: Style): string[];
}

/** Where a command's progress and end go: JSON lines, or a person's terminal. Exactly one of the last four ends it. */
export interface Output {
  readonly report: Report;
  /** Findings that stand in the result; those already reported are not told twice. */
  findings(findings: readonly Finding[]): void;
  /** A warning about how the command was called. */
  warn(id: string, message: string): void;
  done(command: CommandName, answer: Answer): ExitCode;
  failed(error: WireError): ExitCode;
  cancelled(): ExitCode;
  usage(message: string, hint: string | undefined): ExitCode;
}
