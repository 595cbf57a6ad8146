import { createReadStream, type ReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import type { ArchiveReport } from '../../../shared/docker/archive.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { PackageEntry } from '../../../shared/extension/package.ts';
import type { ReadArchive } from '../ports/layer-store.ts';
import { isBeneathLink, unsafeEntry } from '../tar/entry-names.ts';
import { type PulledEntry, readTar } from '../tar/read-tar.ts';

/** What an .spx holds, as it lies there: the input of the checks and of `PackageReport`. */
export interface ReadSpx {
  size: number;
  entries: { name: string; size: number; directory: boolean; executable: boolean }[];
  /** Text members that the checks look at, by name. */
  texts: Map<string, string>;
  archives: { name: string; report: ArchiveReport }[];
  /** Members that begin like an image archive and are none, with the reason. */
  notArchives: { name: string; error: GangwayError }[];
}

/** Bytes of a text member that are kept; a larger one is listed, not read. */
const TEXT_LIMIT = 4 << 20;
/** A gzip bomb ends here: no extension unpacks to more (CORE I/O has 400 GB in all). */
const TOTAL_LIMIT = 400 * 1024 ** 3;

/**
 * Reads an .spx in one pass from the disk; nothing is unpacked. Nested image archives are read by `readArchive` as they go by.
 * @throws GangwayError FILE_NOT_FOUND, FILE_UNREADABLE, ARCHIVE_INVALID, ARCHIVE_TRUNCATED, ARCHIVE_ENTRY_UNSAFE
 */
export async function readSpx(file: string, readArchive: ReadArchive, signal: AbortSignal, progress?: (done: number, total: number) => void): Promise<ReadSpx> {
  signal.throwIfAborted();
  const { size } = await assertRegularFile(file);
  const raw = createReadStream(file, { highWaterMark: 1 << 20 });
  const result: ReadSpx = { size, entries: [], texts: new Map(), archives: [], notArchives: [] };
  const seen = new Set<string>();
  const links = new Set<string>();
  let total = 0;
  try {
    for await (const entry of readTar(inflate(raw, signal, (done) => progress?.(done, size)))) {
      // "./" itself, the folder that the archive was made in, has no name left.
      const why = unsafeEntry({ ...entry, name: entry.name === '' ? '.' : entry.name }) ?? (isBeneathLink(entry.name, links) ? 'lies beneath a link' : null);
      if (why) {
        const entryName = entry.name.slice(0, 200);
        throw new GangwayError('ARCHIVE_ENTRY_UNSAFE', `${file} holds an unsafe entry: ${JSON.stringify(entryName)} ${why}.`, { data: { entry: entryName } });
      }
      total += entry.size;
      if (total > TOTAL_LIMIT) throw new GangwayError('ARCHIVE_INVALID', `${file} would unpack to more than ${TOTAL_LIMIT} bytes.`);
      if (entry.name === '') continue;
      if (!seen.has(entry.name))
        result.entries.push({ name: entry.name, size: entry.size, directory: entry.type === 'directory', executable: (entry.mode & 0o111) !== 0 });
      seen.add(entry.name);
      if (entry.type === 'symlink') links.add(entry.name);
      if (entry.type === 'file') await readMember(entry, result, readArchive, signal);
    }
    return result;
  } catch (error) {
    signal.throwIfAborted();
    throw named(error, file);
  } finally {
    raw.destroy();
  }
}

async function readMember(entry: PulledEntry, result: ReadSpx, readArchive: ReadArchive, signal: AbortSignal): Promise<void> {
  const body = entry.body();
  const head = await take(body, Math.min(entry.size, 512));
  const rest = async function* (): AsyncGenerator<Buffer> {
    yield* head;
    yield* body;
  };
  if (looksLikeArchive(Buffer.concat(head))) {
    const stream = Readable.from(rest(), { objectMode: false });
    try {
      result.archives.push({ name: entry.name, report: await readArchive(stream, entry.size, signal) });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof GangwayError) || error.code === 'ARCHIVE_ENTRY_UNSAFE') throw error;
      result.notArchives.push({ name: entry.name, error });
    } finally {
      stream.destroy();
    }
  } else if (entry.size <= TEXT_LIMIT && isText(entry.name)) {
    const chunks: Buffer[] = [];
    for await (const chunk of rest()) chunks.push(chunk);
    result.texts.set(entry.name, Buffer.concat(chunks).toString('utf8'));
  }
}

