import { ArrowLeft, Ban, RotateCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { BuildResult } from '../../../shared/docker/build.ts';
import type { WireError } from '../../../shared/errors/codes.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import type { JobView } from '../../../shared/jobs/progress.ts';
import { call } from '../../api/bridge.ts';
import { useJobs } from '../../stores/jobs.ts';
import { useNav } from '../../stores/nav.ts';
import { useWizard } from '../../stores/wizard.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card, Fold } from '../../ui/card.tsx';
import { FindingList, findingCounts } from '../../ui/findings.tsx';
import { count } from '../../ui/format/format.ts';
import { LogView } from '../../ui/log-view.tsx';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { SkeletonBlock } from '../../ui/skeleton.tsx';
import { ErrorView } from '../shell/error-view.tsx';
import { Page } from '../shell/page.tsx';
import { useNow } from '../shell/use-now.ts';
import { needsBuild } from '../wizard/draft-edits.ts';
import css from './builds.module.css';
import { FailedStep } from './failed-step.tsx';
import { JobProgress, Phases } from './job-progress.tsx';
import { BuildResultView, PackageResultView } from './job-result.tsx';
import { StepList } from './step-list.tsx';

/** One job, running or ended. Left and rejoined at will: the job lives in the services. */
export function JobPage({ jobId }: { jobId: string }) {
  const view = useJobs((s) => s.views[jobId]);
  const summary = useJobs((s) => s.summaries?.find((j) => j.id === jobId));
  const request = useJobs((s) => s.requests[jobId]);
  const cancelling = useJobs((s) => s.cancelling[jobId] ?? false);
  const joinError = useJobs((s) => s.joinErrors[jobId]);
  const startError = useJobs((s) => s.startError);
  const { join, cancel, again } = useJobs.getState();
  const draftOpen = useWizard((s) => s.phase === 'open' && s.grant?.grantId === request?.request.source);
  const go = useNav((s) => s.go);
  const [revealError, setRevealError] = useState<WireError | null>(null);
  useEffect(() => {
    if (!view && !joinError) void join(jobId);
  }, [view, joinError, join, jobId]);
  const running = view?.status === 'running';
  const now = useNow(running);
  const startAgain = async (): Promise<void> => {
    const next = await again(jobId);
    if (next) go({ page: 'job', jobId: next });
  };
  const reveal = (): void => void call('job.reveal', { jobId }).then((answer) => setRevealError(answer.ok ? null : answer.error));
  return (
    <Page
      title={<MiddleTruncate text={summary?.title ?? 'Build'} tail={16} />}
      kicker={kicker(view, cancelling)}
      focusKey={`job-${jobId}-${running ? 'running' : view ? 'ended' : 'joining'}`}
      head={
        view && running ? (
          <div className={css.inHead}>
            <JobProgress view={view} now={now} cancelling={cancelling} />
          </div>
        ) : undefined
      }
      aside={
        running ? (
          <Button icon={<Ban aria-hidden="true" />} busy={cancelling} onClick={() => void cancel(jobId)}>
            {cancelling ? 'Cancelling…' : 'Cancel'}
          </Button>
        ) : (
          <>
            {draftOpen ? (
              <Button look="quiet" icon={<ArrowLeft aria-hidden="true" />} onClick={() => go({ page: 'wizard' })}>
                Back to the draft
              </Button>
            ) : null}
            {view?.status === 'done' ? (
              <Button icon={<RotateCw aria-hidden="true" />} onClick={() => void startAgain()}>
                {request && !needsBuild(request.request.draft) ? 'Pack again' : 'Build again'}
              </Button>
            ) : null}
          </>
        )
      }
    >
      {joinError && !view ? <ErrorView error={joinError} /> : null}
      {startError ? <ErrorView error={startError} /> : null}
      {revealError ? <ErrorView error={revealError} /> : null}
      {!view && !joinError ? (
        <Card>
          <SkeletonBlock label="Joining the build" lines={5} />
        </Card>
      ) : null}
      {view ? <JobBody view={view} now={now} onAgain={startAgain} onReveal={reveal} /> : null}
    </Page>
  );
}

export function JobBody({ view, now, onAgain, onReveal }: { view: JobView; now: number; onAgain: () => Promise<void>; onReveal: () => void }) {
  const result = view.status === 'done' && view.kind === 'extension.package' && view.value ? (view.value as PackageResult) : null;
  const built = view.status === 'done' && view.kind === 'image.build' && view.value ? (view.value as { images: BuildResult[] }) : null;
  const cached = view.steps.filter((s) => s.state === 'cached').length;
  const loose = view.logs[''];
  const steps =
    view.steps.length > 0 ? (
      <Card
        title="Build steps"
        aside={
          <span className={css.quiet}>
            {count(view.steps.length, 'step')}
            {cached > 0 ? `, ${cached} from the cache` : ''}
          </span>
        }
        flush
      >
        <StepList steps={view.steps} logs={view.logs} now={now} />
      </Card>
    ) : null;
  const output =
    loose && loose.lines.length > 0 ? (
      <Card>
        <Fold title="Other output" summary={count(loose.lines.length, 'line')}>
          <LogView label="Other output" lines={loose.lines} dropped={loose.dropped} />
        </Fold>
      </Card>
    ) : null;
  const took = (view.endedAt ?? now) - (view.startedAt ?? now);
  return (
    <>
      {result ? <PackageResultView result={result} took={took} onReveal={onReveal} /> : null}
      {built ? <BuildResultView images={built.images} /> : null}
      {view.status === 'failed' && view.error ? (
        <ErrorView error={view.error} onRetry={() => void onAgain()}>
          <FailedStep view={view} error={view.error} />
        </ErrorView>
      ) : null}
      {view.status === 'cancelled' ? (
        <Banner
          title="Cancelled"
          action={
            <Button look="primary" onClick={() => void onAgain()}>
              Start again
            </Button>
          }
        >
          Nothing half-made was left behind. Steps that were finished stay in the engine's cache.
        </Banner>
      ) : null}
      {!result ? (
        <Card>
          {view.status === 'running' ? null : (
            <div className={css.inCard}>
              <JobProgress view={view} now={now} cancelling={false} />
            </div>
          )}
          <Phases view={view} />
        </Card>
      ) : null}
      {!result && view.findings.length > 0 ? (
        <Card title="Worth knowing" aside={<span className={css.quiet}>{findingCounts(view.findings)}</span>}>
          <FindingList findings={view.findings} />
        </Card>
      ) : null}
      {steps}
      {output}
    </>
  );
}

function kicker(view: JobView | undefined, cancelling: boolean): string {
  if (!view) return 'Joining…';
  if (view.status === 'running') return cancelling ? 'Stopping what runs and clearing up.' : 'You can leave this page; it goes on.';
  return { done: 'Finished', failed: 'Failed', cancelled: 'Cancelled' }[view.status];
}
