import { randomBytes } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { setImmediate as giveWay } from 'node:timers/promises';
import { pack, type Pack } from 'tar-stream';
import { PatternMatcher } from '../../../../shared/docker/pattern-matcher.ts';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import { unreadable, walkContext, type ContextEntry } from './context-walk.ts';
import { GO_MODE } from './fs-packets.ts';
import { alwaysSent, readIgnoreFile } from './ignore-file.ts';

/** Files up to this size are read whole. */
const SMALL_FILE = 64 * 1024;

export interface ContextTar {
  stream: Readable;
  /** The Dockerfile's name inside the tar. */
  dockerfile: string;
  /** Settles when the tar is written or given up; rejects with what went wrong. */
  done: Promise<void>;
}

/**
 * A context as one tar, for builders without a session: after the ignore file, owner 0, links kept. A Dockerfile outside the context is
 * put in under a name that no file has.
 */
export async function contextTar(context: string, dockerfile: string, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<ContextTar> {
  const ignore = await readIgnoreFile(context, dockerfile);
  const kept = alwaysSent(context, dockerfile, ignore.file);
  // The builder reads a .dockerignore in the tar once more: where another file counts instead, it stays out.
  const own = ignore.file !== null && path.basename(ignore.file) !== '.dockerignore' ? ['.dockerignore'] : [];
  const patterns = [
    ...ignore.patterns.map(({ pattern }) => pattern),
    ...own,
    ...kept.filter((file) => ignore.matcher?.matches(file)).map((file) => `!${escapePattern(file)}`),
  ];
  const outside = !kept.some((file) => path.resolve(context, file) === path.resolve(dockerfile));
  const name = outside ? `.dockerfile.${randomBytes(10).toString('hex')}` : kept[0]!;
  const tar = pack();
  // tar-stream's own stream is none of Node's; what is handed out is. Either end's closing closes the other.
  const stream = new PassThrough();
  tar.on('error', () => undefined);
  stream.on('error', () => undefined);
  stream.once('close', () => tar.destroy());
  tar.pipe(stream);
  const done = write(tar, { context, patterns, extra: outside ? { name, content: await readFile(dockerfile) } : null }, signal, onBytes).catch(
    (error: unknown) => {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    },
  );
  done.catch(() => undefined);
  return { stream, dockerfile: name, done };
}

interface Job {
  context: string;
  patterns: string[];
  extra: { name: string; content: Buffer } | null;
}

async function write(tar: Pack, job: Job, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<void> {
  let bytes = 0;
  let until = performance.now() + 8;
  if (job.extra) tar.entry({ name: job.extra.name, mode: 0o600 }, job.extra.content);
  for (const entry of walkContext(job.context, { exclude: job.patterns.length > 0 ? new PatternMatcher(job.patterns) : null })) {
    if (performance.now() > until || tar.destroyed) {
      signal.throwIfAborted();
      if (tar.destroyed) throw Object.assign(new Error('the engine stopped reading the context'), { code: 'EPIPE' });
      await giveWay();
      until = performance.now() + 8;
    }
    await addEntry(tar, entry, signal);
    bytes += entry.kind === 'file' ? entry.size : 0;
    onBytes(bytes);
  }
  tar.finalize();
}

async function addEntry(tar: Pack, entry: ContextEntry, signal: AbortSignal): Promise<void> {
  // Pipes, sockets and devices have no place in a context.
  if (entry.kind === 'special') return;
  const type = entry.kind === 'folder' ? 'directory' : entry.kind === 'link' ? 'symlink' : 'file';
  const header = {
    name: entry.path,
    type,
    mode: posixMode(entry.mode),
    uid: 0,
    gid: 0,
    mtime: new Date(milliseconds(entry)),
    size: type === 'file' ? entry.size : 0,
    ...(type === 'symlink' ? { linkname: entry.linkname } : {}),
  } as const;
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(signal.aborted ? signal.reason : error) : resolve());
    if (type !== 'file') tar.entry(header, done);
    else if (entry.size <= SMALL_FILE) tar.entry(header, content(entry.absolute), done);
    else {
      const target = tar.entry(header, done);
      const source = createReadStream(entry.absolute, { end: entry.size - 1, highWaterMark: 256 * 1024 });
      const stop = (): void => void source.destroy();
      tar.once('close', stop);
      source.once('close', () => tar.off('close', stop));
      source.once('error', (error) => reject(unreadable(entry.absolute, error)));
      source.once('end', () => {
        if (source.bytesRead < entry.size)
          reject(
            new GangwayError('FILE_UNREADABLE', `${entry.absolute} became shorter while it was read.`, {
              location: { file: entry.absolute },
              remedy: { kind: 'retry' },
            }),
          );
      });
      source.pipe(target);
    }
  });
}

function content(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

const milliseconds = (entry: ContextEntry): number => Number((BigInt(entry.timeHigh) << 32n) + BigInt(entry.timeLow)) / 1e6;

const posixMode = (go: number): number =>
  (go & 0o777) | (go & GO_MODE.SETUID ? 0o4000 : 0) | (go & GO_MODE.SETGID ? 0o2000 : 0) | (go & GO_MODE.STICKY ? 0o1000 : 0);

/** A file's name as a pattern that matches it alone. */
const escapePattern = (name: string): string => name.replace(/[\\*?[\]]/g, '\\$&');