/** Members whose text the checks look at: the two known names, environment files and udev rules. */
function isText(name: string): boolean {
  return /\.(json|ya?ml|rules?|env|tpl)$/i.test(name) || name.split('/').pop()?.startsWith('.env') === true;
}

/** gzip, zstd, or a tar's magic: by content, since people name a plain tar .tgz. */
export function looksLikeArchive(head: Buffer): boolean {
  if (head.length >= 4 && ((head[0] === 0x1f && head[1] === 0x8b) || head.readUInt32LE(0) === 0xfd2fb528)) return true;
  return head.length >= 262 && head.toString('latin1', 257, 262) === 'ustar';
}

async function take(body: AsyncGenerator<Buffer>, length: number): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for (let have = 0; have < length; ) {
    const next = await body.next();
    if (next.done) break;
    chunks.push(next.value);
    have += next.value.length;
  }
  return chunks;
}

/** The bytes behind gzip. A plain tar is told apart with a word of its own: it is a common slip. */
async function* inflate(raw: ReadStream, signal: AbortSignal, progress: (done: number) => void): AsyncGenerator<Buffer> {
  const gunzip = zlib.createGunzip({ chunkSize: 1 << 20 });
  const stop = (): void => {
    raw.destroy();
    gunzip.destroy(new Error('Reading was cancelled.'));
  };
  signal.addEventListener('abort', stop, { once: true });
  let done = 0;
  raw.on('data', (chunk) => {
    done += chunk.length;
    progress(done);
  });
  raw.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of raw.pipe(gunzip)) yield chunk as Buffer;
  } finally {
    signal.removeEventListener('abort', stop);
    raw.destroy();
    gunzip.destroy();
  }
}

function named(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'Z_BUF_ERROR') return new GangwayError('ARCHIVE_TRUNCATED', `${file} ends too early.`, { cause: error });
  if (code === 'Z_DATA_ERROR')
    return new GangwayError('ARCHIVE_INVALID', `${file} is not an .spx: it is not gzip, or it is damaged.`, { detail: String(error), cause: error });
  if (code === 'EACCES' || code === 'EIO' || code === 'EPERM')
    return new GangwayError('FILE_UNREADABLE', `${file} cannot be read (${code}).`, { cause: error });
  if (error instanceof GangwayError && (error.code === 'ARCHIVE_INVALID' || error.code === 'ARCHIVE_TRUNCATED') && !error.message.includes(file)) {
    const { code: wireCode, message, ...more } = error.wire;
    return new GangwayError(wireCode, `${file}: ${message}`, { ...more, cause: error });
  }
  return error;
}

/** A file that can be read to an end: devices, pipes and sockets are refused before they are opened. */
export async function assertRegularFile(file: string): Promise<{ size: number }> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new GangwayError('FILE_NOT_FOUND', `There is no file ${file}.`, { data: { path: file } });
    throw new GangwayError('FILE_UNREADABLE', `${file} cannot be read (${error.code ?? error.message}).`, { data: { path: file }, cause: error });
  });
  if (info.isDirectory())
    throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${file} is a folder, not a file.`, { hint: 'Name an .spx or a saved image in it.', data: { path: file } });
  if (!info.isFile()) throw new GangwayError('SOURCE_NOT_UNDERSTOOD', `${file} is a device, pipe or socket, not a file.`, { data: { path: file } });
  return { size: info.size };
}

/** The first bytes of a file, at most `length`. */
export async function readHead(file: string, length: number): Promise<Buffer> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new GangwayError('FILE_UNREADABLE', `${file} cannot be read (${error.code ?? error.message}).`, { data: { path: file }, cause: error });
  });
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** How an entry is shown, given what the manifest says of names. */
export function kindOf(
  entry: { name: string; directory: boolean },
  names: { icon?: string; udev?: string; archives: ReadonlySet<string> },
): PackageEntry['kind'] {
  if (entry.directory) return 'directory';
  if (entry.name === 'manifest.json') return 'manifest';
  if (entry.name === 'docker-compose.yml') return 'compose';
  if (names.archives.has(entry.name)) return 'image-archive';
  if (entry.name === names.icon) return 'icon';
  return entry.name === names.udev ? 'udev' : 'file';
}
