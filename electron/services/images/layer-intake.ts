import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { ElfScan } from './elf-scan.ts';
import type { LayerFiles } from './layer-files.ts';
import type { LayerIndex, MachineFound } from './layer-index.ts';
import { compressMember, expandMember, PIECE, type PieceBudget } from './pieces.ts';
import type { Session } from './sessions.ts';

/** What is known of a layer once all its bytes went by. */
export interface TakenLayer {
  diffId: string;
  size: number;
  machines: MachineFound[];
}

/** Takes the uncompressed bytes of one layer. `ready` is null where more may come at once. */
export interface LayerIntake {
  write(bytes: Buffer): void;
  ready(): Promise<void> | null;
  finish(): Promise<TakenLayer>;
  /** Gives up; waits until nothing is written any more. */
  abort(): Promise<void>;
}

/** Stored layers by their first piece: what an incoming layer is compared with. */
export class KnownLayers {
  private readonly byFirst = new Map<string, LayerIndex[]>();

  constructor(indexes: LayerIndex[]) {
    for (const index of indexes) this.add(index);
  }

  add(index: LayerIndex): void {
    const first = index.pieces[0]?.prefix;
    if (first === undefined) return;
    const list = this.byFirst.get(first) ?? [];
    if (!list.some((other) => other.diffId === index.diffId)) list.push(index);
    this.byFirst.set(first, list);
  }

  beginningWith(prefix: string): LayerIndex[] {
    return this.byFirst.get(prefix) ?? [];
  }
}

export interface IntakeDeps {
  files: LayerFiles;
  session: Session;
  budget: PieceBudget;
  known: KnownLayers;
}

/**
 * Hashes a layer, cuts it into pieces, compresses what the store does not have and moves it in. As long as the bytes equal the
 * beginning of a stored layer nothing is compressed: its members are copied (each checked by its own checksum) when the two part, and
 * nothing is written at all when they never do.
 */
export class StoreIntake implements LayerIntake {
  private readonly hash = createHash('sha256');
  private readonly storedHash = createHash('sha256');
  private readonly scan = new ElfScan();
  private readonly rows: LayerIndex['pieces'] = [];
  private readonly path: string;
  private piece: Buffer | null = null;
  private filled = 0;
  private size = 0;
  private storedSize = 0;
  private alike: LayerIndex[] = [];
  /** The stored layer that the last `matched` pieces were equal to, until its members are copied or the layer proves to be it. */
  private twin: LayerIndex | null = null;
  private matched = 0;
  private file: FileHandle | null = null;
  private writing: Promise<void> = Promise.resolve();
  private failure: unknown = null;
  private stopped = false;

  constructor(
    private readonly deps: IntakeDeps,
    name: string,
  ) {
    this.path = join(deps.session.folder, `${name}.gz`);
  }

  write(bytes: Buffer): void {
    if (this.failure !== null) throw this.failure;
    for (let at = 0; at < bytes.length; ) {
      this.piece ??= this.deps.budget.take();
      const taken = bytes.copy(this.piece, this.filled, at, Math.min(bytes.length, at + PIECE - this.filled));
      this.filled += taken;
      at += taken;
      if (this.filled === PIECE) this.cut();
    }
  }

  ready(): Promise<void> | null {
    return this.deps.budget.ready();
  }

  /** Whether a whole piece went by, so that `alikes` says something. */
  get begun(): boolean {
    return this.rows.length > 0;
  }

  /** The stored layers that begin with all whole pieces so far. */
  get alikes(): readonly LayerIndex[] {
    return this.alike;
  }

  /** Whether all bytes so far, at least one whole piece, are the beginning of one of these stored layers. */
  resembles(diffIds: ReadonlySet<string>): boolean {
    return this.alike.some((index) => diffIds.has(index.diffId));
  }

