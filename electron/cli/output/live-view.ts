import type { BuildStep } from '../../../shared/jobs/report.ts';
import { currentPhase, elapsed, type JobView, type PhaseView, phaseFraction } from '../../../shared/jobs/progress.ts';
import type { Overall } from './overall.ts';
import { amountText, isHousekeeping, LineCutter, type ProgressView, stepName, stepTime, stepWord } from './progress-view.ts';
import type { Sink } from './sink.ts';
import type { Style } from './style.ts';
import { cleanLine, displayWidth, formatBytes, formatDuration, padEnd, truncate } from './text.ts';

/** Milliseconds between two drawings: about ten a second, whatever comes in. */
const DRAW_EVERY = 100;
const BAR = 20;

interface Running {
  step: BuildStep;
  lastLine: string;
}

interface LiveOptions {
  sink: Sink;
  style: Style;
  overall: Overall;
  now?: () => number;
}

/**
 * Progress on a terminal: finished steps stay above, running ones with their last line of output and the phase's
 * amount stand below and are drawn over. Every line is cut to the terminal's width, so that none wraps.
 */
export function liveView({ sink, style, overall, now = Date.now }: LiveOptions): ProgressView {
  const running = new Map<string, Running>();
  const finished = new Set<string>();
  let job: JobView | undefined;
  const cutter = new LineCutter();
  let kept: string[] = [];
  let drawnLines = 0;
  let lastFrame = '';
  let stopped = false;
  const timer = setInterval(draw, DRAW_EVERY);
  timer.unref();

  function draw(): void {
    const { columns, rows } = sink.size();
    const frame = stopped ? [] : frameLines(columns - 1, rows - 2);
    const text = frame.join('\n');
    if (kept.length === 0 && text === lastFrame) return;
    const up = drawnLines > 0 ? `\r${drawnLines > 1 ? `\u001B[${drawnLines - 1}A` : ''}\u001B[J` : '';
    sink.write(up + kept.map((line) => `${line}\n`).join('') + text);
    [kept, drawnLines, lastFrame] = [[], frame.length, text];
  }

  function frameLines(columns: number, rows: number): string[] {
    const lines: string[] = [];
    for (const { step, lastLine } of running.values()) {
      lines.push(runningLine(step, columns));
      if (lastLine !== '') lines.push(style.dim(truncate(`    ${lastLine}`, columns)));
    }
    const room = Math.max(1, Math.min(12, rows - 1));
    const hidden = lines.length - room;
    const shown = hidden > 0 ? [...lines.slice(0, room - 1), style.dim(truncate(`  ... and ${hidden + 1} more lines`, columns))] : lines;
    const phase = job && currentPhase(job);
    return job && phase ? [...shown, phaseLine(job, phase, columns)] : shown;
  }

  function runningLine(step: BuildStep, columns: number): string {
    const seconds = step.startedAt === undefined ? '' : wholeSeconds(now() - step.startedAt);
    const amount = step.current === undefined ? '' : `${formatBytes(step.current)}${step.total ? ` of ${formatBytes(step.total)}` : ''}  `;
    return columnsLine('>', stepName(step), `${amount}${seconds}`, columns, style.cyan);
  }

  function phaseLine(view: JobView, phase: PhaseView, columns: number): string {
    const amount =
      phase.done === undefined || !phase.unit
        ? ''
        : `  ${amountText({ done: phase.done, unit: phase.unit, ...(phase.total === undefined ? {} : { total: phase.total }) })}`;
    const text = `${phase.title}${amount}  ${wholeSeconds(elapsed(view, now()))}`;
    const part = overall.isJob ? view.progress : phaseFraction(view, phase);
    if (part === null || columns < displayWidth(text) + BAR + 3) return style.bold(truncate(text, columns));
    const full = Math.floor(part * BAR);
    return `${style.cyan(`[${'#'.repeat(full)}${'-'.repeat(BAR - full)}]`)} ${style.bold(text)}`;
  }

  /** A mark, a name cut to fit, and a word at the right edge. */
  function columnsLine(mark: string, name: string, right: string, columns: number, paint: (text: string) => string): string {
    const width = Math.max(8, columns - 4 - displayWidth(right));
    return `${paint(mark)} ${padEnd(truncate(name, width), width)}  ${paint(right)}`;
  }

  function end(step: BuildStep): void {
    running.delete(step.id);
    cutter.end(step.id);
    if (finished.has(step.id)) return;
    finished.add(step.id);
    if (isHousekeeping(step) && step.state !== 'failed') return;
    const paint = step.state === 'failed' ? style.red : step.state === 'cancelled' ? style.yellow : style.green;
    const right = step.state === 'cached' ? 'cached' : `${stepWord(step)} ${stepTime(step)}`.trimEnd();
    kept.push(columnsLine(step.state === 'failed' ? 'x' : '+', stepName(step), right, Math.min(100, sink.size().columns - 1), paint));
    // Why it was not cached; that nothing changed goes without saying.
    if (step.note && step.state === 'done') kept.push(style.dim(truncate(`    ${cleanLine(step.note)}`, sink.size().columns - 1)));
  }

  return {
    event(event) {
      job = overall.take(event);
      if (event.type === 'log') {
        const target = event.step === undefined ? undefined : running.get(event.step);
        if (!target) return;
        const lines = [...cutter.push(target.step.id, event.text), cutter.openLine(target.step.id)];
        target.lastLine = lines.findLast((line) => line.trim() !== '') ?? target.lastLine;
      } else if (event.type === 'step') {
        const { step } = event;
        if (step.state === 'running') running.set(step.id, { step, lastLine: running.get(step.id)?.lastLine ?? '' });
        else if (step.state !== 'waiting') end(step);
      }
    },
    print(lines) {
      kept.push(...lines);
    },
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      draw();
    },
  };
}

/** A time that changes once a second, so that nothing is drawn only for its tenths. */
const wholeSeconds = (milliseconds: number): string => formatDuration(Math.floor(milliseconds / 1000) * 1000).replace('.0 s', ' s');
