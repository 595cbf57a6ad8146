import path from 'node:path';
import type { Finding } from '../../../shared/checks/finding.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { Report } from '../../../shared/jobs/report.ts';

/**
 * The engine names files by their absolute paths; a person reads places relative to the folder that was given, as everything else of the
 * folder is named. What lies elsewhere, and what is no path, stays as it is.
 */
export function relativePlace(root: string, file: string): string {
  if (!path.isAbsolute(file)) return file;
  const relative = path.relative(root, file);
  return relative === '' || relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative) ? file : relative.split(path.sep).join('/');
}

function relativeFinding(root: string, finding: Finding): Finding {
  const file = relativePlace(root, finding.file);
  return file === finding.file ? finding : { ...finding, file };
}

/** Runs a job so that the places of its findings and of its error are relative to `root` (absolute). */
export async function withRelativePlaces<T extends object>(root: string, report: Report, body: (report: Report) => Promise<T>): Promise<T> {
  try {
    const value = await body((event) => report(event.type === 'finding' ? { ...event, finding: relativeFinding(root, event.finding) } : event));
    return 'findings' in value ? { ...value, findings: (value.findings as Finding[]).map((finding) => relativeFinding(root, finding)) } : value;
  } catch (error) {
    const { location } = error instanceof GangwayError ? error.wire : {};
    if (!(error instanceof GangwayError) || !location || relativePlace(root, location.file) === location.file) throw error;
    const { code, message, ...more } = error.wire;
    throw new GangwayError(code, message, { ...more, location: { ...location, file: relativePlace(root, location.file) }, cause: error });
  }
}
