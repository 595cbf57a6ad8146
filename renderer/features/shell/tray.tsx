import { ChevronUp } from 'lucide-react';
import type { JobSummary } from '../../../shared/jobs/job.ts';
import { currentPhase, elapsed, type JobView } from '../../../shared/jobs/progress.ts';
import { formatClock } from '../../ui/format/format.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { JobStatusIcon } from '../../ui/status.tsx';
import css from './tray.module.css';

export interface TrayJob {
  summary: JobSummary;
  view: JobView | undefined;
  cancelling: boolean;
}

/** One line per running job, at the foot of every page but the job's own. A press opens the job's page. */
export function Tray({ jobs, now, onOpen }: { jobs: readonly TrayJob[]; now: number; onOpen: (jobId: string) => void }) {
  if (jobs.length === 0) return null;
  return (
    <section className={css.tray} aria-label="Running jobs">
      <ul>
        {jobs.map(({ summary, view, cancelling }) => (
          <li key={summary.id}>
            <button type="button" onClick={() => onOpen(summary.id)} aria-label={`Open ${summary.title}`}>
              <JobStatusIcon status="running" hideWord />
              <span className={css.title}>
                <MiddleTruncate text={summary.title} />
              </span>
              <span className={css.phase}>{cancelling ? 'Cancelling…' : ((view && currentPhase(view)?.title) ?? 'Starting')}</span>
              <span className={css.bar}>
                <ProgressBar thin label={`Progress of ${summary.title}`} value={view ? view.progress : null} />
              </span>
              <span className={css.number}>{view ? `${Math.floor(view.progress * 100)} %` : ''}</span>
              <span className={css.number}>{formatClock(view ? elapsed(view, now) : now - summary.startedAt)}</span>
              <ChevronUp aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
