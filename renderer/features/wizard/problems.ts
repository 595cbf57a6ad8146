import type { ExtensionDraft } from '../../../shared/extension/draft.ts';

/** What is wrong with one field. */
export interface Problem {
  severity: 'error' | 'warning';
  message: string;
}

/** Problems by the field's path in the draft, e.g. "extension.name" or "services.0.ports.1.host". */
export type Problems = ReadonlyMap<string, Problem>;

export function problemsOf(draft: ExtensionDraft): Problems {
  const found = new Map<string, Problem>();
  if (!/^[A-Za-z0-9_-]+$/.test(draft.extension.name))
    found.set('extension.name', { severity: 'error', message: 'Use letters, digits, hyphens and underscores only.' });
  return found;
}

/** What a Field takes: the error or the warning of one path. */
export function mark(problems: Problems, path: string): { error?: string; warning?: string } {
  const p = problems.get(path);
  return p ? (p.severity === 'error' ? { error: p.message } : { warning: p.message }) : {};
}

export const errorCount = (problems: Problems): number => [...problems.values()].filter((p) => p.severity === 'error').length;

/** True when a field under this path is wrong: its section is opened so that the mark can be seen. */
export const hasError = (problems: Problems, prefix: string): boolean =>
  [...problems].some(([path, p]) => p.severity === 'error' && (path === prefix || path.startsWith(`${prefix}.`)));
