import type { Finding } from '../../../shared/checks/finding.ts';
import type { CheckInput } from '../../../shared/checks/rule.ts';
import { runChecks, sortFindings } from '../../../shared/checks/run-checks.ts';
import { formatPlatform, platformRuns } from '../../../shared/docker/platform.ts';
import { parseCompose, parseDotEnv } from '../../../shared/extension/compose.ts';
import { parseManifest, targetOf, type ParsedManifest } from '../../../shared/extension/manifest.ts';
import { isJunk } from '../../../shared/extension/member-names.ts';
import { planMembers } from '../../../shared/extension/plan-members.ts';
import { TARGETS } from '../../../shared/extension/targets.ts';
import type { ImageInfo } from '../../../shared/docker/build.ts';
import { isCarried } from './foreign-binaries.ts';
import type { ReadSpx } from './spx-reader.ts';

/** The rules over the sources of a package, with the tags inside its archives once they are known. */
export function checkPackage(sources: Omit<CheckInput, 'archives'>, images: ReadonlyMap<string, readonly Pick<ImageInfo, 'tags'>[]>): Finding[] {
  return runChecks({ ...sources, archives: [...images].map(([name, own]) => ({ name, tags: own.flatMap((image) => image.tags) })) });
}

/** The same rules over a finished .spx, and what only shows there: missing members, other architectures, leavings of file managers. */
export function checkFinished(read: ReadSpx): Finding[] {
  const text = <T>(name: string, parse: (content: string, file: string) => T): T | null => {
    const content = read.texts.get(name);
    return content === undefined ? null : parse(content, name);
  };
  const manifest = text('manifest.json', parseManifest);
  const compose = text('docker-compose.yml', parseCompose);
  const variables = text('.env', parseDotEnv) ?? new Map<string, string>();
  const archives = read.archives.map(({ name, report }) => ({ name, tags: report.images.flatMap((image) => image.tags) }));
  const target = targetOf(manifest?.manifest ?? null);
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
  return sortFindings([
    ...runChecks({ target, manifest, compose, variables, archives: listed }),
    ...findings,
    ...unreadableArchives(read, manifest),
    ...architectures(read, target),
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

function architectures(read: ReadSpx, target: keyof typeof TARGETS): Finding[] {
  const { platform, title } = TARGETS[target];
  if (!platform) return [];
  return read.archives.flatMap(({ name, report }) =>
    report.images.flatMap((image): Finding[] => {
      const tag = image.tags[0] ?? image.id.slice(0, 19);
      if (!platformRuns(image, platform)) {
        return [
          { id: 'image-architecture', severity: 'error', file: name, message: `${tag} is built for ${formatPlatform(image)}; ${title} runs ${platform}.` },
        ];
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
    }),
  );
}
