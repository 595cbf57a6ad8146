import type { Finding } from '../../../shared/checks/finding.ts';
import type { CheckInput } from '../../../shared/checks/rule.ts';
import { runChecks, sortFindings } from '../../../shared/checks/run-checks.ts';
import { formatPlatform, platformRuns } from '../../../shared/docker/platform.ts';
import { parseCompose, parseDotEnv } from '../../../shared/extension/compose.ts';
import { parseManifest, targetOf, type ParsedManifest } from '../../../shared/extension/manifest.ts';
import { isJunk } from '../../../shared/extension/member-names.ts';
import { packageFileName } from '../../../shared/extension/package-file-name.ts';
import { planMembers } from '../../../shared/extension/plan-members.ts';
import { TARGETS, type TargetId } from '../../../shared/extension/targets.ts';
import { parseUdev } from '../../../shared/extension/udev.ts';
import type { ArchiveReport } from '../../../shared/docker/archive.ts';
import type { ImageInfo } from '../../../shared/docker/build.ts';
import { isCarried } from './foreign-binaries.ts';
import type { ReadSpx } from './spx-reader.ts';

/** The rules over the sources of a package, with the tags inside its archives once they are known. */
export function checkPackage(sources: Omit<CheckInput, 'archives'>, images: ReadonlyMap<string, readonly Pick<ImageInfo, 'tags'>[]>): Finding[] {
  return runChecks({ ...sources, archives: [...images].map(([name, own]) => ({ name, tags: own.flatMap((image) => image.tags) })) });
}

/** The same rules over a finished .spx, and what only shows there: missing members, other architectures, leavings of file managers. */
export function checkFinished(read: ReadSpx): Finding[] {
  return checkSpx(read).findings;
}

/** As `checkFinished`, for a chosen target. `fileName` is that of the .spx, where it is known. */
export function checkSpx(read: ReadSpx, asked?: TargetId, fileName?: string): { target: TargetId; findings: Finding[] } {
  const text = <T>(name: string, parse: (content: string, file: string) => T): T | null => {
    const content = read.texts.get(name);
    return content === undefined ? null : parse(content, name);
  };
  const manifest = text('manifest.json', parseManifest);
  const compose = text('docker-compose.yml', parseCompose);
  const variables = text('.env', parseDotEnv) ?? new Map<string, string>();
  const archives = read.archives.map(({ name, report }) => ({ name, tags: report.images.flatMap((image) => image.tags) }));
  const own = targetOf(manifest?.manifest ?? null);
  const target = asked ?? own;
  // Members that are no images although they begin like some are told by their own finding.
  const listed = archives.filter(({ name }) => manifest?.manifest?.images?.includes(name) ?? true);
  const { findings } = planMembers({
    files: read.entries.map((entry) => ({ path: entry.name, size: entry.size, kind: entry.directory ? 'folder' : 'file' })),
    packageDir: '',
    manifest,
    compose,
    recipe: null,
    archives: archives.map(({ name }) => name),
    variables,
    all: true,
  });
  const udevName = manifest?.manifest?.udev_rules;
  const udev = udevName === undefined ? null : text(udevName, parseUdev);
  const input = {
    manifest,
    compose,
    variables,
    archives: listed,
    files: read.entries.filter((entry) => !entry.directory).map((entry) => entry.name),
    envFiles: [...read.texts].filter(([name]) => /(^|\/)[^/]*\.env[^/]*$/.test(name)).map(([file, content]) => ({ file, text: content })),
    images: read.archives.flatMap(({ name, report }) => report.images.map((image) => ({ archive: name, format: report.format, image }))),
    ...(udevName === undefined || udev !== null ? { udev } : {}),
  };
  const rules = (of: TargetId): Finding[] => [
    ...runChecks({ ...input, target: of }),
    ...read.archives.flatMap(({ name, report }) => architecturesOf(name, report, of)),
  ];
  const all = sortFindings([
    ...againstOwn(rules(target), target === own ? null : rules(own)),
    ...findings,
    ...unreadableArchives(read, manifest),
    ...(fileName === undefined ? [] : packageFileName(fileName, manifest?.manifest?.extension_name, target)),
    ...read.entries
      .filter((entry) => isJunk(entry.name))
      .map(
        (entry): Finding => ({
          id: 'member-junk',
          severity: 'warning',
          file: entry.name,
          message: `${entry.name} was left there by a file manager; on Orbit such members make the installation fail.`,
        }),
      ),
  ]);
  return { target, findings: all };
}

function unreadableArchives(read: ReadSpx, manifest: ParsedManifest | null): Finding[] {
  return read.notArchives
    .filter(({ name }) => manifest?.manifest?.images?.includes(name))
    .map(({ name, error }) => ({
      id: 'archive-unreadable',
      severity: 'error',
      file: name,
      message: `${name} is listed as an image archive and is none: ${error.message}`,
    }));
}

/** Another target than the package's own is a question, not a mistake: what is right for its own target is no error. */
export function againstOwn(findings: readonly Finding[], own: readonly Finding[] | null): Finding[] {
  if (own === null) return [...findings];
  const keys = new Set(own.map(keyOf));
  return findings.map((finding) => (finding.severity === 'error' && !keys.has(keyOf(finding)) ? { ...finding, severity: 'warning' as const } : finding));
}

const keyOf = (finding: Finding): string => [finding.id, finding.file, finding.line, finding.column].join('\0');

/** Images of one archive against a target: platform of the config, and of the programs inside. */
export function architecturesOf(name: string, report: ArchiveReport, target: TargetId): Finding[] {
  const { platform, title } = TARGETS[target];
  if (!platform) return [];
  return report.images.flatMap((image): Finding[] => {
    const tag = image.tags[0] ?? image.id.slice(0, 19);
    if (!platformRuns(image, platform)) {
      return [{ id: 'image-architecture', severity: 'error', file: name, message: `${tag} is built for ${formatPlatform(image)}; ${title} runs ${platform}.` }];
    }
    return (image.foreign ?? [])
      .filter((file) => !isCarried(file))
      .slice(0, 20)
      .map((file) => ({
        id: 'image-foreign-binary',
        severity: 'error',
        file: name,
        message: `/${file.path.replace(/^\/+/, '')} in ${tag} is a program for ${file.machine}; the image is for ${file.expected}.`,
      }));
  });
}
