import type { ArchiveReport } from '../../../shared/docker/archive.ts';
import type { BuildResult } from '../../../shared/docker/build.ts';
import { formatPlatform } from '../../../shared/docker/platform.ts';
import type { DoctorReport } from '../../../shared/doctor/report.ts';
import type { PackageReport, PackageResult } from '../../../shared/extension/package.ts';
import type { InspectReport } from '../../services/ports/requests.ts';
import { EXIT } from '../spec.ts';
import { findingLines } from './findings-text.ts';
import type { Answer } from './output.ts';
import type { Style } from './style.ts';
import { escapeControls, formatBytes, formatDuration, table, truncate } from './text.ts';

/** "sha256:1234567890ab", as engines shorten ids. */
const shortId = (id: string): string => id.replace(/^(sha256:)?([0-9a-f]{12})[0-9a-f]*$/, '$2');

/** stdout: one line per image, tag, id and platform. */
export function buildAnswer(value: { images: BuildResult[] }): Answer {
  return {
    value,
    exitCode: EXIT.done,
    text: () => table(value.images.map((image) => [image.tags.join(' ') || '(no tag)', image.imageId, image.platform])),
    aside: (style) =>
      value.images.map(
        (image) =>
          `${style.green('built')} ${escapeControls(image.tags[0] ?? image.imageId)} in ${formatDuration(image.milliseconds)}, ${image.cachedSteps} of ${image.totalSteps} steps from the cache`,
      ),
  };
}

/** stdout: the path of the .spx and nothing else, so that `$(gangway package .)` is it. */
export function packageAnswer(value: PackageResult): Answer {
  return {
    value,
    exitCode: EXIT.done,
    text: () => [value.path],
    aside: (style) => [
      `${style.green('packed')} ${formatBytes(value.size)}, ${value.digest}`,
      ...indented(
        table(
          value.entries.map((entry) => [formatBytes(entry.size), entry.name, entry.kind]),
          [0],
        ),
      ),
      ...value.images.map((image) => `  image ${escapeControls(image.tags.join(' '))}  ${image.platform}  ${formatBytes(image.size)}`),
    ],
  };
}

export function inspectAnswer(value: InspectReport): Answer {
  return {
    value,
    exitCode: EXIT.done,
    text: (style, columns) => (value.kind === 'spx' ? packageLines(value.report, style, columns) : archiveLines(value.report, style, columns)),
  };
}

/** stdout: one line per check with ok, warn, fail or skip; the fix below. Exit code 1 where the main job cannot work. */
export function doctorAnswer(value: DoctorReport): Answer {
  return {
    value,
    exitCode: value.ready ? EXIT.done : EXIT.failed,
    text: (style) => {
      const words = { ok: style.green('ok  '), warning: style.yellow('warn'), error: style.red('fail'), skipped: style.dim('skip') };
      const width = Math.max(0, ...value.checks.map((check) => check.title.length));
      const checks = value.checks.flatMap((check) => {
        const [first = '', ...more] = check.found.split('\n');
        const lines = [`${words[check.state]}  ${check.title.padEnd(width)}  ${first}`, ...more.map((line) => `${' '.repeat(width + 8)}${line}`)];
        if (check.state === 'ok') return lines;
        if (check.fix) lines.push(...check.fix.split('\n').map((line, i) => `      ${i === 0 ? style.bold('fix:') : '    '} ${line}`));
        if (check.command) lines.push(`      ${style.cyan(`$ ${check.command}`)}`);
        return lines;
      });
      return [...checks, '', value.ready ? style.green('Ready to build and pack here.') : style.red('Not ready: see the lines that say fail.')];
    },
  };
}

/** stdout: the files written, one per line. */
export function filesAnswer(value: { files: string[] }): Answer {
  return { value, exitCode: EXIT.done, text: () => value.files };
}

function packageLines(report: PackageReport, style: Style, columns: number): string[] {
  const manifest = Object.entries(report.manifest ?? {}).map(([key, field]) => [key, typeof field === 'string' ? field : JSON.stringify(field)]);
  return [
    style.bold(`Spot extension, ${formatBytes(report.size)}`),
    '',
    style.bold('Entries'),
    ...indented(
      table(
        report.entries.map((entry) => [formatBytes(entry.size), entry.name, entry.kind]),
        [0],
      ),
    ),
    '',
    style.bold('Manifest'),
    ...(report.manifest ? indented(table(manifest)) : ['  none']),
    ...report.archives.flatMap((archive) => ['', style.bold(`Images in ${escapeControls(archive.name)}`), ...archiveLines(archive.report, style, columns)]),
    ...(report.findings.length > 0 ? ['', style.bold('Findings'), ...report.findings.flatMap((finding) => indented(findingLines(finding, style)))] : []),
  ];
}

function archiveLines(report: ArchiveReport, style: Style, columns: number): string[] {
  const compression = report.compression === 'none' ? 'not compressed' : report.compression;
  return [
    `  ${report.format}, ${compression}, ${formatBytes(report.size)}`,
    ...report.images.flatMap((image) => [
      `  ${style.bold(escapeControls(image.tags.join(' ') || '(no tag)'))}  ${formatPlatform(image)}  ${shortId(image.id)}  ${formatBytes(image.size)}`,
      ...startLine(image),
      ...indented(
        table(
          image.layers.map((layer) => [formatBytes(layer.size), shortId(layer.diffId), layer.createdBy ?? '']),
          [0],
        ).map((line) => truncate(line, Math.max(30, columns - 5))),
        '    ',
      ),
    ]),
  ];
}

function startLine(image: ArchiveReport['images'][number]): string[] {
  const command = [...image.entrypoint, ...image.cmd];
  const parts = [
    command.length > 0 ? `starts ${escapeControls(JSON.stringify(command))}` : '',
    image.user ? `as user ${escapeControls(image.user)}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? [`    ${parts.join(' ')}`] : [];
}

const indented = (lines: readonly string[], by = '  '): string[] => lines.map((line) => by + line);
