import { ChevronRight } from 'lucide-react';
import { memo, useEffect, useId, useRef, useState } from 'react';
import type { LogView as StepLog } from '../../../shared/jobs/log-lines.ts';
import type { BuildStep } from '../../../shared/jobs/report.ts';
import { formatBytes, formatDuration } from '../../ui/format/format.ts';
import { showControls } from '../../ui/format/visible-text.ts';
import { LogView } from '../../ui/log-view.tsx';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { StatusIcon } from '../../ui/status.tsx';
import css from './builds.module.css';
import { useFollow } from './use-follow.ts';

/** A running step opens by itself once it has run this long; shorter ones would only flicker. Milliseconds. */
const OPEN_AFTER = 1200;

/** The steps of all images, in the order in which they were first heard of. */
export function StepList({ steps, logs, now }: { steps: readonly BuildStep[]; logs: Readonly<Record<string, StepLog>>; now: number }) {
  const follow = useFollow();
  const images = [...new Set(steps.map((s) => s.image))];
  return (
    <>
      {images.map((image) => (
        <section key={image} aria-label={`Steps of ${image}`}>
          {images.length > 1 ? (
            <h3 className={css.group}>
              <MiddleTruncate text={image || 'Other'} tail={18} />
            </h3>
          ) : null}
          <ol>
            {steps
              .filter((s) => s.image === image)
              .map((s) => (
                <Step key={s.id} step={s} log={logs[s.id]} running={s.state === 'running' ? Math.max(0, now - (s.startedAt ?? now)) : 0} follow={follow} />
              ))}
          </ol>
        </section>
      ))}
    </>
  );
}

const Step = memo(function Step({ step, log, running, follow }: { step: BuildStep; log: StepLog | undefined; running: number; follow: boolean }) {
  const id = useId();
  const row = useRef<HTMLLIElement>(null);
  const [chosen, setChosen] = useState<boolean | null>(null);
  const hasMore = (log?.lines.length ?? 0) > 0 || step.error !== undefined;
  const auto = step.state === 'failed' || (step.state === 'running' && running > OPEN_AFTER);
  const open = hasMore && (chosen ?? auto);
  const inView = !follow || step.state !== 'running' ? null : open ? 'output' : 'row';
  useEffect(() => {
    if (inView) row.current?.scrollIntoView?.({ block: 'nearest' });
  }, [inView]);
  const time = step.state === 'running' ? running : step.startedAt !== undefined && step.endedAt !== undefined ? step.endedAt - step.startedAt : null;
  const moved =
    step.state === 'running' && step.current !== undefined ? `${formatBytes(step.current)}${step.total ? ` of ${formatBytes(step.total)}` : ''}` : '';
  const body = (
    <>
      {hasMore ? <ChevronRight className={css.chevron} data-open={open || undefined} aria-hidden="true" /> : <span />}
      <StatusIcon state={step.state} />
      <span className={css.stepText}>
        <MiddleTruncate text={step.name} tail={18} className={css.stepName} />
        {step.note || moved ? <span className={css.note}>{[moved, step.note && showControls(step.note)].filter(Boolean).join(' · ')}</span> : null}
        {step.state === 'running' && step.total ? <ProgressBar thin label={`Transfer of ${step.name}`} value={(step.current ?? 0) / step.total} /> : null}
      </span>
      <span className={css.stepTime}>{time === null || step.state === 'cached' ? '' : formatDuration(time)}</span>
    </>
  );
  return (
    <li ref={row} className={css.step} data-state={step.state}>
      {hasMore ? (
        <button type="button" className={css.stepRow} aria-expanded={open} aria-controls={id} onClick={() => setChosen(!open)}>
          {body}
        </button>
      ) : (
        <div className={css.stepRow}>{body}</div>
      )}
      {open ? (
        <div id={id} className={css.stepLog}>
          {step.error ? <p className={css.stepError}>{showControls(step.error)}</p> : null}
          {log && log.lines.length > 0 ? <LogView label={`Output of ${step.name}`} lines={log.lines} dropped={log.dropped} /> : null}
        </div>
      ) : null}
    </li>
  );
});
