import type { Severity } from '../../../shared/checks/finding.ts';
import type { ExtensionDraft } from '../../../shared/extension/draft.ts';
import { checkDraft } from '../../../shared/extension/draft-checks.ts';

/** What is wrong with one field, the worst of it first. */
export interface Problem {
  severity: Severity;
  message: string;
}

/** Problems by the field's path in the draft, e.g. "extension.name" or "services.0.ports.1.host". */
export type Problems = ReadonlyMap<string, Problem>;

const WEIGHT: Record<Severity, number> = { error: 2, warning: 1, hint: 0 };

export function problemsOf(draft: ExtensionDraft): Problems {
  const found = new Map<string, Problem>();
  for (const { field, severity, message } of checkDraft(draft)) {
    const before = found.get(field);
    if (!before || WEIGHT[severity] > WEIGHT[before.severity]) found.set(field, { severity, message });
  }
  return found;
}

/** What a Field takes: the error, the warning or the hint of one path. */
export function mark(problems: Problems, path: string): { error?: string; warning?: string; hint?: string } {
  const p = problems.get(path);
  return p ? { [p.severity]: p.message } : {};
}

export const errorCount = (problems: Problems): number => [...problems.values()].filter((p) => p.severity === 'error').length;

/** The worst that is said of a field under this path: a section opens for an error and carries a sign for a warning. */
export function worstUnder(problems: Problems, prefix: string): Severity | null {
  const under = [...problems].filter(([path]) => path === prefix || path.startsWith(`${prefix}.`)).map(([, p]) => p.severity);
  return under.includes('error') ? 'error' : under.includes('warning') ? 'warning' : null;
}

export const hasError = (problems: Problems, prefix: string): boolean => worstUnder(problems, prefix) === 'error';

/** Errors and warnings of fields that the form has no input for; they stand above it. */
export function unplaced(problems: Problems): Problem[] {
  const placed = /^(extension\.(name|version|description)|services\.\d+\..*|images\.\d+\.(tag|args\..*)|output|imageArchive)$/;
  return [...problems].filter(([path, p]) => !placed.test(path) && p.severity !== 'hint').map(([, p]) => p);
}
