import { ELF_HEAD_BYTES, elfMachine, expectedMachine, isForeignData, machineRuns } from '../../../shared/docker/elf.ts';
import type { ForeignBinary } from '../../../shared/docker/archive.ts';
import type { MachineFound } from './layer-index.ts';
import { plainName } from '../tar/entry-names.ts';
import { TarReader } from '../tar/tar-reader.ts';

/** Paths kept per machine; the count goes on. */
const PATHS = 20;

/**
 * Watches a layer's tar go by and notes the machines of its executables and libraries. A layer that is no readable tar is left to the
 * engine to refuse: the scan just stops.
 */
export class ElfScan {
  private readonly found = new Map<string, MachineFound>();
  private readonly reader: TarReader;
  private broken = false;

  constructor() {
    const head = Buffer.alloc(ELF_HEAD_BYTES);
    let filled = 0;
    let name = '';
    const done = (): void => {
      const machine = filled === ELF_HEAD_BYTES ? elfMachine(head) : null;
      if (machine) this.note(machine, plainName(name).replace(/^\/+/, ''));
    };
    const sink = {
      write: (bytes: Buffer): void => {
        if (filled < ELF_HEAD_BYTES) filled += bytes.copy(head, filled, 0, ELF_HEAD_BYTES - filled);
      },
      end: done,
    };
    this.reader = new TarReader((entry) => {
      if (entry.type !== 'file' || entry.size < ELF_HEAD_BYTES) return null;
      filled = 0;
      name = entry.name;
      return sink;
    });
  }

  write(bytes: Buffer): void {
    if (this.broken) return;
    try {
      this.reader.write(bytes);
    } catch {
      this.broken = true;
    }
  }

  /** Sorted, so that an index does not depend on chance. */
  get machines(): MachineFound[] {
    return [...this.found.values()].sort((a, b) => (a.machine < b.machine ? -1 : 1));
  }

  private note(machine: string, path: string): void {
    if (isForeignData(path)) return;
    const known = this.found.get(machine);
    if (!known) {
      this.found.set(machine, { machine, count: 1, paths: [path] });
      return;
    }
    known.count += 1;
    if (known.paths.length < PATHS) known.paths.push(path);
  }
}

/** Executables that do not run on the image's platform, layer by layer, base first. */
export function foreignBinaries(layers: { diffId: string; machines: MachineFound[]; createdBy?: string | undefined }[], architecture: string): ForeignBinary[] {
  return layers.flatMap(({ diffId, machines, createdBy }) =>
    machines
      .filter(({ machine }) => !machineRuns(machine, architecture))
      .flatMap(({ machine, paths }) =>
        paths.map((path) => ({
          path,
          machine,
          expected: expectedMachine(architecture),
          layer: diffId,
          ...(createdBy === undefined ? {} : { createdBy }),
        })),
      ),
  );
}
