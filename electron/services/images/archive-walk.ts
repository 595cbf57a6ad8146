import type { Readable } from 'node:stream';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { flow } from './flow.ts';
import { linkTarget, plainName, unsafeEntry } from '../tar/entry-names.ts';
import { type Compression, compressionOf, createInflater, type Inflater, type Pushed, SniffingInflater } from './inflate.ts';
import type { LayerIntake, TakenLayer } from './layer-intake.ts';
import { looksLikeTar } from '../tar/tar-fields.ts';
import { type EntrySink, type TarEntry, TarReader } from '../tar/tar-reader.ts';

/** Bounds on what an archive may make us keep in memory or count. */
const LIMITS = { entries: 20_000, layers: 2_000, metaFile: 16 << 20, metaTotal: 96 << 20, layerSize: 256 * 2 ** 30 } as const;

export interface WalkedLayer extends TakenLayer {
  /** Bytes as it lies in the archive. */ storedSize: number;
}

/** Everything of an archive that is not layer bytes, by plain name. */
export interface WalkedArchive {
  compression: Compression;
  meta: Map<string, Buffer>;
  layers: Map<string, WalkedLayer>;
  /** Symbolic and hard links, and where they lead. */
  links: Map<string, string>;
  /** False where the tar stops without its closing blocks. */
  closed: boolean;
}

/** Folders of a Linux root; an image archive has none of them at its top. */
const ROOT_FOLDERS = new Set([
  'bin',
  'boot',
  'dev',
  'etc',
  'home',
  'lib',
  'lib64',
  'media',
  'mnt',
  'opt',
  'proc',
  'root',
  'run',
  'sbin',
  'srv',
  'sys',
  'tmp',
  'usr',
  'var',
  '.dockerenv',
]);
const META = /^(?:[^/]+\.json|repositories|oci-layout|[^/]+\/(?:json|VERSION))$/;
const LAYER = /^(?:[^/]+\/layer\.tar|[^/]+\.tar(?:\.gz|\.zst)?|[^/]+\.tgz)$/;
const BLOB = /^blobs\/sha256\/[0-9a-f]{64}$/;

export interface WalkOptions {
  /** Where the bytes of the next layer go; `size` of them, where it lies in the archive uncompressed. */
  intake: (size: number | undefined) => LayerIntake;
  signal: AbortSignal;
  /** Bytes of the source that went by so far. */
  progress?: (bytes: number) => void;
  /** Asked after every file kept and every layer taken: whether the rest need not be read. What is returned then is no whole archive. */
  enough?: (meta: ReadonlyMap<string, Buffer>) => boolean;
}

/**
 * Reads a saved image once, from its first byte to its last, in bounded memory: docker-archive in every layout and OCI layout, plain,
 * gzip or zstd, with layers plain, gzip or zstd. Throws ARCHIVE_INVALID, _TRUNCATED, _IS_ROOTFS or _ENTRY_UNSAFE; the intakes
 * are aborted then.
 */
export async function walkArchive(source: Readable, options: WalkOptions): Promise<WalkedArchive> {
  const walk = new Walk(options);
  const stop = (): void => {
    source.destroy(options.signal.reason instanceof Error ? options.signal.reason : new Error('cancelled'));
  };
  options.signal.addEventListener('abort', stop, { once: true });
  try {
    options.signal.throwIfAborted();
    return await walk.run(source);
  } catch (error) {
    await walk.abort();
    options.signal.throwIfAborted();
    throw error;
  } finally {
    options.signal.removeEventListener('abort', stop);
    source.destroy();
  }
}

class Walk {
  private readonly meta = new Map<string, Buffer>();
  private readonly layers = new Map<string, WalkedLayer>();
  private readonly links = new Map<string, string>();
  private readonly rootFolders = new Set<string>();
  private readonly tar = new TarReader((entry) => this.visit(entry));
  private readonly open = new Set<OpenLayer>();
  private readonly outer = new SniffingInflater({ write: (bytes) => this.push(bytes), ready: () => this.ready() });
  private metaBytes = 0;
  private failure: unknown = null;
  private sawProgram = false;
  /** Whether something came since `enough` was asked. */
  private news = false;
  private stopped = false;

