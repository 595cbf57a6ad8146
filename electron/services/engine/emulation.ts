import type { EngineInfo } from '../../../shared/docker/build.ts';
import { doctorFix, type FixSystem } from '../../../shared/doctor/fixes.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import { nativePlatforms } from './binfmt.ts';

export interface Emulation {
  runs: boolean;
  how: 'native' | 'emulated' | 'missing' | 'unknown';
  fix?: string;
}

export interface EmulationInput {
  info: EngineInfo;
  system: FixSystem;
  /** Asks the engine's BuildKit which platforms it can run; null where it cannot say. */
  askBuilder: () => Promise<Platform[] | null>;
}

/**
 * Whether programs of a platform run on this engine. The kernel's own registrations answer where it is ours; else BuildKit,
 * which tries a small program of each architecture. `unknown` counts as running: a build must not be refused on a guess.
 */
export async function emulation(platform: Platform, { info, system, askBuilder }: EmulationInput): Promise<Emulation> {
  const native = await nativePlatforms(info.architecture, async () => info.platforms?.includes('linux/arm/v7') ?? false);
  if (native.includes(platform)) return { runs: true, how: 'native' };
  const asked = info.platforms === null;
  const able = info.platforms ?? (info.builder === 'buildkit' ? await askBuilder() : null);
  if (able?.some((one) => covers(one, platform))) return { runs: true, how: 'emulated' };
  if (able && !(asked && folded(able, platform))) return { runs: false, how: 'missing', ...fixText(system, platform) };
  if (info.name === 'Docker Desktop') return { runs: true, how: 'emulated' };
  return { runs: true, how: 'unknown', ...fixText(system, platform) };
}

// Over the containerd store BuildKit leaves out what it takes for part of another: 32-bit ARM beside arm64, 386 beside amd64
// (seen on 26.1 with QEMU for all of them). Its silence about those says nothing.
function folded(able: Platform[], wanted: Platform): boolean {
  if (wanted === 'linux/386') return able.includes('linux/amd64');
  return wanted.startsWith('linux/arm/') && able.includes('linux/arm64');
}

// What runs ARMv7 code runs ARMv6 code.
const covers = (able: Platform, wanted: Platform): boolean => able === wanted || (able === 'linux/arm/v7' && wanted === 'linux/arm/v6');

function fixText(system: FixSystem, platform: Platform): { fix: string } {
  const { fix, command } = doctorFix(platform === 'linux/arm64' ? 'emulation-arm64' : 'emulation-arm', system);
  return { fix: command ? `${fix} ${command}` : fix };
}
