import type { Finding } from '../../../shared/checks/finding.ts';
import { EXIT } from '../spec.ts';
import { errorLines } from './error-text.ts';
import { COMMAND_LINE, findingKey, findingLines } from './findings-text.ts';
import { liveView } from './live-view.ts';
import type { Output } from './output.ts';
import type { Overall } from './overall.ts';
import { plainView } from './plain-view.ts';
import type { ProgressView } from './progress-view.ts';
import type { Sink } from './sink.ts';
import { styleFor } from './style.ts';

interface Options {
  stdout: Sink;
  stderr: Sink;
  env: Readonly<Record<string, string | undefined>>;
  overall: Overall;
}

/** A person's view: progress, warnings and errors on stderr, the answer alone on stdout. */
export function humanOutput({ stdout, stderr, env, overall }: Options, now: () => number = Date.now): Output {
  const style = styleFor(stderr.isTTY, env);
  const live = stderr.isTTY && env.TERM !== 'dumb' && !env.CI;
  let view: ProgressView | undefined;
  const shown = (): ProgressView => {
    view ??= live ? liveView({ sink: stderr, style, overall, now }) : plainView((text) => stderr.write(text), style);
    return view;
  };
  const told = new Set<string>();
  const finding = (found: Finding): void => {
    const key = findingKey(found);
    if (told.has(key)) return;
    told.add(key);
    shown().print(findingLines(found, style));
  };
  const end = (lines: readonly string[]): void => {
    view?.stop();
    if (lines.length > 0) stderr.write(`${lines.join('\n')}\n`);
  };
  return {
    report: (event) => {
      if (event.type === 'finding') finding(event.finding);
      else shown().event({ ...event, at: now() });
    },
    findings: (all) => {
      for (const found of all) finding(found);
    },
    warn: (id, message) => finding({ id, severity: 'warning', file: COMMAND_LINE, message }),
    done: (_command, answer) => {
      end(answer.aside?.(style) ?? []);
      const lines = answer.text(styleFor(stdout.isTTY, env), stdout.size().columns);
      if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
      return answer.exitCode;
    },
    failed: (error) => {
      end(errorLines(error, style));
      return EXIT.failed;
    },
    cancelled: () => {
      end([style.yellow('Cancelled. Nothing half-made was left behind.')]);
      return EXIT.cancelled;
    },
    usage: (message, hint) => {
      end([`${style.red('gangway:')} ${message}`, ...(hint === undefined ? [] : [hint])]);
      return EXIT.usage;
    },
  };
}