  constructor(private readonly options: WalkOptions) {}

  async run(source: Readable): Promise<WalkedArchive> {
    let seen = 0;
    const into: Pushed = {
      write: (chunk) => {
        if (this.failure !== null) throw this.failure;
        this.outer.write(chunk);
        seen += chunk.length;
        this.options.progress?.(seen);
      },
      ready: () => this.outer.ready(),
    };
    await flow(source, into, () => this.enough());
    if (this.failure !== null) throw this.failure;
    if (this.stopped) {
      await this.abort();
      return this.archive();
    }
    if (this.outer.empty) throw new GangwayError('ARCHIVE_INVALID', 'The archive is empty.');
    await this.outer.end();
    if (!this.tar.between) throw this.tar.begun || this.outer.compression !== 'none' ? truncated() : notTar();
    while (this.open.size > 0) await Promise.all([...this.open].map((layer) => layer.done));
    if (this.failure !== null) throw this.failure;
    this.judge();
    return this.archive();
  }

  private archive(): WalkedArchive {
    return { compression: this.outer.compression, meta: this.meta, layers: this.layers, links: this.links, closed: this.tar.closed };
  }

  private enough(): boolean {
    if (!this.news) return false;
    this.news = false;
    this.stopped = this.options.enough?.(this.meta) ?? false;
    return this.stopped;
  }

  async abort(): Promise<void> {
    this.outer.destroy();
    await Promise.all([...this.open].map((layer) => layer.abort()));
  }

  private push(bytes: Buffer): void {
    try {
      this.tar.write(bytes);
    } catch (error) {
      // A first header that is none means that the whole file is something else.
      if (this.tar.entries === 0 && error instanceof GangwayError && error.code === 'ARCHIVE_INVALID') throw notTar(error);
      throw error;
    }
  }

  private ready(): Promise<void> | null {
    for (const layer of this.open) {
      const wait = layer.ready();
      if (wait) return wait;
    }
    return null;
  }

  private visit(entry: TarEntry): EntrySink | null {
    if (this.tar.entries > LIMITS.entries) throw new GangwayError('ARCHIVE_INVALID', `The archive holds more than ${LIMITS.entries} entries.`);
    const name = plainName(entry.name);
    const top = name.split('/')[0]!.toLowerCase();
    // Asked before safety: a root file system is full of absolute links and devices, and "unsafe" would mislead.
    if (ROOT_FOLDERS.has(top)) this.rootFolders.add(top);
    if (this.rootFolders.size >= 2 && this.layers.size === 0) throw rootFileSystem();
    const fault = unsafeEntry(entry);
    if (fault) {
      if (this.rootFolders.size > 0) throw rootFileSystem();
      throw new GangwayError('ARCHIVE_ENTRY_UNSAFE', `The entry ${JSON.stringify(entry.name.slice(0, 200))} ${fault}.`, {
        data: { entry: entry.name.slice(0, 200) },
      });
    }
    if (entry.type === 'symlink' || entry.type === 'hardlink') this.links.set(name, linkTarget(entry));
    if (entry.type !== 'file') return null;
    if (META.test(name)) return this.keepMeta(name, entry.size);
    const blob = BLOB.test(name);
    if (blob || LAYER.test(name)) return this.sniff(name, entry.size, !blob);
    if (entry.size >= 4) return this.lookForProgram();
    return null;
  }

  private keepMeta(name: string, size: number): EntrySink {
    this.metaBytes += size;
    if (size > LIMITS.metaFile || this.metaBytes > LIMITS.metaTotal) throw new GangwayError('ARCHIVE_INVALID', `${name} is too large for what it should be.`);
    const parts: Buffer[] = [];
    return {
      write: (bytes) => {
        parts.push(Buffer.from(bytes));
      },
      end: () => {
        this.meta.set(name, Buffer.concat(parts));
        this.news = true;
      },
    };
  }

