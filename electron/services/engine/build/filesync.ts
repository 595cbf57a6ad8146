import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ServerHttp2Stream } from 'node:http2';
import { setImmediate as giveWay } from 'node:timers/promises';
import { PatternMatcher } from '../../../../shared/docker/pattern-matcher.ts';
import { unreadable, walkContext, type ContextEntry } from './context-walk.ts';
import { followPaths } from './follow-paths.ts';
import { PACKET, PacketBatch, readPacket } from './fs-packets.ts';
import { beginResponse, FrameDecoder, GRPC, refuse } from './grpc-frames.ts';

/** What one transfer of a folder sent. */
export interface TransferCount {
  entries: number;
  files: number;
  bytes: number;
}

export interface SendOptions {
  /** Null: no such folder is offered. */
  root: string | null;
  name: string;
  includePatterns: readonly string[];
  excludePatterns: readonly string[];
  followPaths: readonly string[];
  /** Called now and then, and at the end. */
  onProgress(count: TransferCount): void;
  /** An error that is ours, such as an unreadable file; the engine is told so that its build fails. */
  onFailure(error: Error): void;
}

/** Files up to this size are read in one go and share a write with others. */
const SMALL_FILE = 64 * 1024;
const LARGE_CHUNK = 256 * 1024;
/** Bytes gathered before a write. */
const FLUSH_AT = 192 * 1024;
/** Milliseconds of synchronous reading before others get their turn. */
const SLICE = 6;
/** Large files read at once. */
const LARGE_AT_ONCE = 3;

/**
 * Serves one DiffCopy call: sends what the folder holds, then the files that the engine asks for. Walking, small reads and writes are
 * interleaved in slices, so the engine already asks and stores while we still walk.
 */
export function serveDiffCopy(stream: ServerHttp2Stream, options: SendOptions): void {
  const { root } = options;
  if (root === null) return refuse(stream, GRPC.NOT_FOUND, `no access allowed to dir "${options.name}"`);
  const sender = new ContextSender(stream, { ...options, root });
  sender.run().catch((error: unknown) => {
    if (!stream.destroyed) stream.destroy();
    options.onFailure(error instanceof Error ? error : new Error(String(error)));
  });
}

