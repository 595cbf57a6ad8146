import { Hammer } from 'lucide-react';
import type { JobSummary } from '../../../shared/jobs/job.ts';
import type { JobView } from '../../../shared/jobs/progress.ts';
import { useJobs } from '../../stores/jobs.ts';
import { useNav } from '../../stores/nav.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { formatDuration } from '../../ui/format/format.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { SkeletonBlock } from '../../ui/skeleton.tsx';
import { JobStatusIcon } from '../../ui/status.tsx';
import { Ago } from '../../ui/time.tsx';
import { Page } from '../shell/page.tsx';
import { useNow } from '../shell/use-now.ts';
import css from './builds.module.css';

const KIND: Record<JobSummary['kind'], string> = { 'extension.package': 'Build and pack', 'image.build': 'Build' };

/** Every job that the services remember, newest first. */
export function BuildsPage() {
  const { summaries, views } = useJobs();
  const go = useNav((s) => s.go);
  const running = summaries?.some((s) => s.status === 'running') ?? false;
  const now = useNow(true, running ? 1000 : 30_000);
  return (
    <Page title="Builds" kicker="They keep running while you look at something else." focusKey="builds">
      <Card flush={summaries !== null && summaries.length > 0}>
        {summaries === null ? (
          <SkeletonBlock label="Loading builds" />
        ) : summaries.length === 0 ? (
          <EmptyState
            icon={<Hammer />}
            title="No builds yet"
            action={
              <Button look="primary" onClick={() => go({ page: 'extensions' })}>
                Open a source
              </Button>
            }
          >
            Drop a Dockerfile or a folder on the window. Its builds stand here, with every step and its output.
          </EmptyState>
        ) : (
          <ul className={css.jobs}>
            {summaries.map((s) => (
              <li key={s.id}>
                <JobRow summary={s} view={views[s.id]} now={now} onOpen={() => go({ page: 'job', jobId: s.id })} />
              </li>
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}

function JobRow({ summary, view, now, onOpen }: { summary: JobSummary; view: JobView | undefined; now: number; onOpen: () => void }) {
  const status = view?.status ?? summary.status;
  const end = summary.endedAt ?? view?.endedAt ?? now;
  return (
    <button type="button" className={css.job} onClick={onOpen}>
      <span className={css.jobStatus}>
        <JobStatusIcon status={status} />
      </span>
      <span className={css.jobName}>
        <MiddleTruncate text={summary.title} tail={16} />
        {status === 'running' ? (
          <span className={css.jobBar}>
            <ProgressBar thin label={`Progress of ${summary.title}`} value={view?.progress ?? null} />
          </span>
        ) : (
          <small>{KIND[summary.kind]}</small>
        )}
      </span>
      <span className={css.quiet}>{formatDuration(end - summary.startedAt)}</span>
      <span className={css.quiet}>
        <Ago at={summary.startedAt} now={now} />
      </span>
    </button>
  );
}
