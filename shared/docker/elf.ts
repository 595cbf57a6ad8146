/**
 * What the first bytes of an ELF file say (System V gABI, chapter 4; machine numbers from elf.h).
 * `machine` is `uname -m`'s word where there is one.
 */
export interface ElfHead {
  machine: string;
  kind: 'relocatable' | 'executable' | 'shared' | 'other';
  bits: 32 | 64;
}

/** Bytes of a file that `elfHead` needs. */
export const ELF_HEAD_BYTES = 20;

const MACHINES: Readonly<Record<number, string>> = {
  3: 'i386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390',
  40: 'arm',
  50: 'ia64',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv',
  258: 'loongarch',
};

/** Reads the head of a file; null where it is no ELF file or fewer than 20 bytes are given. */
export function elfHead(bytes: Uint8Array): ElfHead | null {
  if (bytes.length < ELF_HEAD_BYTES || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) return null;
  const bits = bytes[4] === 1 ? 32 : bytes[4] === 2 ? 64 : null;
  const little = bytes[5] === 1;
  if (bits === null || (!little && bytes[5] !== 2)) return null;
  const half = (at: number): number => (little ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!);
  const type = half(16);
  const code = half(18);
  const kind = type === 1 ? 'relocatable' : type === 2 ? 'executable' : type === 3 ? 'shared' : 'other';
  return { machine: code === 243 ? `riscv${bits}` : (MACHINES[code] ?? `machine ${code}`), kind, bits };
}

/** The machine of an executable or shared library; null for anything else (objects, modules, cores, no ELF at all). */
export function elfMachine(bytes: Uint8Array): string | null {
  const head = elfHead(bytes);
  return head && (head.kind === 'executable' || head.kind === 'shared') ? head.machine : null;
}

/**
 * Machines whose executables run on an architecture of an image config. A 64-bit kernel runs its 32-bit sibling too, and
 * images carry such libraries on purpose (multiarch), so these are not foreign.
 */
const RUNS: Readonly<Record<string, readonly string[]>> = {
  arm64: ['aarch64', 'arm'],
  arm: ['arm'],
  amd64: ['x86_64', 'i386'],
  '386': ['i386'],
  riscv64: ['riscv64'],
  ppc64le: ['ppc64'],
  s390x: ['s390'],
  loong64: ['loongarch'],
};

/** Whether a machine of `elfMachine` runs on this architecture; unknown architectures accept all, since nothing can be said. */
export function machineRuns(machine: string, architecture: string): boolean {
  const list = RUNS[architecture];
  return list === undefined || list.includes(machine);
}

/** The machine that an architecture's own executables have, for messages. */
export const expectedMachine = (architecture: string): string => RUNS[architecture]?.[0] ?? architecture;

/**
 * Paths where executables of other machines lie as data and never run by themselves: shared data, static QEMU, test data,
 * kernel modules and firmware, other machines' cross tool chains. `path` is relative, without a leading slash.
 */
export function isForeignData(path: string): boolean {
  return (
    /^(?:usr\/share|usr\/lib\/firmware|lib\/firmware|usr\/lib\/debug|usr\/libexec\/qemu-binfmt|boot|lib\/modules|usr\/lib\/modules|usr\/lib\/(?:grub|efi|syslinux|ipxe|memtest)[^/]*)\//.test(
      path,
    ) ||
    /(?:^|\/)qemu-[a-z0-9_]+(?:-static)?$/.test(path) ||
    /(?:^|\/)(?:testdata|test|tests|__tests__|fixtures|prebuilds?)\//.test(path) ||
    /^usr\/(?:lib\/gcc-cross\/|lib\/gcc\/|[a-z0-9_]+-(?:linux|none)-[a-z0-9_]+\/)/.test(path) ||
    /\.(?:o|ko|a|efi|bin|elf|fw|img|uf2)$/.test(path)
  );
}
