import path from 'node:path';
import type { Finding } from '../../../shared/checks/finding.ts';
import type { CheckInput } from '../../../shared/checks/rule.ts';
import { runChecks, sortFindings } from '../../../shared/checks/run-checks.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { filesNamedBy } from '../../../shared/extension/compose.ts';
import { targetOf } from '../../../shared/extension/manifest.ts';
import { isNeverPacked } from '../../../shared/extension/member-names.ts';
import type { ImagePlan } from '../../../shared/extension/image-plan.ts';
import { planImages } from '../../../shared/extension/plan-images.ts';
import { planMembers } from '../../../shared/extension/plan-members.ts';
import { normaliseRelative } from '../../../shared/extension/relative-path.ts';
import { itemsOf, locate, pairOf, textOf } from '../../../shared/extension/source-tree.ts';
import { TARGETS, type TargetId } from '../../../shared/extension/targets.ts';
import { parseUdev } from '../../../shared/extension/udev.ts';
import { dockerfileReport } from '../engine/build/dockerfile-report.ts';
import { scanContext } from '../engine/build/scan-context.ts';
import { againstOwn, architecturesOf } from './check-package.ts';
import { readTextIfAny } from './folder-files.ts';
import { readArchiveFile } from './inspect-file.ts';
import type { PackageDeps } from './package-deps.ts';
import { readFolder, type FolderSources } from './read-folder.ts';

export interface CheckedFolder {
  target: TargetId;
  findings: Finding[] /** Texts that findings point into, by file. */;
  texts: Map<string, string>;
}

type Archive = { name: string; report: Awaited<ReturnType<typeof readArchiveFile>> };

/** Every rule over a folder, without an engine. What is not built yet is not missed: its archive is a hint. */
export async function checkFolder(
  deps: Pick<PackageDeps, 'readArchive' | 'home'>,
  root: string,
  asked: TargetId | undefined,
  signal: AbortSignal,
): Promise<CheckedFolder> {
  const sources = await readFolder(path.resolve(root), { home: deps.home, signal });
  const manifest = sources.manifest?.manifest ?? null;
  const own = manifest?.installation_target === undefined ? (sources.recipe?.recipe?.target ?? targetOf(manifest)) : targetOf(manifest);
  const target = asked ?? own;
  const texts = new Map<string, string>();
  const plan = imagePlan(sources, target);
  const listed = manifest?.images ?? [];
  const built = new Set(plan?.archives.filter((archive) => archive.files.length === 0).map((archive) => archive.name));
  const archives = await presentArchives(
    deps,
    sources,
    listed.filter((name) => !built.has(name)),
    signal,
  );
  const input = await inputOf(sources, texts, archives, listed);
  const members = planMembers({
    files: sources.files.map((file) => ({ path: file.path, size: 0, kind: file.kind })),
    packageDir: sources.packageDir,
    manifest: sources.manifest,
    compose: sources.compose,
    recipe: sources.recipe?.recipe ?? null,
    archives: listed.map((name) => name),
    variables: sources.variables,
    all: false,
  });
  const rules = (of: TargetId): Finding[] => [
    ...runChecks({ ...input, target: of }),
    ...archives.flatMap(({ name, report }) => architecturesOf(name, report, of)),
  ];
  const docker = async (of: TargetId): Promise<Finding[]> => dockerfiles(sources, plan, of, signal);
  const findings = [...rules(target), ...(await docker(target))];
  const judged = againstOwn(findings, target === own ? null : [...rules(own), ...(await docker(own))]);
  return {
    target,
    texts,
    findings: sortFindings([
      ...judged,
      ...(plan?.findings ?? []).filter((finding) => finding.id !== 'archive-without-images'),
      ...settled(sources, members.findings),
      ...notBuilt(sources, archives),
    ]),
  };
}

/**
 * Without what the manifest settles: a bind that it keeps over upgrades is made when the extension first runs. What a manifest says that cannot
 * be read is not known, so nothing is missed then that it might name.
 */
function settled({ manifest }: FolderSources, findings: readonly Finding[]): Finding[] {
  if (manifest && !manifest.manifest)
    return findings.filter((finding) => finding.id !== 'file-left-out' && !(finding.id === 'file-missing' && finding.severity === 'warning'));
  const kept = [...(manifest?.manifest?.files_to_save ?? []), ...(manifest?.manifest?.directories_to_save ?? [])].map((saved) =>
    saved.replace(/^(\.?\/)+|\/+$/g, ''),
  );
  return findings.filter(
    (finding) =>
      !(
        finding.id === 'file-missing' &&
        finding.severity === 'warning' &&
        kept.some((name) => name !== '' && (finding.message.startsWith(`${name} (`) || finding.message.startsWith(`${name}/`)))
      ),
  );
}

/** Where each image comes from; null where that cannot be told from the names (packing says so, with the choices). */
function imagePlan(sources: FolderSources, target: TargetId): ImagePlan | null {
  try {
    return planImages({
      folderName: path.basename(sources.root),
      packageDir: sources.packageDir,
      recipe: sources.recipe?.recipe ?? null,
      manifest: sources.manifest?.manifest ?? null,
      compose: sources.compose?.model ?? null,
      variables: sources.variables,
      platform: TARGETS[target].platform ?? 'linux/arm64',
      dockerfiles: sources.dockerfiles.map((file) => ({ path: file.path, stages: file.parsed.stages.flatMap((stage) => stage.name ?? []) })),
      archivesPresent: sources.archives.map((each) => ({ path: each })),
    });
  } catch (error) {
    if (error instanceof GangwayError) return null;
    throw error;
  }
}

