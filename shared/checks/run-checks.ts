import type { Finding, Severity } from './finding.ts';
import { RULES } from './rules.ts';
import { applyRule, type CheckInput, type Rule } from './rule.ts';

/**
 * Runs the rules over parsed sources. The findings of the parsers come first in any case, so that one call says all that is
 * known. Sorted by file, place and severity; the same finding stands once.
 */
export function runChecks(input: CheckInput, rules: readonly Rule[] = RULES): Finding[] {
  const parsed = [...(input.manifest?.findings ?? []), ...(input.compose?.findings ?? []), ...(input.recipe?.findings ?? [])];
  const found = rules.flatMap((rule) => applyRule(rule, input));
  // A mistyped "services:" is one mistake, told where it stands.
  const misspelt = found.some((finding) => finding.id === 'compose-key-unknown');
  return sortFindings([...parsed.filter((finding) => finding.id !== 'compose-services' || !misspelt), ...found]);
}

const ORDER: Record<Severity, number> = { error: 0, warning: 1, hint: 2 };

/** By file, line, column, then the worst first; doubles removed. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((finding) => [`${finding.id}\0${finding.file}\0${finding.line}\0${finding.column}\0${finding.message}`, finding]));
  return [...unique.values()].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      ORDER[a.severity] - ORDER[b.severity],
  );
}
