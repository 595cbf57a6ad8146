import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Platform } from '../../../shared/docker/platform.ts';

const FOLDER = '/proc/sys/fs/binfmt_misc';

/** One registration of the kernel's binfmt_misc. */
export interface BinfmtEntry {
  enabled: boolean;
  fixed: boolean;
  platforms: Platform[];
}

/**
 * Reads a registration (Documentation/admin-guide/binfmt-misc.rst). Its magic is an ELF header: byte 4 is the class, bytes 18
 * and 19 the machine. `fixed` (flag F) means that the interpreter was opened at registration, so that it works inside a
 * container, where its path does not exist.
 */
export function parseBinfmtEntry(text: string): BinfmtEntry {
  const magic = /^magic ([0-9a-f]+)$/m.exec(text)?.[1] ?? '';
  const bytes = Buffer.from(magic, 'hex');
  const elf = bytes.length >= 20 && bytes.readUInt32BE(0) === 0x7f454c46 && bytes[5] === 1;
  return {
    enabled: /^enabled$/m.test(text),
    fixed: /^flags: .*F/m.test(text),
    platforms: elf ? platformsOfMachine(bytes.readUInt16LE(18), bytes[4] === 2) : [],
  };
}

// e_machine values of the ELF specification. QEMU runs ARM of every version.
function platformsOfMachine(machine: number, wide: boolean): Platform[] {
  if (machine === 0xb7 && wide) return ['linux/arm64'];
  if (machine === 0x28 && !wide) return ['linux/arm/v7', 'linux/arm/v6'];
  if (machine === 0x3e && wide) return ['linux/amd64'];
  if (machine === 0x03 && !wide) return ['linux/386'];
  if (machine === 0xf3 && wide) return ['linux/riscv64'];
  return [];
}

/** Platforms that this kernel hands to an emulator that works inside containers too. Empty where binfmt_misc is not mounted. */
export async function platformsFromBinfmt(folder = FOLDER): Promise<Platform[]> {
  let names: string[];
  try {
    if ((await readFile(path.join(folder, 'status'), 'utf8')).trim() !== 'enabled') return [];
    names = await readdir(folder);
  } catch {
    return [];
  }
  const entries = await Promise.all(
    names
      .filter((name) => name !== 'register' && name !== 'status')
      .map(async (name) => {
        try {
          return parseBinfmtEntry(await readFile(path.join(folder, name), 'utf8'));
        } catch {
          return null;
        }
      }),
  );
  return [...new Set(entries.flatMap((entry) => (entry?.enabled && entry.fixed ? entry.platforms : [])))];
}

/**
 * Platforms that a processor runs itself, its own first. `architecture` is Go's or the kernel's name. 64-bit ARM runs 32-bit
 * code only where the processor still has it (Apple's and newer servers' do not), so that is asked from lscpu.
 */
export async function nativePlatforms(architecture: string, runs32Bit: () => Promise<boolean> = armRuns32Bit): Promise<Platform[]> {
  switch (architecture) {
    case 'amd64':
    case 'x86_64':
      return ['linux/amd64', 'linux/386'];
    case 'arm64':
    case 'aarch64':
      return (await runs32Bit()) ? ['linux/arm64', 'linux/arm/v7', 'linux/arm/v6'] : ['linux/arm64'];
    case 'arm':
    case 'armv7l':
      return ['linux/arm/v7', 'linux/arm/v6'];
    case 'armv6l':
      return ['linux/arm/v6'];
    case '386':
    case 'i386':
    case 'i686':
      return ['linux/386'];
    case 'riscv64':
      return ['linux/riscv64'];
    default:
      return [];
  }
}

function armRuns32Bit(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('lscpu', { timeout: 2000, env: { ...process.env, LC_ALL: 'C' } }, (error, stdout) =>
      resolve(!error && /^CPU op-mode\(s\):.*32-bit/m.test(stdout)),
    );
  });
}
