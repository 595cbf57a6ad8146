import type { WireError } from '../../../shared/errors/codes.ts';
import { ERROR_WORDS } from '../../../shared/errors/words.ts';
import { locationText } from './findings-text.ts';
import type { Style } from './style.ts';
import { cleanLine } from './text.ts';

const TAIL_LINES = 20;

/** An error for a person: title, what went wrong, where, what to do, and below it the end of the raw output. */
export function errorLines(error: WireError, style: Style): string[] {
  const words = ERROR_WORDS[error.code];
  const message = error.message.split('\n').map(cleanLine);
  const lines = [style.red(style.bold(`error: ${words.title}`)), ...message.map((line) => `  ${line}`)];
  if (error.location) lines.push(`  ${style.dim('at')} ${locationText(error.location)}`);
  const hints = (error.hint ?? words.whatToDo).split('\n').map(cleanLine);
  lines.push(`${style.bold('What to do:')} ${hints[0] ?? ''}`, ...hints.slice(1).map((line) => `  ${line}`));
  if (error.remedy?.kind === 'run-command') lines.push(`  ${style.cyan(`$ ${cleanLine(error.remedy.command)}`)}`);
  if (error.remedy?.kind === 'choose') lines.push(...error.remedy.options.map((option) => `  - ${cleanLine(option)}`));
  if (error.remedy?.kind === 'open-doctor') lines.push(`  ${style.dim('"gangway doctor" looks at everything that is needed.')}`);
  // Where the message quotes all of it already, it is not said twice.
  const detail = error.message.includes(error.detail?.trim() ?? '') ? '' : (error.detail ?? '');
  lines.push(...tail(detail, style), style.dim(`(${error.code})`));
  return lines;
}

function tail(detail: string, style: Style): string[] {
  const all = detail.split('\n').map(cleanLine);
  while (all.length > 0 && all.at(-1) === '') all.pop();
  const shown = all.slice(-TAIL_LINES);
  const cut = all.length - shown.length;
  return [...(cut > 0 ? [style.dim(`  | ... ${cut} lines above left out`)] : []), ...shown.map((line) => `  ${style.dim('|')} ${line}`)];
}
