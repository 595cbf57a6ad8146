import type { SourceLocation } from '../errors/codes.ts';

/** error: the target will refuse it or it cannot run. warning: will probably hurt. hint: better is known. */
export type Severity = 'error' | 'warning' | 'hint';

/** A change that mends a finding: replace `length` UTF-16 units at `offset` of `file` by `text`. */
export interface TextFix {
  title: string;
  file: string;
  edits: { offset: number; length: number; text: string }[];
  /** It changes what the program in the container sees, so a person has to agree: `--fix` leaves it alone. */
  needsReview?: true;
}

/** One problem in one place. `file` is relative to the extension folder; lines and columns count from 1. */
export interface Finding extends SourceLocation {
  /** Id of the rule, kebab-case, e.g. "manifest-name-reserved". */
  id: string;
  severity: Severity;
  message: string;
  fix?: TextFix;
}