  async finish(): Promise<TakenLayer> {
    if (this.filled > 0) this.cut();
    const diffId = `sha256:${this.hash.digest('hex')}`;
    const taken = { diffId, size: this.size, machines: this.scan.machines };
    const same = this.alike.find((index) => index.diffId === diffId && index.size === this.size);
    if (same && (await this.deps.session.hold([diffId], () => this.deps.files.index(diffId)))) {
      await this.close();
      return taken;
    }
    this.copyTwin();
    await this.settled();
    await this.open();
    await this.file!.sync();
    await this.close();
    const index: LayerIndex = { ...taken, storedSize: this.storedSize, storedDigest: `sha256:${this.storedHash.digest('hex')}`, pieces: this.rows };
    await this.deps.session.hold([diffId], () => this.deps.files.commit(index, this.path));
    this.deps.known.add(index);
    return taken;
  }

  async abort(): Promise<void> {
    this.stopped = true;
    if (this.piece) {
      this.deps.budget.give(this.piece);
      this.piece = null;
    }
    await this.writing;
    await this.close();
  }

  /** Ends the current piece: hash, scan, and either recognise it or compress it. */
  private cut(): void {
    const piece = this.piece!;
    const bytes = piece.subarray(0, this.filled);
    this.piece = null;
    this.filled = 0;
    this.size += bytes.length;
    this.hash.update(bytes);
    this.scan.write(bytes);
    const prefix = this.hash.copy().digest('hex').slice(0, 32);
    const row = { size: 0, prefix };
    const at = this.rows.push(row) - 1;
    this.alike = at === 0 ? this.deps.known.beginningWith(prefix) : this.alike.filter((index) => index.pieces[at]?.prefix === prefix);
    const twin = this.alike[0];
    if (twin) {
      this.twin = twin;
      this.matched = at + 1;
      this.deps.budget.give(piece);
      return;
    }
    this.copyTwin();
    const member = compressMember(bytes);
    member.catch(() => undefined); // seen below, in its turn
    this.queue(async () => {
      try {
        await this.append(row, await member);
      } finally {
        this.deps.budget.give(piece);
      }
    });
  }

  /** Queues the copy of the members that were recognised so far. */
  private copyTwin(): void {
    const { twin, matched } = this;
    this.twin = null;
    this.alike = [];
    if (!twin || matched === 0) return;
    const rows = this.rows.slice(0, matched);
    this.queue(async () => {
      const source = await open(this.deps.files.dataPath(twin.diffId), 'r');
      try {
        let position = 0;
        for (const [i, row] of rows.entries()) {
          if (this.stopped) return;
          const member = Buffer.alloc(twin.pieces[i]!.size);
          await source.read(member, 0, member.length, position);
          position += member.length;
          await expandMember(member).catch(async (cause) => {
            await this.deps.files.setAside(twin.diffId);
            throw new GangwayError('STORE_CORRUPT', `The stored layer ${twin.diffId} is damaged.`, {
              data: { layer: twin.diffId },
              remedy: { kind: 'retry' },
              cause,
            });
          });
          await this.append(row, member);
        }
      } finally {
        await source.close();
      }
    });
  }

  private queue(step: () => Promise<void>): void {
    this.writing = this.writing.then(step).catch((error: unknown) => {
      this.failure ??= error;
    });
  }

  private async append(row: { size: number }, member: Buffer): Promise<void> {
    if (this.stopped || this.failure !== null) return;
    await this.open();
    await this.file!.writeFile(member);
    this.storedHash.update(member);
    this.storedSize += member.length;
    row.size = member.length;
  }

  private async open(): Promise<void> {
    this.file ??= await open(this.path, 'w');
  }

  private async settled(): Promise<void> {
    await this.writing;
    if (this.failure !== null) throw this.failure;
  }

  private async close(): Promise<void> {
    const file = this.file;
    this.file = null;
    await file?.close();
  }
}

/** Only hashes and looks: what reading an archive without keeping it needs. */
export class HashIntake implements LayerIntake {
  private readonly hash = createHash('sha256');
  private readonly scan = new ElfScan();
  private size = 0;

  write(bytes: Buffer): void {
    this.hash.update(bytes);
    this.scan.write(bytes);
    this.size += bytes.length;
  }

  ready(): null {
    return null;
  }
  finish(): Promise<TakenLayer> {
    return Promise.resolve({ diffId: `sha256:${this.hash.digest('hex')}`, size: this.size, machines: this.scan.machines });
  }
  abort(): Promise<void> {
    return Promise.resolve();
  }
}
