import type { PhaseId, ReportEvent } from '../../../shared/jobs/report.ts';
import { PHASE_TITLES } from '../../../shared/jobs/progress.ts';
import { amountText, isHousekeeping, LineCutter, type ProgressView, stepName, stepTime, stepWord } from './progress-view.ts';
import type { Style } from './style.ts';
import { cleanLine } from './text.ts';

/** Between two lines about one phase's amount, in milliseconds. */
const AMOUNT_EVERY = 5000;

/** Progress for a file or a CI log: one line per thing that happened, nothing overwritten. */
export function plainView(write: (text: string) => void, style: Style): ProgressView {
  const numbers = new Map<string, number>();
  const ended = new Set<string>();
  const cutter = new LineCutter();
  const lastAmount = new Map<PhaseId, number>();
  const print = (lines: readonly string[]): void => {
    if (lines.length > 0) write(`${lines.join('\n')}\n`);
  };
  const number = (id: string): { n: number; isNew: boolean } => {
    const known = numbers.get(id);
    if (known !== undefined) return { n: known, isNew: false };
    numbers.set(id, numbers.size + 1);
    return { n: numbers.size, isNew: true };
  };

  function output(step: string, lines: readonly string[]): void {
    const n = numbers.get(step);
    print(lines.map((line) => `${n === undefined ? '' : `#${n} `}| ${line}`));
  }

  function step(event: Extract<ReportEvent, { type: 'step' }>): void {
    const { step } = event;
    if (step.state === 'waiting' || (isHousekeeping(step) && step.state !== 'failed')) return;
    const { n, isNew } = number(step.id);
    if (isNew) print([`#${n} ${stepName(step)}`]);
    if (step.state === 'running' || ended.has(step.id)) return;
    ended.add(step.id);
    output(step.id, cutter.end(step.id));
    const word = step.state === 'failed' ? style.red(stepWord(step)) : style.green(stepWord(step));
    const note = step.note && step.state !== 'failed' ? ` (${cleanLine(step.note)})` : '';
    print([`#${n} ${word}${step.state === 'cached' ? '' : ` ${stepTime(step)}`.trimEnd()}${note}`]);
  }

  return {
    event(event) {
      if (event.type === 'phase' && event.state === 'started') print([style.bold(event.title ?? PHASE_TITLES[event.phase])]);
      else if (event.type === 'step') step(event);
      else if (event.type === 'log') {
        output(event.step ?? '', cutter.push(event.step ?? '', event.text));
      } else if (event.type === 'progress') {
        const last = lastAmount.get(event.phase);
        if (last === undefined) lastAmount.set(event.phase, event.at);
        else if (event.at - last >= AMOUNT_EVERY) {
          lastAmount.set(event.phase, event.at);
          print([`  ${amountText(event)}`]);
        }
      }
    },
    print,
    stop() {
      for (const id of ['', ...numbers.keys()]) output(id, cutter.end(id));
    },
  };
}
