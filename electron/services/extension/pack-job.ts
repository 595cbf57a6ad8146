import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Finding } from '../../../shared/checks/finding.ts';
import type { BuildRequest } from '../../../shared/docker/build.ts';
import { formatPlatform, type Platform } from '../../../shared/docker/platform.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { sameImage } from '../../../shared/docker/image-reference.ts';
import { supplies, tagAsWanted } from '../../../shared/extension/image-tags.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import type { Engine } from '../ports/engine.ts';
import type { LayerStore, StoredImage } from '../ports/layer-store.ts';
import { checkArchitecture } from './foreign-binaries.ts';
import { measuredFile } from './measured-stream.ts';
import { buildImages, fetchImages, withTagsBack } from './obtain-images.ts';
import type { Owner } from './output-file.ts';
import { partOf, type Phases } from './phases.ts';
import { writeArchivePart } from './sdk-archive.ts';
import { assertRegularFile } from './spx-reader.ts';
import { writePackage, type PackMember } from './spx-writer.ts';

/** One image archive of the package and where its images come from. */
export interface ArchivePlan {
  /** Member name. */
  name: string;
  /** Images of the engine, by reference. */
  references: string[];
  /** Saved archives, absolute; `only` names the images to take, null all. */
  files: { path: string; only: string[] | null }[];
}

/** Everything decided, nothing done yet: what packageFolder and buildSdkExtension both come down to. */
export interface PackJob {
  platform: Platform;
  /** Absolute. */
  output: string;
  builds: BuildRequest[];
  /** Images that are not built: in the engine for this platform, or pulled for it. */
  fetch: string[];
  archives: ArchivePlan[];
  /** In the order in which they are packed. Archives stand where `archive` names one. */
  members: (PackMember | { archive: string })[];
  /** Images as the compose file names them: saved images are packed under these spellings. */
  wanted: readonly string[];
  /** Files that the result must not replace, absolute. */
  inputs: string[];
  /** What the checks say once the images are known. An error among them ends the job. */
  check: (images: ReadonlyMap<string, readonly StoredImage[]>) => Finding[];
  owner: Owner | null;
  /** An archive that is also wanted as a file beside the package, absolute. */
  alsoWrite?: { archive: string; path: string };
}

export interface PackTools {
  /** Asked for only when an image is built, or comes from the engine. */
  engine: () => Engine;
  store: LayerStore;
  phases: Phases;
  signal: AbortSignal;
}

/**
 * Builds, takes the layers, checks, packs and verifies. Nothing is unpacked and no archive is written on the way. A cancelled job
 * puts its tags back; one that failed leaves the images that were built, for a look at them.
 */
export async function runPackJob(job: PackJob, tools: PackTools): Promise<PackageResult> {
  return withTagsBack(tools.engine, job.builds, tools.signal, () => packJob(job, tools));
}

async function packJob(job: PackJob, tools: PackTools): Promise<PackageResult> {
  const { phases } = tools;
  const findings: Finding[] = [];
  findings.push(...(await obtain(job, tools)));
  if (job.archives.length === 0) phases.skip('layers');
  const images =
    job.archives.length === 0 ? new Map<string, StoredImage[]>() : await phases.run('layers', 'Take the layers', (report) => takeLayers(job, tools, report));
  await phases.run('check', 'Check the extension', async (report) => {
    const found = [...checkArchitecture([...images.values()].flat(), job.platform), ...job.check(images)];
    for (const finding of found) report({ type: 'finding', finding });
    findings.push(...found);
    assertNoErrors(found);
  });
  const packed = await pack(job, images, tools);
  return {
    path: packed.path,
    size: packed.size,
    digest: packed.digest,
    entries: packed.entries,
    images: [...images.values()].flat().map((image) => ({ tags: image.tags, id: image.id, platform: formatPlatform(image), size: image.size })),
    findings,
    phases: phases.milliseconds,
  };
}

/** @throws GangwayError CHECK_FAILED with every finding in data.findings */
export function assertNoErrors(findings: readonly Finding[]): void {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const [first] = errors;
  if (!first) return;
  const { file, line, column, endLine, endColumn } = first;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new GangwayError('CHECK_FAILED', `${first.message}${more}`, {
    location: {
      file,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
      ...(endLine !== undefined && { endLine }),
      ...(endColumn !== undefined && { endColumn }),
    },
    data: { findings },
  });
}

async function obtain(job: PackJob, { engine, phases, signal }: PackTools): Promise<Finding[]> {
  if (job.builds.length === 0 && job.fetch.length === 0) {
    for (const phase of ['context', 'build', 'pull'] as const) phases.skip(phase);
    return [];
  }
  const { findings } = await buildImages(engine(), job.builds, phases, signal);
  await fetchImages(engine(), job.fetch, job.platform, phases, signal);
  return findings;
}