  /** Decides by a file's first block whether it is a layer, and in which compression. */
  private sniff(name: string, size: number, surelyLayer: boolean): EntrySink {
    let head = Buffer.alloc(0);
    let target: EntrySink | null = null;
    const choose = (): void => {
      const compression = compressionOf(head);
      if (compression !== 'none' || surelyLayer || looksLikeTar(head)) target = this.layer(name, size, compression);
      else if (size <= LIMITS.metaFile) target = this.keepMeta(name, size);
      else target = { write: () => undefined, end: () => undefined };
      target.write(head);
    };
    return {
      write: (bytes) => {
        if (target) {
          target.write(bytes);
          return;
        }
        const need = 512 - head.length;
        head = Buffer.concat([head, bytes.subarray(0, need)]);
        if (head.length < 512) return;
        choose();
        if (bytes.length > need) target!.write(bytes.subarray(need));
      },
      end: () => {
        if (!target) choose();
        target!.end();
      },
    };
  }

  private layer(name: string, size: number, compression: Compression): EntrySink {
    if (this.layers.size + this.open.size >= LIMITS.layers) throw new GangwayError('ARCHIVE_INVALID', `The archive holds more than ${LIMITS.layers} layers.`);
    const layer = new OpenLayer(compression, this.options.intake(compression === 'none' ? size : undefined));
    this.open.add(layer);
    return {
      write: (bytes) => layer.write(bytes),
      end: () => {
        layer
          .end()
          .then(
            (taken) => {
              this.layers.set(name, { ...taken, storedSize: size });
              this.news = true;
            },
            (error: unknown) => {
              this.failure ??= error;
            },
          )
          .finally(() => this.open.delete(layer));
      },
    };
  }

  private lookForProgram(): EntrySink {
    let asked = false;
    return {
      write: (bytes) => {
        if (!asked && bytes.length >= 4 && bytes.readUInt32BE(0) === 0x7f454c46) this.sawProgram = true;
        asked = true;
      },
      end: () => undefined,
    };
  }

  private judge(): void {
    const known = this.meta.has('manifest.json') || this.meta.has('index.json');
    if (known) return;
    if (!this.tar.closed && this.tar.entries > 0) throw truncated();
    if (this.rootFolders.size > 0 || this.sawProgram) throw rootFileSystem();
    throw new GangwayError(
      'ARCHIVE_INVALID',
      this.tar.entries === 0 ? 'The file is not a tar archive at all.' : 'The archive holds neither manifest.json nor index.json, so there is no image in it.',
    );
  }
}

const notTar = (cause?: unknown): GangwayError => new GangwayError('ARCHIVE_INVALID', 'The file is not a tar archive at all.', { cause });
const truncated = (): GangwayError => new GangwayError('ARCHIVE_TRUNCATED', 'The archive ends in the middle.');
const rootFileSystem = (): GangwayError =>
  new GangwayError('ARCHIVE_IS_ROOTFS', 'The archive holds a root file system (docker export, or buildx with type=tar), not an image.');

/** A layer on its way: expanded where need be, then into its intake. */
class OpenLayer {
  private readonly inflater: Inflater;
  private size = 0;
  private finish: () => void = () => undefined;
  /** Settles when the layer is taken or given up. */
  readonly done = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  constructor(
    compression: Compression,
    private readonly intake: LayerIntake,
  ) {
    this.inflater = createInflater(compression, {
      write: (bytes) => {
        this.size += bytes.length;
        if (this.size > LIMITS.layerSize) throw new GangwayError('ARCHIVE_INVALID', 'A layer of the archive expands without end.');
        intake.write(bytes);
      },
      ready: () => intake.ready(),
    });
  }

  write(bytes: Buffer): void {
    this.inflater.write(bytes);
  }
  ready(): Promise<void> | null {
    return this.inflater.ready() ?? this.intake.ready();
  }

  async end(): Promise<TakenLayer> {
    try {
      await this.inflater.end();
      return await this.intake.finish();
    } finally {
      this.finish();
    }
  }

  async abort(): Promise<void> {
    this.inflater.destroy();
    await this.intake.abort();
    this.finish();
  }
}
