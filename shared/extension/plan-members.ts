import type { Finding, Severity } from '../checks/finding.ts';
import type { SourceLocation } from '../errors/codes.ts';
import { filesNamedBy } from './compose-files.ts';
import { isJunk, isNeverPacked, unsafeName } from './member-names.ts';
import { leftOut } from './members-left-out.ts';
import { baseName, normaliseRelative } from './relative-path.ts';
import { locate, nodeAt, pairOf } from './source-tree.ts';
import type { FolderEntry, MembersPlan, PlanMembersInput, PlannedMember } from './members-plan.ts';

/**
 * Which files go into the package, in its fixed order: manifest, compose file, archives, icon, udev file, the rest by name. What the
 * compose file names goes in by itself; other files by the recipe's `files` or `all`. A named file that is missing is a
 * finding that says where it was looked for.
 */
export function planMembers(input: PlanMembersInput): MembersPlan {
  const planner = new Planner(input);
  planner.plan();
  return { members: planner.members, findings: planner.findings };
}

class Planner {
  readonly members: PlannedMember[] = [];
  readonly findings: Finding[] = [];
  private readonly rest: PlannedMember[] = [];
  private readonly folder: string;
  private readonly byPath: Map<string, FolderEntry>;

  constructor(private readonly input: PlanMembersInput) {
    const folder = normaliseRelative(input.packageDir) ?? '';
    this.folder = folder === '' ? '' : `${folder}/`;
    this.byPath = new Map(input.files.map((entry) => [entry.path, entry]));
  }

  plan(): void {
    const { manifest, compose, recipe, archives } = this.input;
    this.fixed('manifest.json', 'manifest', 'error', 'An extension needs a manifest.json.');
    this.composeFile();
    for (const name of archives) this.add(this.members, { name, source: null, size: 0, kind: 'image-archive' });
    this.named(manifest?.manifest?.icon, 'icon', this.inManifest('icon'));
    this.named(manifest?.manifest?.udev_rules, 'udev', this.inManifest('udev_rules'));
    if (compose?.model) {
      const name = manifest?.manifest?.extension_name;
      const options = {
        hasDotEnv: this.byPath.has(`${this.folder}.env`),
        ...(this.input.variables && { variables: this.input.variables }),
        ...(name !== undefined && { extensionName: name }),
      };
      for (const file of filesNamedBy(compose.model, options)) {
        const at = { file: compose.tree.file, line: file.line };
        if (file.path === null)
          this.report('file-outside', 'error', `${file.raw} (${file.why}) lies outside of the extension's folder, so it cannot be packed.`, at);
        else if (file.required || this.isThere(file.path) || !file.why.startsWith('env_file'))
          this.include(file.path, at, file.why, file.required ? 'error' : 'warning');
      }
    }
    for (const path of recipe?.files ?? []) this.include(path === '.' ? '' : path, { file: 'gangway.yaml' }, '"files" of the recipe', 'error');
    if (this.input.all) this.everything('', 'file');
    this.rest.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.members.push(...this.rest);
    this.checkNames();
    if (!this.input.all) this.findings.push(...leftOut(this.input, this.folder, this.members));
  }

  private isThere(path: string): boolean {
    return this.byPath.has(this.folder + path);
  }

  private inManifest(key: string): SourceLocation {
    const tree = this.input.manifest?.tree;
    const pair = tree && pairOf(tree.root, key);
    return tree && pair ? locate(tree, nodeAt(pair.value) ?? pair.value) : { file: 'manifest.json' };
  }

  private fixed(name: string, kind: 'manifest' | 'compose', severity: Severity, missing: string): void {
    const entry = this.byPath.get(this.folder + name);
    if (entry?.kind === 'file') this.add(this.members, { name, source: entry.path, size: entry.size, kind });
    else if (entry?.kind === 'other')
      this.report('file-missing', 'error', `${name} is a link that leads out of the folder or to nothing, so it cannot be packed. Put the file itself there.`, {
        file: name,
      });
    else this.report('file-missing', severity, `${missing} Looked at ${this.folder}${name}.`, { file: name });
  }

