import { CircleAlert, Lightbulb, TriangleAlert } from 'lucide-react';
import type { Finding, Severity } from '../../shared/checks/finding.ts';
import { count } from './format/format.ts';
import css from './findings.module.css';

const LOOK: Record<Severity, { word: string; Icon: typeof CircleAlert }> = {
  error: { word: 'Error', Icon: CircleAlert },
  warning: { word: 'Warning', Icon: TriangleAlert },
  hint: { word: 'Hint', Icon: Lightbulb },
};
const ORDER: readonly Severity[] = ['error', 'warning', 'hint'];

/** Problems, worst first, each with its word, its place and what to do. */
export function FindingList({ findings }: { findings: readonly Finding[] }) {
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return (
    <ul className={css.list}>
      {sorted.map((f, i) => {
        const { word, Icon } = LOOK[f.severity];
        const place = [f.file, f.line, f.column].filter((p) => p !== undefined && p !== '').join(':');
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same finding may stand twice in one place
          <li key={`${f.id}-${place}-${i}`} data-severity={f.severity}>
            <Icon aria-hidden="true" />
            <div>
              <p>
                <span className={css.word}>{word}</span> {f.message}
              </p>
              {place || f.fix ? (
                <p className={css.place}>
                  {place ? <code>{place}</code> : null}
                  {f.fix ? <span>Fix: {f.fix.title}</span> : null}
                </p>
              ) : null}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** "1 error, 2 warnings", or what to say where there are none. */
export function findingCounts(findings: readonly Finding[], none = 'No problems'): string {
  const parts = ORDER.map((s) => [s, findings.filter((f) => f.severity === s).length] as const).filter(([, n]) => n > 0);
  return parts.length === 0 ? none : parts.map(([s, n]) => count(n, s)).join(', ');
}
