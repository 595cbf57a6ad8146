import { useMemo } from 'react';
import css from './diff-view.module.css';
import { lineDiff } from './format/line-diff.ts';
import { showControls } from './format/visible-text.ts';

const SIGN = { same: ' ', added: '+', removed: '−', gap: '⋯' } as const;
const WORD = { same: '', added: 'added: ', removed: 'removed: ', gap: 'unchanged lines' } as const;

/** What a file will gain and lose. Signs stand beside the colours. */
export function DiffView({ before, after, label }: { before: string | null; after: string; label: string }) {
  const lines = useMemo(() => lineDiff(before, after), [before, after]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <div className={css.diff} role="group" aria-label={label} tabIndex={0}>
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of one immutable diff
        <div key={i} data-kind={line.kind}>
          <span aria-hidden="true">{SIGN[line.kind]}</span>
          <span className="visually-hidden">{WORD[line.kind]}</span>
          {showControls(line.text)}
        </div>
      ))}
    </div>
  );
}
