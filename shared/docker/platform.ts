/** Platforms that Gangway builds for, in Docker's own spelling ("os/arch" or "os/arch/variant"). */
export const PLATFORMS = ['linux/arm64', 'linux/amd64', 'linux/arm/v7', 'linux/arm/v6', 'linux/386', 'linux/riscv64'] as const;
export type Platform = (typeof PLATFORMS)[number];

/**
 * Reads a platform as people type it. Docker accepts "linux/armv7l" and silently makes it an architecture that
 * exists nowhere (reference/devices.md E.1), so names of kernels are mapped and anything unknown is null.
 */
export function parsePlatform(text: string): Platform | null {
  const parts = text.trim().toLowerCase().split('/');
  const rest = parts[0] === 'linux' ? parts.slice(1) : parts;
  const key = rest.join('/');
  return ALIASES[key] ?? null;
}

const ALIASES: Record<string, Platform> = {
  arm64: 'linux/arm64',
  'arm64/v8': 'linux/arm64',
  aarch64: 'linux/arm64',
  amd64: 'linux/amd64',
  x86_64: 'linux/amd64',
  'x86-64': 'linux/amd64',
  'amd64/v1': 'linux/amd64',
  arm: 'linux/arm/v7',
  'arm/v7': 'linux/arm/v7',
  armhf: 'linux/arm/v7',
  armv7l: 'linux/arm/v7',
  armv8l: 'linux/arm/v7',
  'arm/v8': 'linux/arm/v7',
  'arm/v6': 'linux/arm/v6',
  armel: 'linux/arm/v6',
  armv6l: 'linux/arm/v6',
  '386': 'linux/386',
  i386: 'linux/386',
  i686: 'linux/386',
  riscv64: 'linux/riscv64',
};

/** The parts of an image config that name a platform. */
export interface ImagePlatform {
  os: string;
  architecture: string;
  variant?: string;
}

/** "linux/arm/v7" from an image config. Empty variants of arm64 and amd64 are the plain platform. */
export function formatPlatform(p: ImagePlatform): string {
  const plain = `${p.os}/${p.architecture}`;
  if (!p.variant) return plain;
  return parsePlatform(`${plain}/${p.variant}`) ?? `${plain}/${p.variant}`;
}

/** True when an image of `have` runs on `want`: the same, or 32-bit ARM of an equal or lower variant. */
export function platformRuns(have: ImagePlatform, want: Platform): boolean {
  const [os, architecture, variant] = want.split('/');
  if (have.os !== os || have.architecture !== architecture) return false;
  if (architecture !== 'arm') return true;
  const level = (v: string | undefined): number => Number((v ?? 'v7').replace(/^v/, '')) || 7;
  return level(have.variant) <= level(variant);
}