/** The images of each archive, by member name. One read of the engine for all of them: they often share their base. */
async function takeLayers(job: PackJob, { engine, store, signal }: PackTools, report: Parameters<typeof partOf>[0]): Promise<Map<string, StoredImage[]>> {
  const references = [...new Set(job.archives.flatMap((archive) => archive.references))];
  const files = [...new Set(job.archives.flatMap((archive) => archive.files.map((file) => file.path)))];
  const parts = files.length + (references.length > 0 ? 1 : 0);
  const taken = new Map<string, StoredImage>();
  if (references.length > 0) {
    const { images } = await store.takeFromEngine(engine(), references, job.platform, { signal, report: partOf(report, 'layers', 0, parts) });
    references.forEach((reference) => {
      const image = images.find((each) => each.id === reference || each.tags.some((tag) => sameImage(tag, reference)));
      if (!image) throw new GangwayError('IMAGE_NOT_FOUND', `The engine gave no image for ${reference}.`, { data: { image: reference } });
      taken.set(reference, image);
    });
  }
  const fromFiles = new Map<string, StoredImage[]>();
  for (const [index, file] of files.entries()) {
    const part = parts - files.length + index;
    const { size: total } = await assertRegularFile(file);
    const open = (): Readable =>
      measuredFile(file, (done) => partOf(report, 'layers', part, parts)({ type: 'progress', phase: 'layers', done, total, unit: 'bytes' }));
    const images = await named(file, () =>
      store.takeFromArchive(open, job.platform, { signal, report: (event) => event.type !== 'progress' && report(event) }),
    );
    fromFiles.set(
      file,
      images.map((image) => ({ ...image, tags: [...new Set(image.tags.map((tag) => tagAsWanted(tag, job.wanted)))] })),
    );
  }
  return new Map(
    job.archives.map((archive) => [
      archive.name,
      unique([
        ...archive.references.map((reference) => taken.get(reference)),
        ...archive.files.flatMap((file) => chosen(file.path, fromFiles.get(file.path) ?? [], file.only)),
      ]),
    ]),
  );
}

/** The images of a saved archive that are wanted; one that it lacks is an error, told with what it holds. */
function chosen(file: string, images: readonly StoredImage[], only: readonly string[] | null): readonly StoredImage[] {
  if (only === null) return images;
  const tags = new Map<StoredImage, string[]>();
  for (const reference of only) {
    const image = images.find((each) => each.tags.some((tag) => supplies(tag, reference)));
    if (image) {
      tags.set(image, [...(tags.get(image) ?? []), ...image.tags.filter((tag) => supplies(tag, reference))]);
      continue;
    }
    const holds = images.flatMap((each) => each.tags);
    throw new GangwayError('IMAGE_NOT_FOUND', `${file} does not hold ${reference}; it holds ${holds.join(', ') || 'an image without a tag'}.`, {
      data: { image: reference, path: file, holds },
    });
  }
  // Only under the names that are wanted: another may be that of an image that is built.
  return [...tags].map(([image, own]) => ({ ...image, tags: [...new Set(own)] }));
}

/** Says which of several archives it is that cannot be read. */
async function named<T>(file: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof GangwayError) || !error.code.startsWith('ARCHIVE_')) throw error;
    const { code, message, ...more } = error.wire;
    throw new GangwayError(code, `${path.basename(file)}: ${message}`, { ...more, data: { ...more.data, path: file }, cause: error });
  }
}

function unique(images: readonly (StoredImage | undefined)[]): StoredImage[] {
  return [...new Set(images)].filter((image) => image !== undefined);
}

async function pack(job: PackJob, images: ReadonlyMap<string, StoredImage[]>, { store, phases, signal }: PackTools): ReturnType<typeof writePackage> {
  const assembled = new Map<string, Awaited<ReturnType<LayerStore['assemble']>>>();
  let beside: Awaited<ReturnType<typeof writeArchivePart>> | undefined;
  try {
    for (const [name, own] of images) assembled.set(name, await store.assemble(own));
    let report = phases.begin('pack', 'Write the package');
    const progress = (phase: 'pack' | 'verify') => sampled((done, total) => report({ type: 'progress', phase, done, total, unit: 'bytes' }));
    const besideArchive = job.alsoWrite && assembled.get(job.alsoWrite.archive);
    if (job.alsoWrite && besideArchive) beside = await writeArchivePart(besideArchive, job.alsoWrite.path, job.owner, signal, () => undefined);
    const members = job.members.map((member): PackMember => {
      if (!('archive' in member)) return member;
      const name = member.archive;
      if (beside && name === job.alsoWrite?.archive)
        return { name, kind: 'image-archive', executable: false, source: { from: 'file', path: beside.partPath, size: beside.size } };
      const archive = assembled.get(name);
      if (!archive) throw new GangwayError('INTERNAL', `No archive ${name} was planned.`);
      return { name, kind: 'image-archive', executable: false, source: { from: 'stream', size: archive.size, open: () => archive.stream() } };
    });
    const written = (): void => {
      phases.end('pack');
      report = phases.begin('verify', 'Read it back');
    };
    const result = await writePackage(
      { output: job.output, members, inputs: job.inputs, owner: job.owner },
      { signal, packed: progress('pack'), written, verified: progress('verify') },
    );
    await beside?.commit();
    phases.end('verify');
    return result;
  } catch (error) {
    await beside?.discard();
    throw error;
  } finally {
    for (const archive of assembled.values()) await archive.release();
  }
}

function sampled(report: (done: number, total: number) => void): (done: number, total: number) => void {
  let last = 0;
  return (done, total) => {
    const now = performance.now();
    if (done < total && now - last < 50) return;
    last = now;
    report(done, total);
  };
}
