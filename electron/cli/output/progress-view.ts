import type { BuildStep, ReportEvent } from '../../../shared/jobs/report.ts';
import { cleanLine, formatBytes, formatDuration } from './text.ts';

/** A way to show a running job to a person. `print` puts finished lines where they stay. */
export interface ProgressView {
  event(event: ReportEvent): void;
  print(lines: readonly string[]): void;
  /** Takes away what was only for the time of the job. Nothing is drawn after it. */
  stop(): void;
}

/** BuildKit's own housekeeping (loading the Dockerfile, the context): shown while it runs, not kept. */
export const isHousekeeping = (step: BuildStep): boolean =>
  step.name.startsWith('[internal]') || /^(exporting|importing|naming to|writing image)/.test(step.name);

/** How a step ended, in a word: "done", "cached", "FAILED", "cancelled". */
export function stepWord(step: BuildStep): string {
  return step.state === 'failed' ? 'FAILED' : step.state;
}

/** "12.3 s" where both ends are known. */
export function stepTime(step: BuildStep): string {
  return step.startedAt !== undefined && step.endedAt !== undefined ? formatDuration(step.endedAt - step.startedAt) : '';
}

/** "120 MB of 600 MB (20 %)", "3 of 9 steps", "1200 files". */
export function amountText(event: { done: number; total?: number; unit: 'bytes' | 'steps' | 'files' }): string {
  const show = (n: number): string => (event.unit === 'bytes' ? formatBytes(n) : String(n));
  const unit = event.unit === 'bytes' ? '' : ` ${event.unit}`;
  if (event.total === undefined || event.total <= 0) return `${show(event.done)}${unit}`;
  const percent = Math.min(100, Math.floor((event.done / event.total) * 100));
  return `${show(event.done)} of ${show(event.total)}${unit} (${percent} %)`;
}

/** Longest line that is held while its end is awaited, in characters. */
const MAX_OPEN_LINE = 16_384;

/** Cuts output that comes in pieces into lines, per step: a piece may begin and end inside a line. */
export class LineCutter {
  readonly #open = new Map<string, string>();

  /** The lines that this piece completes, cleaned for a terminal. */
  push(step: string, text: string): string[] {
    const parts = ((this.#open.get(step) ?? '') + text).split('\n');
    const rest = parts.pop() ?? '';
    if (rest.length > MAX_OPEN_LINE) parts.push(rest);
    this.#open.set(step, rest.length > MAX_OPEN_LINE ? '' : rest);
    return parts.map(cleanLine);
  }

  /** What stands in the step's last line so far, cleaned. */
  openLine(step: string): string {
    return cleanLine(this.#open.get(step) ?? '');
  }

  /** The last line of a step that has ended, if it has none of its own. */
  end(step: string): string[] {
    const rest = this.#open.get(step) ?? '';
    this.#open.delete(step);
    return rest === '' ? [] : [cleanLine(rest)];
  }
}

/** The step's name without control characters: it holds words of the Dockerfile. */
export const stepName = (step: BuildStep): string => cleanLine(step.name.replaceAll('\n', ' '));