class ContextSender {
  private readonly decoder = new FrameDecoder();
  private readonly batch = new PacketBatch();
  private readonly scratch = Buffer.allocUnsafe(SMALL_FILE);
  /** Entries that may be asked for, by id. */
  private readonly files = new Map<number, ContextEntry>();
  private readonly wanted: number[] = [];
  private wantedAt = 0;
  private readonly wantedLarge: number[] = [];
  private largeRunning = 0;
  private finished = false;
  private closed = false;
  private failure: Error | null = null;
  private status: { code: number; message?: string } = { code: GRPC.OK };
  private wake: (() => void) | null = null;
  private readonly count: TransferCount = { entries: 0, files: 0, bytes: 0 };

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly options: SendOptions & { root: string },
  ) {
    beginResponse(stream, () => this.status);
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    stream.on('close', () => {
      this.closed = true;
      this.wake?.();
    });
    stream.on('drain', () => this.wake?.());
  }

  async run(): Promise<void> {
    const walk = this.walk();
    let walking = true;
    while (!this.finished && !this.closed) {
      const until = performance.now() + SLICE;
      while (performance.now() < until && this.batch.length < FLUSH_AT && !this.failure && (walking || this.wantedAt < this.wanted.length)) {
        if (walking) walking = this.sendStats(walk);
        for (let i = 0; i < 64 && this.wantedAt < this.wanted.length && this.batch.length < FLUSH_AT; i++) this.sendSmall(this.wanted[this.wantedAt++]!);
      }
      this.startLarge();
      if (this.failure) return await this.giveUp(this.failure);
      const idle = this.batch.length === 0;
      await this.flush();
      if (idle && !walking && this.wantedAt >= this.wanted.length && !this.finished) await this.wait();
      else await giveWay();
    }
    this.options.onProgress({ ...this.count });
    if (this.closed) return;
    this.batch.fin();
    await this.flush();
    this.stream.end();
  }

  private walk(): Iterator<ContextEntry> {
    const { root, includePatterns, excludePatterns } = this.options;
    const followed = this.options.followPaths.length > 0 ? followPaths(root, this.options.followPaths) : [];
    const included = followed === null ? [] : [...includePatterns, ...followed];
    return walkContext(root, {
      include: included.length > 0 ? new PatternMatcher(included) : null,
      exclude: excludePatterns.length > 0 ? new PatternMatcher(excludePatterns) : null,
    });
  }

  /** Sends a handful of entries; false when the walk is over. */
  private sendStats(walk: Iterator<ContextEntry>): boolean {
    try {
      for (let i = 0; i < 128; i++) {
        const next = walk.next();
        if (next.done) {
          this.batch.lastStat();
          return false;
        }
        const entry = next.value;
        this.batch.stat(entry);
        if (entry.kind === 'file' || entry.kind === 'special') this.files.set(this.count.entries, entry);
        this.count.entries++;
      }
      return true;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      return false;
    }
  }

  private receive(chunk: Buffer): void {
    try {
      for (const message of this.decoder.push(chunk)) {
        const packet = readPacket(message);
        if (packet.type === PACKET.REQ) this.request(packet.id);
        else if (packet.type === PACKET.FIN) this.finished = true;
        else if (packet.type === PACKET.ERR) {
          // The engine's own failure (its disk is full, say): the build's answer carries it.
          this.status = { code: GRPC.UNKNOWN, message: Buffer.from(packet.data).toString() };
          this.closed = true;
          this.stream.end();
        }
      }
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
    this.wake?.();
  }

  private request(id: number): void {
    const entry = this.files.get(id);
    if (!entry) return;
    if (entry.kind === 'file' && entry.size > SMALL_FILE) this.wantedLarge.push(id);
    else this.wanted.push(id);
  }

  private sendSmall(id: number): void {
    const entry = this.files.get(id)!;
    this.files.delete(id);
    if (entry.kind === 'file' && entry.size > 0) {
      try {
        const file = openSync(entry.absolute, 'r');
        try {
          for (let read = readSync(file, this.scratch, 0, SMALL_FILE, null); read > 0; read = readSync(file, this.scratch, 0, SMALL_FILE, null)) {
            this.batch.data(id, this.scratch.subarray(0, read));
            this.count.bytes += read;
            // A file of this size ended here unless it grew; another read only costs time where it did not.
            if (read < SMALL_FILE && read >= entry.size) break;
          }
        } finally {
          closeSync(file);
        }
      } catch (error) {
        this.failure = unreadable(entry.absolute, error);
        return;
      }
    }
    this.batch.data(id, new Uint8Array(0));
    this.count.files++;
  }

  private startLarge(): void {
    while (this.largeRunning < LARGE_AT_ONCE && this.wantedLarge.length > 0 && !this.failure) {
      const id = this.wantedLarge.shift()!;
      const entry = this.files.get(id)!;
      this.files.delete(id);
      this.largeRunning++;
      this.sendLarge(id, entry)
        .catch((error: unknown) => {
          this.failure ??= unreadable(entry.absolute, error);
        })
        .finally(() => {
          this.largeRunning--;
          this.wake?.();
        });
    }
  }

  private async sendLarge(id: number, entry: ContextEntry): Promise<void> {
    const file = await open(entry.absolute, 'r');
    try {
      const buffer = Buffer.allocUnsafe(LARGE_CHUNK);
      const packets = new PacketBatch();
      while (!this.closed) {
        const { bytesRead } = await file.read(buffer, 0, LARGE_CHUNK, null);
        packets.data(id, buffer.subarray(0, bytesRead));
        this.count.bytes += bytesRead;
        await this.write(packets.take());
        if (bytesRead === 0) break;
        this.options.onProgress({ ...this.count });
      }
      this.count.files++;
    } finally {
      await file.close();
    }
  }

  private async flush(): Promise<void> {
    if (this.batch.length === 0) return;
    await this.write(this.batch.take());
    this.options.onProgress({ ...this.count });
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.closed || this.stream.destroyed || this.stream.writableEnded) return;
    if (this.stream.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.stream.off('drain', done);
        this.stream.off('close', done);
        resolve();
      };
      this.stream.on('drain', done);
      this.stream.on('close', done);
    });
  }

  private wait(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.wake = null;
        resolve();
      };
    });
  }

  private async giveUp(error: Error): Promise<void> {
    this.options.onFailure(error);
    this.status = { code: GRPC.UNKNOWN, message: error.message };
    if (this.closed) return;
    this.batch.error(error.message);
    await this.write(this.batch.take());
    this.stream.end();
  }
}