  private composeFile(): void {
    const other = ['docker-compose.yaml', 'compose.yaml', 'compose.yml'].find((name) => this.byPath.has(this.folder + name));
    const renamed = other === undefined ? '' : ` Rename ${other}: the robot knows only this name.`;
    // An extension of files alone is a documented kind; with images it cannot run without a compose file.
    const needed = this.input.archives.length > 0 || other !== undefined;
    this.fixed('docker-compose.yml', 'compose', needed ? 'error' : 'warning', `There is no docker-compose.yml, so the extension runs no containers.${renamed}`);
  }

  /** Icon and udev file: in the package folder, else beside the recipe. The member is called as the manifest says. */
  private named(path: string | undefined, kind: 'icon' | 'udev', at: SourceLocation): void {
    if (path === undefined || path === '') return;
    const name = normaliseRelative(path);
    const places = [...new Set([this.folder + (name ?? ''), name ?? ''])];
    const entry = name === null ? undefined : places.map((place) => this.byPath.get(place)).find((one) => one?.kind === 'file');
    if (entry && name !== null) this.add(this.members, { name, source: entry.path, size: entry.size, kind });
    else
      this.report(
        'file-missing',
        'error',
        `The manifest names ${path} as ${kind === 'icon' ? 'icon' : 'udev rules'}, and it is not there. Looked at ${places.join(' and ')}.`,
        at,
      );
  }

  private include(path: string, at: SourceLocation, why: string, missing: Severity): void {
    if (path === '') {
      this.everything('', 'file');
      return;
    }
    const entry = this.byPath.get(this.folder + path);
    if (entry?.kind === 'file') {
      this.add(this.rest, { name: path, source: entry.path, size: entry.size, kind: 'file' });
      return;
    }
    if (entry?.kind === 'folder' || this.input.files.some((one) => one.path.startsWith(`${this.folder}${path}/`))) {
      this.everything(`${path}/`, 'directory');
      return;
    }
    const elsewhere =
      this.folder === ''
        ? ''
        : this.byPath.has(path)
          ? ` There is one at ${path}, beside the recipe; only files of ${this.folder.slice(0, -1)} are packed.`
          : ` and ${path}`;
    const consequence = missing === 'error' ? '' : ' Docker makes an empty folder in its place.';
    this.report(
      'file-missing',
      missing,
      `${path} (${why}) is not there. Looked at ${this.folder}${path}${elsewhere.startsWith(' and') ? `${elsewhere}.` : `.${elsewhere}`}${consequence}`,
      at,
    );
  }

  /** All files under a folder of the package folder ("" is the package folder itself). */
  private everything(prefix: string, emptyKind: 'file' | 'directory'): void {
    const from = this.folder + prefix;
    let count = 0;
    for (const entry of this.input.files) {
      if (!entry.path.startsWith(from) || entry.kind === 'folder') continue;
      const name = entry.path.slice(this.folder.length);
      if (isNeverPacked(name)) continue;
      count++;
      if (entry.kind === 'other') this.report('member-special', 'warning', `${entry.path} is no regular file, so it is not packed.`, { file: entry.path });
      else this.add(this.rest, { name, source: entry.path, size: entry.size, kind: 'file' });
    }
    if (count === 0 && emptyKind === 'directory') this.add(this.rest, { name: prefix, source: from.slice(0, -1), size: 0, kind: 'directory' });
  }

  private add(list: PlannedMember[], member: PlannedMember): void {
    if (isJunk(member.name)) return;
    const before = [...this.members, ...this.rest].find((one) => one.name === member.name);
    if (!before) {
      list.push(member);
      return;
    }
    // An archive that is made replaces one lying there; the same file may be named twice.
    if (before.source === member.source || before.source === null) return;
    this.report('member-collision', 'error', `${before.source} and ${member.source ?? member.name} would both be ${member.name} in the package.`, {
      file: member.source ?? member.name,
    });
  }

  private checkNames(): void {
    const seen = new Map<string, string>();
    for (const { name } of this.members) {
      const problem = unsafeName(name);
      if (problem)
        this.report('member-name-unsafe', 'error', `${JSON.stringify(name)} cannot be a member of the package: ${problem}.`, { file: baseName(name) });
      const key = name.toLowerCase();
      const other = seen.get(key);
      if (other !== undefined)
        this.report('member-collision', 'warning', `${other} and ${name} differ only in case; on some systems one replaces the other.`, { file: name });
      seen.set(key, name);
    }
  }

  private report(id: string, severity: Severity, message: string, at: SourceLocation): void {
    this.findings.push({ id, severity, message, ...at });
  }
}
