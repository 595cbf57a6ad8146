import type { Finding } from '../checks/finding.ts';
import type { BuildResult } from './build.ts';

/** Warns where builds of different Dockerfiles or stages gave one and the same image: most often a stage or file was mixed up. */
export function sameImageWarnings(results: readonly (Pick<BuildResult, 'imageId' | 'tags'> & { dockerfile?: string })[]): Finding[] {
  const byId = new Map<string, (typeof results)[number][]>();
  for (const result of results) byId.set(result.imageId, [...(byId.get(result.imageId) ?? []), result]);
  return [...byId.values()]
    .filter((same) => same.length > 1)
    .map((same) => {
      const tags = same.flatMap((result) => result.tags.slice(0, 1));
      return {
        id: 'build-same-image',
        severity: 'warning',
        file: same.at(-1)?.dockerfile ?? 'Dockerfile',
        message: `${tags.slice(0, -1).join(', ')} and ${tags.at(-1) ?? ''} are one and the same image (${same[0]!.imageId.replace('sha256:', '').slice(0, 12)}). If they should differ, look at the Dockerfile, stage and build arguments of each.`,
      };
    });
}
