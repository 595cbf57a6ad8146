import path from 'node:path';
import type { Finding } from '../../../shared/checks/finding.ts';
import type { BuildRequest } from '../../../shared/docker/build.ts';
import type { Dockerfile } from '../../../shared/docker/dockerfile.ts';
import { globToRegExp } from '../../../shared/docker/dockerfile-glob.ts';
import { readIgnoreFile } from '../engine/build/ignore-file.ts';

/**
 * Warns where the next build would take the package itself into the image: "COPY . ." and an .spx in the context. The image then grows with
 * each packing, and the step is never cached.
 * @param output absolute path of the package
 */
export async function packageInContext(
  output: string,
  builds: readonly BuildRequest[],
  dockerfileOf: (build: BuildRequest) => Dockerfile | null,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const build of builds) {
    const inContext = path.relative(build.context, output).split(path.sep).join('/');
    if (inContext.startsWith('../') || path.isAbsolute(inContext)) continue;
    const copy = dockerfileOf(build)?.copies.find((one) => one.from === undefined && one.sources.some((source) => covers(source, inContext)));
    if (!copy || (await readIgnoreFile(build.context, build.dockerfile)).matcher?.matches(inContext)) continue;
    findings.push({
      id: 'package-in-context',
      severity: 'warning',
      file: build.dockerfile,
      line: copy.line,
      message: `${copy.instruction} takes ${inContext} into the image, which is the package itself: the image grows with each packing. Add a line *.spx to .dockerignore.`,
    });
  }
  return findings;
}

/** Whether a COPY source, a path or pattern relative to the context, brings a file along. Sources with variables are left alone. */
function covers(source: string, file: string): boolean {
  if (source.includes('$')) return false;
  const clean = path.posix.normalize(`/${source}`).slice(1).replace(/\/$/, '');
  if (clean === '') return true;
  const pattern = globToRegExp(clean);
  const parts = file.split('/');
  return parts.some((_, index) => pattern?.test(parts.slice(0, index + 1).join('/')));
}
