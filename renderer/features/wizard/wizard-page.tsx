import { useEffect, useMemo, useRef, useState } from 'react';
import { useEngine } from '../../stores/engine.ts';
import { useJobs } from '../../stores/jobs.ts';
import { useNav } from '../../stores/nav.ts';
import { STEPS, useWizard } from '../../stores/wizard.ts';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format/format.ts';
import { MiddleTruncate } from '../../ui/middle-truncate.tsx';
import { ErrorView } from '../shell/error-view.tsx';
import { Page } from '../shell/page.tsx';
import { DetailsStep } from './details-step.tsx';
import { needsBuild } from './draft-edits.ts';
import { errorCount, problemsOf } from './problems.ts';
import { SourceStep } from './source-step.tsx';
import { Stepper } from './stepper.tsx';
import { SummaryStep } from './summary-step.tsx';
import { engineMissing, TargetStep } from './target-step.tsx';

const TITLES = { source: 'What was found', target: 'Where will it run?', details: 'Details' };
const NEXT = { source: 'Choose target', target: 'Continue to details', details: 'Review' };

/** Source, target, details, summary. The one primary button is always the next sensible step. */
export function WizardPage() {
  const { report, draft, grant, step, reached, plan, planError, iconPreview, error } = useWizard();
  const { edit, goTo, close, makePlan, pickIcon } = useWizard.getState();
  const engine = useEngine((s) => s.status);
  const go = useNav((s) => s.go);
  const start = useJobs((s) => s.start);
  const startError = useJobs((s) => s.startError);
  const [starting, setStarting] = useState(false);
  const showErrors = useRef(false);
  const problems = useMemo(() => (draft ? problemsOf(draft) : new Map()), [draft]);
  const wrong = errorCount(problems);
  const open = report !== null && draft !== null && grant !== null;
  useEffect(() => {
    if (!open) go({ page: 'extensions' });
  }, [open, go]);
  useEffect(() => {
    if (step !== 'details' || !showErrors.current) return;
    showErrors.current = false;
    requestAnimationFrame(() => document.querySelector<HTMLElement>('main [aria-invalid]')?.focus());
  });
  if (!open) return null;
  const at = STEPS.indexOf(step);
  const building = needsBuild(draft);
  const refused = plan?.findings.filter((f) => f.severity === 'error').length ?? 0;
  const summaryTitle = wrong + refused > 0 || engineMissing(engine, draft) ? 'Not ready yet' : building ? 'Ready to build' : 'Ready to pack';
  const fix = (): void => {
    showErrors.current = true;
    goTo('details');
  };
  const run = async (): Promise<void> => {
    setStarting(true);
    const jobId = await start({ kind: 'extension.package', request: { source: grant.grantId, draft } });
    setStarting(false);
    if (jobId) go({ page: 'job', jobId });
  };
  const primary = () => {
    if (wrong > 0 && (step === 'details' || step === 'summary'))
      return (
        <Button
          look="primary"
          onClick={step === 'summary' ? fix : () => document.querySelector<HTMLElement>('main [aria-invalid]')?.focus()}
        >{`Fix ${count(wrong, 'problem')}`}</Button>
      );
    if (step !== 'summary')
      return (
        <Button look="primary" onClick={() => goTo(STEPS[at + 1] ?? 'summary')}>
          {NEXT[step]}
        </Button>
      );
    if (engineMissing(engine, draft)) {
      return (
        <Button look="primary" onClick={() => go({ page: 'doctor' })}>
          See what is missing
        </Button>
      );
    }
    if (refused > 0 || planError)
      return (
        <Button look="primary" onClick={() => void makePlan()}>
          Check again
        </Button>
      );
    return (
      <Button look="primary" busy={starting} onClick={() => void run()}>
        <MiddleTruncate text={`${building ? 'Build and pack' : 'Pack'} ${draft.extension.name} ${draft.extension.version}`} tail={10} />
      </Button>
    );
  };
  return (
    <Page
      title={<MiddleTruncate text={draft.extension.name || report.name} tail={16} />}
      kicker={step === 'summary' ? summaryTitle : TITLES[step]}
      focusKey={`wizard-${step}`}
      aside={
        <Button
          look="quiet"
          size="s"
          onClick={() => {
            close();
            go({ page: 'extensions' });
          }}
        >
          Choose another source
        </Button>
      }
      head={<Stepper step={step} reached={reached} problems={wrong} onStep={goTo} />}
      foot={
        <>
          {at > 0 ? (
            <Button look="quiet" onClick={() => goTo(STEPS[at - 1] ?? 'source')}>
              Back
            </Button>
          ) : null}
          {primary()}
        </>
      }
    >
      {error ? <ErrorView error={error} /> : null}
      {startError && step === 'summary' ? <ErrorView error={startError} /> : null}
      {step === 'source' ? <SourceStep report={report} draft={draft} onEdit={edit} /> : null}
      {step === 'target' ? <TargetStep draft={draft} engine={engine} onEdit={edit} onDoctor={() => go({ page: 'doctor' })} /> : null}
      {step === 'details' ? (
        <DetailsStep report={report} draft={draft} problems={problems} iconPreview={iconPreview} onEdit={edit} onPickIcon={() => void pickIcon()} />
      ) : null}
      {step === 'summary' ? (
        <SummaryStep report={report} draft={draft} plan={plan} planError={planError} engine={engine} onDoctor={() => go({ page: 'doctor' })} />
      ) : null}
    </Page>
  );
}
