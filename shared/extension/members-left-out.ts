import type { Finding } from '../checks/finding.ts';
import { isNeverPacked } from './member-names.ts';
import type { PlanMembersInput, PlannedMember } from './members-plan.ts';
import { baseName, folderOf, normaliseRelative } from './relative-path.ts';

/** At most so many are named; the rest is counted. */
const NAMED = 8;

/**
 * Warnings for files of the package folder that are not packed but look needed: rules and settings by their kind, files that the
 * compose file mentions somewhere, and anything in a folder that holds nothing but the extension.
 */
export function leftOut(input: PlanMembersInput, folder: string, members: readonly PlannedMember[]): Finding[] {
  const packed = new Set(members.flatMap((member) => (member.source === null ? [folder + member.name] : [member.source])));
  const files = input.files.filter(
    (entry) => entry.kind === 'file' && entry.path.startsWith(folder) && !packed.has(entry.path) && !isNeverPacked(entry.path.slice(folder.length)),
  );
  const names = files.map((entry) => entry.path.slice(folder.length)).filter((name) => !isSource(name));
  // A folder of its own, without a Dockerfile, holds what somebody means to pack.
  const dedicated = folder !== '' && !files.some((entry) => isSource(entry.path.slice(folder.length)));
  const whole = input.compose?.model?.services.some((service) =>
    service.volumes.some((volume) => volume.type === 'bind' && normaliseRelative(volume.source) === ''),
  );
  const text = input.compose?.tree.text ?? '';
  const findings: Finding[] = [];
  const plain: string[] = [];
  for (const name of names) {
    const why = reason(name, text);
    if (why !== null) findings.push(finding(name, why));
    else if ((dedicated || whole) && !/\.(tgz|tar|tar\.gz)$/.test(name)) plain.push(name);
  }
  for (const name of plain.slice(0, NAMED)) findings.push(finding(name, whole ? 'a service binds the whole folder' : "it lies in the extension's own folder"));
  if (plain.length > NAMED)
    findings.push({
      id: 'file-left-out',
      severity: 'warning',
      file: folderOf(plain[NAMED] ?? ''),
      message: `${plain.length - NAMED} more files of ${folder.slice(0, -1)} are not packed. ${HOW}`,
    });
  return findings;
}

const HOW = 'Name it under "files" in gangway.yaml, or pack everything with --all.';

function finding(name: string, why: string): Finding {
  return { id: 'file-left-out', severity: 'warning', file: name, message: `${name} is not packed, and ${why}. ${HOW}` };
}

function reason(name: string, compose: string): string | null {
  const base = baseName(name);
  if (/\.rules?$/.test(base)) return 'it looks like udev rules: "udev_rules" of the manifest names none or another file';
  if (/^\.env(\.|$)/.test(base) && folderOf(name) === '') return 'it looks like settings of the compose file';
  // Only a whole word counts, and no word as common as "app".
  const mentioned = base.length > 4 && new RegExp(`(^|[\\s"'/=:])${base.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[\\s"':,])`, 'm').test(compose);
  return mentioned ? 'the compose file mentions it' : null;
}

/** What images are built from. */
function isSource(name: string): boolean {
  return /(^|[._-])(dockerfile|containerfile)([._-]|$)/i.test(baseName(name)) || baseName(name) === '.dockerignore';
}
