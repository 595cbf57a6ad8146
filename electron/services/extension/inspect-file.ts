import { createReadStream } from 'node:fs';
import zlib from 'node:zlib';
import type { ArchiveReport } from '../../../shared/docker/archive.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { PackageReport } from '../../../shared/extension/package.ts';
import type { InspectReport } from '../ports/requests.ts';
import type { VerbContext } from '../ports/verb.ts';
import { measuredFile } from './measured-stream.ts';
import type { PackageDeps } from './package-deps.ts';
import { readPackage } from './read-package.ts';
import { assertRegularFile, readHead } from './spx-reader.ts';
import { readTar } from '../tar/read-tar.ts';

type Deps = Pick<PackageDeps, 'readArchive'>;

/** Says what a file holds, by its content: people rename files, and both kinds are gzip tars. Nothing is unpacked to disk. */
export async function inspectFile(deps: Deps, file: string, { signal, report }: VerbContext): Promise<InspectReport> {
  const progress = (done: number, total: number): void => report({ type: 'progress', phase: 'check', done, total, unit: 'bytes' });
  if ((await kindOfFile(file, signal)) === 'spx') return { kind: 'spx', report: await readPackage(deps, file, signal, progress) };
  return { kind: 'archive', report: await readArchiveFile(deps, file, signal, progress) };
}

export async function readArchiveFile(deps: Deps, file: string, signal: AbortSignal, progress?: (done: number, total: number) => void): Promise<ArchiveReport> {
  const { size } = await assertRegularFile(file);
  const stream = measuredFile(file, (done) => progress?.(done, size));
  try {
    return await deps.readArchive(stream, size, signal);
  } finally {
    stream.destroy();
  }
}

export type { PackageReport };

/**
 * "spx" or "archive". A saved image has a manifest.json too, but a list; an extension's is a map. Reads only as far as the first
 * telling entry; where there is none, the file's own name decides, and the reader then says what is wrong.
 */
export async function kindOfFile(file: string, signal: AbortSignal): Promise<'spx' | 'archive'> {
  await assertRegularFile(file);
  const byName = /\.spx$/i.test(file) ? 'spx' : 'archive';
  const head = await readHead(file, 262);
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  const tar = head.length === 262 && head.toString('latin1', 257, 262) === 'ustar';
  if (!gzip && !tar) return byName;
  const raw = createReadStream(file, { highWaterMark: 1 << 18 });
  const bytes = gzip ? raw.pipe(zlib.createGunzip()) : raw;
  raw.on('error', (error) => bytes.destroy(error));
  try {
    for await (const entry of readTar(bytes as AsyncIterable<Buffer>)) {
      signal.throwIfAborted();
      const { name } = entry;
      if (name === 'docker-compose.yml') return 'spx';
      if (name === 'oci-layout' || name === 'index.json' || name === 'repositories' || /^blobs(\/|$)/.test(name) || /^[0-9a-f]{64}(\.json|\/|$)/.test(name))
        return 'archive';
      if (name !== 'manifest.json') continue;
      for await (const chunk of entry.body()) {
        const first = chunk
          .toString('utf8')
          .replace(/^\ufeff/, '')
          .trimStart()[0];
        if (first !== undefined) return first === '[' ? 'archive' : 'spx';
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    // The reader of its kind will meet the same fault and has the words for it.
    if (!(error instanceof GangwayError) && !(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error;
  } finally {
    raw.destroy();
    bytes.destroy();
  }
  return byName;
}
