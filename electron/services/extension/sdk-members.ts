import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../../../shared/checks/finding.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { Manifest } from '../../../shared/extension/manifest.ts';
import { memberOfFile, memberOfFolder, walkFolder } from './folder-files.ts';
import type { PackMember } from './spx-writer.ts';

/** Where build_extension.py looks for a file, and where a person expects it: both are tried. */
export interface Lookup {
  packageDir: string;
  cwd: string;
}

/**
 * The icon or udev file. The SDK's script drops a path it cannot find without a word (the icon is joined to the package
 * folder, the udev rule is not). Here a file that was asked for, by option or by the manifest, is found in either place or is an error.
 * @returns null where nobody asked for it and the default is not there
 */
export async function optionalMember(
  kind: 'icon' | 'udev',
  wanted: { option: string | undefined; named: string | undefined; fallback: string },
  { packageDir, cwd }: Lookup,
): Promise<PackMember | null> {
  const asked = wanted.option ?? wanted.named;
  const name = asked ?? wanted.fallback;
  const places = [
    ...new Set(kind === 'icon' ? [path.resolve(packageDir, name), path.resolve(cwd, name)] : [path.resolve(cwd, name), path.resolve(packageDir, name)]),
  ];
  // A default that lies in the working folder by chance is not meant for an icon: only its own rule's first place counts.
  for (const place of asked === undefined ? places.slice(0, 1) : places) {
    if (await isFile(place)) return memberOfFile(place, path.basename(place), kind);
  }
  if (asked === undefined) return null;
  const what = kind === 'icon' ? 'icon' : 'udev rules file';
  const by = wanted.option === undefined ? ', which manifest.json names,' : '';
  throw new GangwayError('FILE_NOT_FOUND', `The ${what} ${name}${by} is neither ${places.join(' nor ')}.`, {
    hint: `Give its path with --${kind === 'icon' ? 'icon' : 'udev-rule'}, or take it out of manifest.json.`,
    data: { looked: places },
  });
}

/** `--additional-files`: relative to the package folder, packed under their last name as the SDK's script does; a missing one is a warning. */
export async function additionalMembers(
  files: readonly string[],
  packageDir: string,
  signal: AbortSignal,
): Promise<{ members: PackMember[]; findings: Finding[] }> {
  const members = new Map<string, PackMember>();
  const findings: Finding[] = [];
  const put = (member: PackMember, origin: string): void => {
    if (members.has(member.name) && member.kind !== 'directory') {
      findings.push({
        id: 'files-same-name',
        severity: 'warning',
        file: origin,
        message: `Two of the additional files are named ${member.name}; the later one is packed.`,
      });
    }
    members.set(member.name, member);
  };
  for (const file of files) {
    const place = path.resolve(packageDir, file);
    const info = await stat(place).catch(() => null);
    const name = path.basename(place);
    if (info?.isDirectory()) {
      put(memberOfFolder(name), file);
      for (const each of await walkFolder(place, { signal })) {
        if (each.kind === 'folder') put(memberOfFolder(`${name}/${each.path}`), file);
        else if (each.kind === 'file') put(await memberOfFile(each.absolute, `${name}/${each.path}`, 'file'), file);
        else
          findings.push({
            id: 'member-special',
            severity: 'warning',
            file: `${file}/${each.path}`,
            message: `${each.path} is no regular file, so it is not packed.`,
          });
      }
    } else if (info?.isFile()) {
      put(await memberOfFile(place, name, 'file'), file);
    } else {
      findings.push({ id: 'files-missing', severity: 'warning', file, message: `No file ${file} in package directory ${packageDir}.` });
    }
  }
  return { members: [...members.values()], findings };
}

/** Names that the manifest and the archive take may not be taken by another file too. */
export function assertNoCollision(members: readonly { name: string }[], manifest: Manifest): void {
  const seen = new Set(['manifest.json', 'docker-compose.yml', ...(manifest.images ?? [])]);
  for (const { name } of members) {
    if (seen.has(name))
      throw new GangwayError('CHECK_FAILED', `Two files would be packed as ${name}.`, {
        hint: 'Rename one: files are packed under their last name.',
        data: { name },
      });
    seen.add(name);
  }
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() ?? false;
}
