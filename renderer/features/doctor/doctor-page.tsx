import { CircleAlert, CircleCheck, CircleMinus, RefreshCw, TriangleAlert } from 'lucide-react';
import { useEffect } from 'react';
import type { DoctorCheck } from '../../../shared/doctor/report.ts';
import { useDoctor } from '../../stores/doctor.ts';
import { useEngine } from '../../stores/engine.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { CommandLine } from '../../ui/copy.tsx';
import { SkeletonBlock } from '../../ui/skeleton.tsx';
import { ErrorView } from '../shell/error-view.tsx';
import { Page } from '../shell/page.tsx';
import css from './doctor.module.css';

const LOOK: Record<DoctorCheck['state'], { word: string; Icon: typeof CircleCheck }> = {
  ok: { word: 'Fine', Icon: CircleCheck },
  warning: { word: 'Warning', Icon: TriangleAlert },
  error: { word: 'Missing', Icon: CircleAlert },
  skipped: { word: 'Not asked', Icon: CircleMinus },
};
const ORDER: readonly DoctorCheck['state'][] = ['error', 'warning', 'ok', 'skipped'];

/** What this computer has and lacks for the job, each with what to do about it. */
export function DoctorPage() {
  const { report, error, running, run } = useDoctor();
  useEffect(() => void run(), [run]);
  const again = (): void => void run().then(() => useEngine.getState().refresh(true));
  return (
    <Page
      title="Doctor"
      kicker="What this computer needs to build for a robot."
      focusKey="doctor"
      aside={
        <Button icon={<RefreshCw aria-hidden="true" />} busy={running} onClick={again}>
          Check again
        </Button>
      }
    >
      {error ? <ErrorView error={error} /> : null}
      {!report && !error ? (
        <Card>
          <SkeletonBlock label="Checking this computer" lines={6} />
        </Card>
      ) : null}
      {report ? <DoctorBody checks={report.checks} ready={report.ready} /> : null}
    </Page>
  );
}

export function DoctorBody({ checks, ready }: { checks: readonly DoctorCheck[]; ready: boolean }) {
  const sorted = [...checks].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const warnings = checks.filter((c) => c.state === 'warning').length;
  return (
    <>
      {ready ? (
        <Banner tone="good" title="Ready to build">
          {warnings > 0 ? 'What stands below as a warning is not needed for most extensions.' : 'Nothing is missing.'}
        </Banner>
      ) : (
        <Banner tone="warn" title="Building does not work yet">
          Mend what is missing below, then check again. Packing from a saved image archive works without an engine.
        </Banner>
      )}
      <Card flush>
        <ul className={css.checks}>
          {sorted.map((c) => {
            const { word, Icon } = LOOK[c.state];
            return (
              <li key={c.id} data-state={c.state}>
                <Icon aria-hidden="true" />
                <div className={css.what}>
                  <h3>{c.title}</h3>
                  <p>{c.found}</p>
                  {c.fix && c.state !== 'ok' ? <p className={css.fix}>{c.fix}</p> : null}
                  {c.command && c.state !== 'ok' ? <CommandLine command={c.command} /> : null}
                </div>
                <span className={css.word}>{word}</span>
              </li>
            );
          })}
        </ul>
      </Card>
    </>
  );
}
