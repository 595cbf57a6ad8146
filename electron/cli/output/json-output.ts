import type { Finding } from '../../../shared/checks/finding.ts';
import type { ReportEvent } from '../../../shared/jobs/report.ts';
import { EXIT } from '../spec.ts';
import { COMMAND_LINE, findingKey } from './findings-text.ts';
import type { Output } from './output.ts';
import type { Overall } from './overall.ts';
import type { Sink } from './sink.ts';

/**
 * One JSON object per line on stdout and nothing else there. `type` is "progress", "log", "finding", "result" or
 * "error"; the last line is a result or an error and has `code` (what happened) and `exitCode` (the process's own).
 */
export function jsonOutput(stdout: Sink, overall: Overall, now: () => number = Date.now): Output {
  const line = (value: Record<string, unknown>): void => stdout.write(`${JSON.stringify(value)}\n`);
  const told = new Set<string>();
  const finding = (found: Finding, at: number): void => {
    const key = findingKey(found);
    if (told.has(key)) return;
    told.add(key);
    line({ type: 'finding', ...found, at });
  };
  return {
    report: (event) => {
      const at = now();
      if (event.type === 'finding') finding(event.finding, at);
      else if (event.type === 'log') line({ ...event, at });
      else line({ ...progressLine(event), ...(overall.isJob ? { overall: Math.round(overall.take({ ...event, at }).progress * 1000) / 1000 } : {}), at });
    },
    findings: (all) => {
      for (const found of all) finding(found, now());
    },
    warn: (id, message) => finding({ id, severity: 'warning', file: COMMAND_LINE, message }, now()),
    done: (command, answer) => {
      line({
        type: 'result',
        code: answer.code ?? (answer.exitCode === EXIT.done ? 'OK' : 'NOT_READY'),
        exitCode: answer.exitCode,
        command,
        value: answer.value,
      });
      return answer.exitCode;
    },
    failed: (error) => {
      line({ type: 'error', exitCode: EXIT.failed, ...error });
      return EXIT.failed;
    },
    cancelled: () => {
      line({ type: 'error', code: 'CANCELLED', exitCode: EXIT.cancelled, message: 'Cancelled.' });
      return EXIT.cancelled;
    },
    usage: (message, hint) => {
      line({ type: 'error', code: 'USAGE', exitCode: EXIT.usage, message, ...(hint === undefined ? {} : { hint }) });
      return EXIT.usage;
    },
  };
}

type Progress = Exclude<ReportEvent, { type: 'finding' | 'log' }> extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;

/** Report events keep their fields; `about` tells the three kinds of progress apart. */
function progressLine({ type, ...rest }: Progress): Record<string, unknown> {
  return { type: 'progress', about: type === 'progress' ? 'amount' : type, ...rest };
}
