import { readFileSync } from 'node:fs';
import { type FixSystem, packagesOfOsRelease } from '../../../shared/doctor/fixes.ts';

let packages: FixSystem['packages'];

/** This computer, as the table of fixes knows it. */
export function fixSystem(platform: NodeJS.Platform): FixSystem {
  if (platform === 'darwin' || platform === 'win32') return { platform };
  if (platform !== 'linux') return { platform: 'other' };
  packages ??= readPackages();
  return { platform, packages };
}

function readPackages(): NonNullable<FixSystem['packages']> {
  try {
    return packagesOfOsRelease(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return 'other';
  }
}
