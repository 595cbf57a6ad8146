import type { Finding } from '../../../shared/checks/finding.ts';
import type { ForeignBinary } from '../../../shared/docker/archive.ts';
import { formatPlatform, platformRuns, type Platform } from '../../../shared/docker/platform.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { StoredImage } from '../ports/layer-store.ts';

/**
 * Places where packages keep files for several machines beside each other, so that one for another machine is no mistake: debugpy ships
 * attach_linux_amd64.so in every wheel, npm packages carry prebuilds, and qemu-*-static is copied in for emulation.
 */
const CARRIED = [
  /(^|\/)(site|dist)-packages\//,
  /(^|\/)node_modules\//,
  /(^|\/)usr\/(local\/)?(lib|libexec|share|src)\//,
  /(^|\/)(lib|lib32|lib64|libx32)\//,
  /(^|\/)qemu-[a-z0-9_]+(-static)?$/,
  /(^|\/)(testdata|prebuilds|prebuilt)\//,
];

/**
 * Judges the architecture of images against the target: by their config, and by the headers of the executables inside.
 * @returns warnings for foreign files that may be carried along on purpose
 * @throws GangwayError WRONG_ARCHITECTURE with data {path, layer, image, instruction} of the first file that cannot run
 */
export function checkArchitecture(images: readonly StoredImage[], platform: Platform): Finding[] {
  const findings: Finding[] = [];
  for (const image of images) {
    const name = image.tags[0] ?? image.id;
    if (!platformRuns(image, platform)) {
      const have = formatPlatform(image);
      throw new GangwayError('WRONG_ARCHITECTURE', `${name} is built for ${have}; the target needs ${platform}.`, {
        hint: `Build or pull it with --platform ${platform}.`,
        data: { image: name, have, expected: platform },
      });
    }
    const broken = image.foreign.find((file) => !isCarried(file));
    if (broken) throw wrongBinary(name, broken, image.foreign, platform);
    for (const file of image.foreign.slice(0, 20)) {
      findings.push({
        id: 'image-foreign-binary',
        severity: 'warning',
        file: name,
        message: `/${file.path.replace(/^\/+/, '')} is for ${file.machine}, the image for ${file.expected}. Harmless where a package carries files for several machines.`,
      });
    }
  }
  return findings;
}

/** True where the file lies among those that a package keeps for several machines. */
export function isCarried(file: ForeignBinary): boolean {
  return CARRIED.some((pattern) => pattern.test(file.path));
}

function wrongBinary(image: string, file: ForeignBinary, all: readonly ForeignBinary[], platform: Platform): GangwayError {
  const path = `/${file.path.replace(/^\/+/, '')}`;
  return new GangwayError('WRONG_ARCHITECTURE', `${path} in ${image} is a program for ${file.machine}; the target needs ${file.expected} (${platform}).`, {
    hint: `${file.createdBy ? `It comes from: ${file.createdBy}` : 'Replace it by one for the target.'} (layer ${file.layer.replace('sha256:', '').slice(0, 12)})`,
    data: {
      path,
      layer: file.layer,
      image,
      machine: file.machine,
      expected: file.expected,
      ...(file.createdBy ? { instruction: file.createdBy } : {}),
      count: all.length,
    },
  });
}
