import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { FixHunk } from '../../../shared/checks/apply-fixes.ts';
import type { Finding } from '../../../shared/checks/finding.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { TargetId } from '../../../shared/extension/targets.ts';
import type { VerbContext } from '../ports/verb.ts';
import { checkSpx } from './check-package.ts';
import { checkFolder } from './check-folder.ts';
import { fixFolder } from './fix-folder.ts';
import { kindOfFile } from './inspect-file.ts';
import type { PackageDeps } from './package-deps.ts';
import { readSpx } from './spx-reader.ts';

export interface CheckRequest {
  /** Absolute: an extension's folder, or an .spx file. */
  path: string;
  /** Absent: the manifest's installation_target, else what the recipe says, else spot-core-io. */
  target?: TargetId;
  /** Rewrite files of the folder with every safe fix, and check again. */
  fix?: boolean;
}

export interface CheckReport {
  kind: 'folder' | 'spx';
  path: string;
  target: TargetId;
  findings: Finding[];
  counts: { errors: number; warnings: number; hints: number };
  /** What `fix` changed, by file. */
  fixed: { file: string; titles: string[]; hunks: FixHunk[] }[];
  /** Source lines of the findings: file, line from 1, text. */
  excerpts: { file: string; line: number; text: string }[];
}

type Deps = Pick<PackageDeps, 'readArchive' | 'home' | 'owner'>;

/** Rounds of `fix`: one fix can uncover another finding. */
const ROUNDS = 4;

/**
 * `gangway check`: every rule over a folder or a package. Finding errors is no failure of this verb.
 * @throws GangwayError FILE_NOT_FOUND, FILE_UNREADABLE, FOLDER_EMPTY, SOURCE_NOT_UNDERSTOOD, ARCHIVE_INVALID, BAD_REQUEST (fix of an .spx)
 */
export async function checkPath(deps: Deps, request: CheckRequest, { signal }: VerbContext): Promise<CheckReport> {
  const info = await stat(request.path).catch(() => null);
  if (info?.isFile()) {
    if ((await kindOfFile(request.path, signal)) !== 'spx')
      throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${request.path} is neither a folder nor an .spx.`, { data: { path: request.path } });
    if (request.fix) throw new GangwayError('BAD_REQUEST', 'A package is not changed: mend the folder that it was made from, and pack again.');
    const read = await readSpx(request.path, deps.readArchive, signal);
    const { findings, target } = checkSpx(read, request.target, path.basename(request.path));
    return reportOf('spx', request.path, target, soften(findings), (file) => read.texts.get(file), []);
  }
  const fixed: CheckReport['fixed'] = [];
  for (let round = 0; ; round++) {
    const checked = await checkFolder(deps, request.path, request.target, signal);
    const findings = soften(checked.findings);
    const changes = request.fix && round < ROUNDS ? await fixFolder(request.path, findings, deps.owner) : [];
    fixed.push(...changes);
    if (changes.length === 0) return reportOf('folder', request.path, checked.target, findings, (file) => checked.texts.get(file), fixed);
  }
}

/**
 * What is softer here than in packing, and what is told twice. An icon or udev file that is not there stops a packing that promised it; as a
 * state of the sources it is a warning. A bind that is not in the package and will be lost at an upgrade is one matter.
 */
function soften(findings: readonly Finding[]): Finding[] {
  const lost = findings.filter((finding) => finding.id === 'compose-volume-lost');
  const spoken = new Set(findings.filter((finding) => finding.id.startsWith('env-file-')).map((finding) => finding.file));
  return findings.flatMap((finding) => {
    if (finding.id === 'file-missing' && finding.severity === 'warning' && lost.some((other) => other.file === finding.file && other.line === finding.line))
      return [];
    if (finding.id === 'file-left-out' && spoken.has(finding.file)) return [];
    const named = finding.id === 'file-missing' && finding.severity === 'error' && / as (icon|udev rules), and it is not there/.test(finding.message);
    return [named ? { ...finding, severity: 'warning' as const } : finding];
  });
}

function reportOf(
  kind: CheckReport['kind'],
  at: string,
  target: TargetId,
  findings: Finding[],
  textOf: (file: string) => string | undefined,
  fixed: CheckReport['fixed'],
): CheckReport {
  const count = (severity: Finding['severity']): number => findings.filter((finding) => finding.severity === severity).length;
  const lines = new Map<string, string[]>();
  const excerpts = new Map<string, CheckReport['excerpts'][number]>();
  for (const { file, line } of findings) {
    if (line === undefined) continue;
    if (!lines.has(file)) lines.set(file, (textOf(file) ?? '').replace(/^\ufeff/, '').split(/\r?\n/));
    const text = lines.get(file)?.[line - 1];
    if (text !== undefined && text !== '') excerpts.set(`${file}\0${line}`, { file, line, text: text.slice(0, 2000) });
  }
  return {
    kind,
    path: at,
    target,
    findings,
    counts: { errors: count('error'), warnings: count('warning'), hints: count('hint') },
    fixed,
    excerpts: [...excerpts.values()],
  };
}