const inPackage = (sources: FolderSources, name: string): string => (sources.packageDir === '' ? name : `${sources.packageDir}/${name}`);

/** Saved archives that the manifest lists and that lie in the folder, read. With a Dockerfile they are the last build's: not looked into. */
async function presentArchives(
  deps: Pick<PackageDeps, 'readArchive'>,
  sources: FolderSources,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Archive[]> {
  if (sources.dockerfiles.length > 0) return [];
  const found: Archive[] = [];
  for (const name of names) {
    const at = [inPackage(sources, name), name].find((place) => sources.files.some((file) => file.path === place && file.kind === 'file'));
    const report =
      at === undefined
        ? null
        : await readArchiveFile(deps, path.join(sources.root, at), signal).catch((error: unknown) => {
            signal.throwIfAborted();
            if (error instanceof GangwayError) return null;
            throw error;
          });
    if (report) found.push({ name, report });
  }
  return found;
}

/** What the rules look at besides images, of a folder that has been read: udev rules, environment files, Dockerfiles, names of files. */
export function sourcesInput(sources: FolderSources): Promise<Omit<CheckInput, 'target'>> {
  return inputOf(sources, new Map(), [], []);
}

async function inputOf(
  sources: FolderSources,
  texts: Map<string, string>,
  archives: readonly Archive[],
  listed: readonly string[],
): Promise<Omit<CheckInput, 'target'>> {
  const { manifest, compose, recipe, variables, dockerfiles: found } = sources;
  for (const parsed of [manifest, compose, recipe]) if (parsed) texts.set(parsed.tree.file, parsed.tree.text);
  for (const file of found) texts.set(file.path, file.text);
  const read = async (file: string): Promise<string | null> => {
    const text = sources.files.some((one) => one.path === file && one.kind === 'file') ? await readTextIfAny(path.join(sources.root, file)) : null;
    if (text !== null) texts.set(file, text);
    return text;
  };
  const udevName = manifest?.manifest?.udev_rules;
  const udevFile = udevName === undefined ? null : (normaliseRelative(udevName) ?? '');
  let udev: CheckInput['udev'] = null;
  for (const place of udevFile ? new Set([inPackage(sources, udevFile), udevFile]) : []) {
    const text: string | null = udev ? null : await read(place);
    if (text !== null) udev = parseUdev(text, place);
  }
  const named = compose?.model
    ? filesNamedBy(compose.model, { hasDotEnv: true, variables })
        .filter((file) => /env/i.test(file.why) && file.path !== null)
        .map((file) => inPackage(sources, file.path ?? ''))
    : [];
  const envFiles: { file: string; text: string }[] = [];
  for (const file of new Set([inPackage(sources, '.env'), ...named])) {
    const text = await read(file);
    if (text !== null) envFiles.push({ file, text });
  }
  const prefix = sources.packageDir === '' ? '' : `${sources.packageDir}/`;
  const complete = archives.length === listed.length;
  return {
    manifest,
    compose,
    recipe,
    variables,
    envFiles,
    // A udev file that is named and not there is its own finding; what it would make is not known.
    ...((udevName === undefined && manifest?.manifest !== null) || udev !== null ? { udev } : {}),
    files: sources.files
      .filter((file) => file.kind === 'file' && file.path.startsWith(prefix) && !isNeverPacked(file.path))
      .map((file) => file.path.slice(prefix.length)),
    dockerfiles: found.map(({ path: file, parsed }) => ({ file, parsed })),
    images: archives.flatMap(({ name, report }) => report.images.map((image) => ({ archive: name, format: report.format, image }))),
    ...(complete && listed.length > 0 && { archives: archives.map(({ name, report }) => ({ name, tags: report.images.flatMap((image) => image.tags) })) }),
  };
}

/** What the Dockerfiles say of themselves; sources of COPY are looked up where it is planned which folder they build from. */
async function dockerfiles(sources: FolderSources, plan: ImagePlan | null, target: TargetId, signal: AbortSignal): Promise<Finding[]> {
  const result: Finding[] = [];
  for (const file of sources.dockerfiles) {
    const build = plan?.builds.find((one) => one.dockerfile === file.path);
    const platform = TARGETS[target].platform;
    const context = build && path.resolve(sources.root, build.context);
    const inside = context !== undefined && (context === sources.root || context.startsWith(sources.root + path.sep));
    const absolute = path.join(sources.root, file.path);
    const scan = inside ? await scanContext(context, absolute, { signal, limit: 20_000 }) : null;
    const below = inside ? path.relative(sources.root, context).split(path.sep).join('/') : '';
    const report = await dockerfileReport(sources.root, file, {
      ...(build && { args: build.args }),
      ...(platform !== null && build && { platform }),
      ...(build?.stage !== undefined && { stage: build.stage }),
      ...(inside && { context }),
      crlfScripts: (scan?.crlfScripts ?? []).map((script) => path.posix.join(below, script)),
    });
    result.push(...report.findings);
  }
  return result;
}

function notBuilt(sources: FolderSources, archives: readonly Archive[]): Finding[] {
  const tree = sources.manifest?.manifest ? sources.manifest.tree : undefined;
  const pair = tree && pairOf(tree.root, 'images');
  return itemsOf(pair?.value).flatMap((item): Finding[] => {
    const name = textOf(item);
    if (!tree || name === undefined || archives.some((archive) => archive.name === name)) return [];
    if (sources.files.some((file) => file.kind === 'file' && (file.path === inPackage(sources, name) || file.path === name))) return [];
    return [{ id: 'archive-not-built', severity: 'hint', ...locate(tree, item), message: `${name} is not built yet: "gangway package" builds it.` }];
  });
}
