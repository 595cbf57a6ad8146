import { Ban, Check, CircleDashed, History, LoaderCircle, Minus, X } from 'lucide-react';
import type { JobStatus } from '../../shared/jobs/job.ts';
import type { StepState } from '../../shared/jobs/report.ts';
import css from './status.module.css';

export type State = StepState | 'skipped';

const LOOK: Record<State, { word: string; Icon: typeof Check }> = {
  waiting: { word: 'Waiting', Icon: CircleDashed },
  running: { word: 'Running', Icon: LoaderCircle },
  done: { word: 'Done', Icon: Check },
  cached: { word: 'Cached', Icon: History },
  failed: { word: 'Failed', Icon: X },
  cancelled: { word: 'Cancelled', Icon: Ban },
  skipped: { word: 'Not needed', Icon: Minus },
};

/** State as an icon; the word is there too, in sight or for a reader. */
export function StatusIcon({ state, hideWord = false }: { state: State; hideWord?: boolean }) {
  const { word, Icon } = LOOK[state];
  return (
    <span className={css.status} data-state={state} title={hideWord ? word : undefined}>
      <Icon aria-hidden="true" />
      <span className={hideWord ? 'visually-hidden' : undefined}>{word}</span>
    </span>
  );
}

/** The same for a whole job. */
export function JobStatusIcon({ status, hideWord = false }: { status: JobStatus; hideWord?: boolean }) {
  return <StatusIcon state={status} hideWord={hideWord} />;
}
