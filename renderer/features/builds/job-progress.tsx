import { currentPhase, elapsed, type JobView, type PhaseView } from '../../../shared/jobs/progress.ts';
import { count, formatBytes, formatClock, formatDuration } from '../../ui/format/format.ts';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { StatusIcon } from '../../ui/status.tsx';
import css from './builds.module.css';

const WORDS: Record<JobView['status'], string> = { running: 'Starting', done: 'Done', failed: 'Stopped by an error', cancelled: 'Cancelled' };

/** Overall progress, the phase that runs, and how long it has taken. */
export function JobProgress({ view, now, cancelling }: { view: JobView; now: number; cancelling: boolean }) {
  const phase = currentPhase(view);
  const running = view.status === 'running';
  const title = !running ? WORDS[view.status] : cancelling ? 'Cancelling…' : (phase?.title ?? WORDS.running);
  const percent = Math.floor(view.progress * 100);
  // Spoken politely at each phase and quarter only: a reader is not to be flooded.
  const spoken = running ? `${title}, ${Math.floor(percent / 25) * 25} percent` : title;
  return (
    <div className={css.progress}>
      <div className={css.progressLine}>
        <strong>{title}</strong>
        {running && phase && !cancelling ? <span>{amount(view, phase)}</span> : null}
        <span>{percent} %</span>
        <span aria-label="Elapsed time" role="timer">
          {formatClock(elapsed(view, now))}
        </span>
      </div>
      <ProgressBar label="Overall progress" value={view.progress} tone={view.status} />
      <p aria-live="polite" className="visually-hidden">
        {spoken}
      </p>
    </div>
  );
}

/** Every phase of the job with its state and the time that it took. */
export function Phases({ view }: { view: JobView }) {
  return (
    <ol className={css.phases} aria-label="Phases">
      {view.phases.map((p) => (
        <li key={p.id} data-state={p.state}>
          <StatusIcon state={p.state} hideWord />
          <span className={css.phaseTitle} title={p.title}>
            {p.title}
          </span>
          <span>{p.startedAt !== undefined && p.endedAt !== undefined && p.endedAt - p.startedAt >= 50 ? formatDuration(p.endedAt - p.startedAt) : ''}</span>
        </li>
      ))}
    </ol>
  );
}

function amount(view: JobView, phase: PhaseView): string {
  // The measure of the build phase is a share of all images; people count its steps.
  if (phase.id === 'build')
    return view.steps.length === 0
      ? ''
      : `${view.steps.filter((s) => s.state === 'done' || s.state === 'cached').length} of ${count(view.steps.length, 'step')}`;
  if (phase.done === undefined) return '';
  const total = phase.total;
  if (phase.unit === 'bytes') return total === undefined ? formatBytes(phase.done) : `${formatBytes(phase.done)} of ${formatBytes(total)}`;
  return total === undefined ? `${phase.done} ${phase.unit ?? ''}` : `${phase.done} of ${total} ${phase.unit ?? ''}`;
}
