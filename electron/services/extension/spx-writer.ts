import { createHash } from 'node:crypto';
import { open, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { PackageEntry } from '../../../shared/extension/package.ts';
import { GzipWriter, pieces } from './gzip-writer.ts';
import { openOutput, outputError, type OutputFile, type Owner } from './output-file.ts';
import { readHead } from './spx-reader.ts';
import { padding, TAR_END, tarHeader } from '../tar/tar-header.ts';
import { verifyWritten, type HeaderPlace } from './verify-written.ts';

/** Where a member's bytes come from. A stream must give exactly `size` bytes; it is opened once, when its turn comes. */
export type MemberSource =
  | { from: 'bytes'; bytes: Uint8Array }
  | { from: 'file'; path: string; size: number }
  | { from: 'stream'; size: number; open: () => Readable }
  | { from: 'folder' };

export interface PackMember {
  name: string;
  kind: PackageEntry['kind'];
  source: MemberSource;
  executable: boolean;
}

export interface WriteRequest {
  /** Absolute path of the .spx. */
  output: string;
  members: PackMember[];
  /** Files that must not be replaced by the result, beside those of the members. */
  inputs?: string[];
  owner: Owner | null;
}

export interface WriteProgress {
  signal: AbortSignal;
  /** Bytes of content packed so far, of all. */
  packed?: (done: number, total: number) => void;
  /** Called once all is written and flushed, before it is read back. */
  written?: () => void;
  verified?: (done: number, total: number) => void;
}

export interface WrittenPackage {
  path: string;
  size: number;
  digest: string;
  entries: PackageEntry[];
}

/**
 * Writes one flat gzip tar: members in the given order, time and owner zero, so the same members always give the same bytes.
 * It is written beside the output, flushed, read back against the digest and the headers taken while writing, and only
 * then renamed. Whatever goes wrong, nothing of it is left and an older .spx of that name is untouched.
 * @throws GangwayError DISK_FULL, OUTPUT_NOT_WRITABLE, FILE_UNREADABLE, VERIFY_FAILED
 */
export async function writePackage(request: WriteRequest, progress: WriteProgress): Promise<WrittenPackage> {
  const { signal } = progress;
  signal.throwIfAborted();
  await assertReplaceable(request.output);
  const inputs = [...(request.inputs ?? []), ...request.members.flatMap((member) => (member.source.from === 'file' ? [member.source.path] : []))];
  const output = await openOutput(request.output, { inputs, owner: request.owner, mode: 0o644 });
  try {
    await assertSpace(request);
    const { headers, size, digest } = await writeMembers(output, request, progress);
    await output.sync();
    progress.written?.();
    signal.throwIfAborted();
    await verifyWritten(output.partPath, { size, digest, headers }, signal, (done) => progress.verified?.(done, size));
    signal.throwIfAborted();
    await output.commit();
    return { path: output.path, size, digest, entries: request.members.map(({ name, kind, source }) => ({ name, kind, size: sizeOf(source) })) };
  } catch (error) {
    await output.discard();
    throw outputError(error, request.output);
  }
}

/** A slip in `-o` must not cost a file: only a package, or something compressed under another name, is replaced. */
export async function assertReplaceable(output: string): Promise<void> {
  const info = await stat(output).catch(() => null);
  if (!info?.isFile() || info.size === 0 || /\.spx$/i.test(output)) return;
  const head = await readHead(output, 2);
  if (head[0] === 0x1f && head[1] === 0x8b) return;
  throw new GangwayError('OUTPUT_NOT_WRITABLE', `${output} is there already and is no package.`, {
    hint: 'Give the result another name.',
    data: { path: output },
  });
}

async function writeMembers(
  output: OutputFile,
  request: WriteRequest,
  progress: WriteProgress,
): Promise<{ headers: HeaderPlace[]; size: number; digest: string }> {
  const hash = createHash('sha256');
  // While one piece goes to the disk the next is hashed.
  let writing: Promise<void> = Promise.resolve();
  const gzip = new GzipWriter(async (chunks) => {
    for (const chunk of chunks) hash.update(chunk);
    await writing;
    writing = writeAll(output, chunks);
    writing.catch(() => undefined);
  });
  const headers: HeaderPlace[] = [];
  const total = request.members.reduce((sum, member) => sum + sizeOf(member.source), 0);
  let done = 0;
  const write = async (): Promise<void> => {
    await gzip.begin();
    for (const member of request.members) {
      progress.signal.throwIfAborted();
      const offset = gzip.offset;
      const header = tarHeader({ name: member.name, size: sizeOf(member.source), mode: member.executable || member.source.from === 'folder' ? 0o755 : 0o644 });
      await gzip.deflated(header);
      headers.push({ name: member.name, offset, length: gzip.offset - offset, header });
      await writeContent(gzip, member, progress.signal, (bytes) => {
        done += bytes;
        progress.packed?.(done, total);
      });
    }
    await gzip.deflated(TAR_END);
    await gzip.end();
  };
  // A write under way ends before anyone closes the file.
  await write().finally(() => writing);
  return { headers, size: gzip.offset, digest: `sha256:${hash.digest('hex')}` };
}

async function writeContent(gzip: GzipWriter, member: PackMember, signal: AbortSignal, count: (bytes: number) => void): Promise<void> {
  const size = sizeOf(member.source);
  if (member.source.from === 'folder') return;
  // Image archives are compressed already, but for a plain .tar; of other files the first piece tells whether deflating is worth it.
  let deflate = member.kind !== 'image-archive' || member.name.endsWith('.tar');
  let seen = 0;
  for await (const piece of pieces(readSource(member, signal))) {
    signal.throwIfAborted();
    seen += piece.length;
    if (seen > size) break;
    if (deflate) deflate = await gzip.deflated(piece);
    else await gzip.stored(piece);
    count(piece.length);
  }
  if (seen !== size) {
    throw new GangwayError('FILE_UNREADABLE', `${member.name} changed while it was packed: ${size} bytes were expected.`, {
      remedy: { kind: 'retry' },
      data: { path: member.name },
    });
  }
  if (padding(size) > 0) await gzip.stored(Buffer.alloc(padding(size)));
}

async function* readSource({ name, source }: PackMember, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (source.from === 'bytes') {
    yield source.bytes;
  } else if (source.from === 'file') {
    const handle = await open(source.path, 'r').catch((error: unknown) => {
      throw new GangwayError('FILE_UNREADABLE', `${source.path} cannot be read.`, { data: { path: source.path }, cause: error });
    });
    try {
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(1 << 20), 0, 1 << 20).catch((error: unknown) => {
          throw new GangwayError('FILE_UNREADABLE', `${source.path} cannot be read.`, { data: { path: source.path }, cause: error });
        });
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  } else if (source.from === 'stream') {
    const stream = source.open();
    const stop = (): void => void stream.destroy(new Error(`Packing ${name} was cancelled.`));
    signal.addEventListener('abort', stop, { once: true });
    try {
      for await (const chunk of stream) yield chunk as Uint8Array;
    } finally {
      signal.removeEventListener('abort', stop);
      stream.destroy();
    }
  }
}

async function writeAll(output: OutputFile, chunks: Buffer[]): Promise<void> {
  let rest = chunks;
  while (rest.length > 0) {
    let { bytesWritten } = await output.handle.writev(rest);
    let at = 0;
    for (; at < rest.length && bytesWritten >= rest[at]!.length; at += 1) bytesWritten -= rest[at]!.length;
    rest = rest.slice(at);
    if (bytesWritten > 0 && rest[0]) rest = [rest[0].subarray(bytesWritten), ...rest.slice(1)];
  }
}

/** What is sure to be written must fit: found before gigabytes are copied rather than after. */
async function assertSpace(request: WriteRequest): Promise<void> {
  const sure = request.members.reduce((sum, { kind, source }) => sum + (kind === 'image-archive' ? sizeOf(source) : 0), 0);
  const free = await freeBytes(path.dirname(request.output));
  if (free !== null && free < sure) {
    throw new GangwayError('DISK_FULL', `${request.output} needs ${sure} bytes; ${free} are free there.`, {
      data: { path: request.output, needed: sure, free },
      remedy: { kind: 'retry' },
    });
  }
}

/** Bytes that this user may still write in a folder; null where the system does not say. */
export async function freeBytes(folder: string): Promise<number | null> {
  const info = await statfs(folder).catch(() => null);
  // File systems without a size (/proc, some network drives) say 0 of 0.
  return info && info.bsize > 0 && info.blocks > 0 ? info.bavail * info.bsize : null;
}

function sizeOf(source: MemberSource): number {
  return source.from === 'bytes' ? source.bytes.byteLength : source.from === 'folder' ? 0 : source.size;
}
