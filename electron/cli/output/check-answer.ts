import type { Finding } from '../../../shared/checks/finding.ts';
import { TARGETS } from '../../../shared/extension/targets.ts';
import type { CheckReport } from '../../services/extension/check-path.ts';
import { EXIT } from '../spec.ts';
import type { Answer } from './output.ts';
import type { Style } from './style.ts';
import { cleanLine, escapeControls } from './text.ts';

/** stdout: what was fixed, the findings by file with their lines, and the counts. Exit code 1 where there are errors. */
export function checkAnswer(value: CheckReport): Answer {
  const { findings: _, excerpts: __, ...short } = value;
  return {
    value: short,
    exitCode: value.counts.errors > 0 ? EXIT.failed : EXIT.done,
    ...(value.counts.errors > 0 && { code: 'CHECK_FAILED' }),
    text: (style, columns) => [...fixedLines(value, style), ...findingsByFile(value, style, columns), countLine(value, style)],
  };
}

function fixedLines({ fixed }: CheckReport, style: Style): string[] {
  return fixed.flatMap(({ file, titles, hunks }) => [
    style.bold(`Fixed ${escapeControls(file)}`),
    ...titles.map((title) => `  ${cleanLine(title)}`),
    ...hunks.flatMap(({ line, before, after }) => [
      style.cyan(`  @@ line ${line} @@`),
      ...before.map((text) => style.red(`  -${escapeControls(text)}`)),
      ...after.map((text) => style.green(`  +${escapeControls(text)}`)),
    ]),
    '',
  ]);
}

function findingsByFile(report: CheckReport, style: Style, columns: number): string[] {
  const files = [...new Set(report.findings.map((finding) => finding.file))];
  return files.flatMap((file) => [
    style.bold(escapeControls(file === '' ? '(the package)' : file)),
    ...report.findings.filter((finding) => finding.file === file).flatMap((finding) => findingBlock(finding, report, style, columns)),
    '',
  ]);
}

function findingBlock(finding: Finding, { excerpts }: CheckReport, style: Style, columns: number): string[] {
  const paint = { error: style.red, warning: style.yellow, hint: style.cyan }[finding.severity];
  const place = finding.line === undefined ? '' : `${finding.line}:${finding.column ?? 1} `;
  const [first = '', ...more] = finding.message.split('\n').map(cleanLine);
  const excerpt = excerpts.find((one) => one.file === finding.file && one.line === finding.line);
  return [
    `  ${place}${paint(finding.severity)} ${first} ${style.dim(`[${finding.id}]`)}`,
    ...more.map((line) => `    ${line}`),
    ...(excerpt ? caret(excerpt.text, finding, paint, columns) : []),
    ...(finding.fix ? [`    ${style.dim(finding.fix.needsReview ? 'possible fix:' : 'fix:')} ${cleanLine(finding.fix.title)}`] : []),
  ];
}

/** The line and a mark under the place; a long line is cut around it. */
function caret(text: string, { column = 1, line, endLine, endColumn }: Finding, paint: (text: string) => string, columns: number): string[] {
  const width = Math.max(30, columns - 8);
  const from = column > width - 10 ? column - Math.floor(width / 2) : 0;
  const shown = text.slice(from, from + width).replaceAll('\t', ' ');
  const end = endLine === undefined || endLine === line ? (endColumn ?? column + 1) : text.length + 1;
  const length = Math.max(1, Math.min(end, from + shown.length + 1) - column);
  return [`    | ${escapeControls(shown)}`, `    | ${' '.repeat(Math.max(0, column - 1 - from))}${paint('^'.repeat(length))}`];
}

function countLine({ counts, target, fixed }: CheckReport, style: Style): string {
  const some = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const text = [some(counts.errors, 'error'), some(counts.warnings, 'warning'), some(counts.hints, 'hint')].join(', ');
  const done =
    fixed.length > 0
      ? `; ${some(
          fixed.reduce((sum, one) => sum + one.titles.length, 0),
          'fix',
        ).replace('fixs', 'fixes')} applied`
      : '';
  const paint = counts.errors > 0 ? style.red : counts.warnings > 0 ? style.yellow : style.green;
  return `${paint(text)} for ${TARGETS[target].title}${done}.`;
}
