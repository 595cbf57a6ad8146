import { Check } from 'lucide-react';
import { STEPS, type WizardStep } from '../../stores/wizard.ts';
import css from './stepper.module.css';

const NAMES: Record<WizardStep, string> = { source: 'Source', target: 'Target', details: 'Details', summary: 'Summary' };

/** Where one is. Steps that were reached can be gone back to. */
export function Stepper({ step, reached, problems, onStep }: { step: WizardStep; reached: number; problems: number; onStep: (step: WizardStep) => void }) {
  const here = STEPS.indexOf(step);
  return (
    <nav aria-label="Steps" className={css.steps}>
      <ol>
        {STEPS.map((s, i) => (
          <li key={s}>
            <button
              type="button"
              disabled={i > reached}
              aria-current={i === here ? 'step' : undefined}
              onClick={() => onStep(s)}
              data-past={i < here || undefined}
            >
              <span className={css.number} aria-hidden="true">
                {i < here ? <Check /> : i + 1}
              </span>
              {NAMES[s]}
              {s === 'details' && problems > 0 && i <= reached ? (
                <span className={css.problems}>
                  {problems}
                  <span className="visually-hidden">{problems === 1 ? ' problem' : ' problems'}</span>
                </span>
              ) : null}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
