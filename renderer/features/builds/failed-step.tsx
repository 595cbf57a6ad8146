import type { WireError } from '../../../shared/errors/codes.ts';
import type { JobView } from '../../../shared/jobs/progress.ts';
import { showControls, toSpans } from '../../ui/format/visible-text.ts';
import css from './builds.module.css';

const TAIL = 14;

/** Which step failed and the end of what it said, plain. The whole log stands in the list of steps. */
export function FailedStep({ view, error }: { view: JobView; error: WireError }) {
  const step = view.steps.findLast((s) => s.state === 'failed');
  const named = step?.name ?? (typeof error.data?.step === 'string' ? error.data.step : undefined);
  const lines = step ? (view.logs[step.id]?.lines ?? []) : [];
  const tail = lines.slice(-TAIL).map((l) =>
    toSpans(l.text)
      .map((s) => s.text)
      .join(''),
  );
  if (!named && tail.length === 0) return null;
  const said = named !== undefined && error.message.includes(named.replace(/^\[[^\]]*\] /, ''));
  return (
    <div className={css.failedStep}>
      {named && !said ? (
        <p>
          In step <code>{showControls(named)}</code>
        </p>
      ) : null}
      {tail.length > 0 ? <pre className={css.tail}>{tail.join('\n')}</pre> : null}
    </div>
  );
}
