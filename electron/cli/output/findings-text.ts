import type { Finding } from '../../../shared/checks/finding.ts';
import type { SourceLocation } from '../../../shared/errors/codes.ts';
import type { Style } from './style.ts';
import { cleanLine, escapeControls } from './text.ts';

/** What stands for a file in findings about the command's own words. */
export const COMMAND_LINE = '(command line)';

/** Findings with one key are the same finding, told once. */
export const findingKey = (found: Finding): string => [found.id, found.file, found.line, found.column, found.message].join('\0');

/** "manifest.json:3:15", as editors and terminals make links of. */
export function locationText(location: SourceLocation): string {
  const parts = [escapeControls(location.file), location.line, location.line === undefined ? undefined : location.column];
  return parts.filter((part) => part !== undefined).join(':');
}

/** "warning: docker-compose.yml:4:5: message [rule]", the word in its colour, the fix below. */
export function findingLines(finding: Finding, style: Style): string[] {
  const paint = { error: style.red, warning: style.yellow, hint: style.cyan }[finding.severity];
  const place = finding.file === COMMAND_LINE || finding.file === '' ? '' : `${locationText(finding)}: `;
  const lines = finding.message.split('\n').map(cleanLine);
  const fix = finding.fix ? [`  ${style.dim('fix:')} ${cleanLine(finding.fix.title)}`] : [];
  return [`${paint(`${finding.severity}:`)} ${place}${lines[0] ?? ''} ${style.dim(`[${finding.id}]`)}`, ...lines.slice(1).map((line) => `  ${line}`), ...fix];
}
