import type { Platform } from '../docker/platform.ts';
import { wordsOf } from './name-match.ts';
import { baseName, folderOf } from './relative-path.ts';

/** Suffixes that say for which machine a Dockerfile is (the SDK's own: l4t, arm64, coreio, x64), by architecture. */
const MACHINES: Record<string, string> = {
  l4t: 'arm64',
  arm64: 'arm64',
  arm64v8: 'arm64',
  aarch64: 'arm64',
  coreio: 'arm64',
  jetson: 'arm64',
  x64: 'amd64',
  amd64: 'amd64',
  x86: 'amd64',
  armv7: 'arm',
  armhf: 'arm',
  arm32: 'arm',
  arm32v7: 'arm',
  arm: 'arm',
  armv6: 'arm',
  rpi: 'arm',
};

/** Folders that say where Dockerfiles lie, not what they are for. */
const PLACES = new Set(['docker', 'dockerfiles', 'dockerfile', 'build', 'src', 'container', 'containers', 'images', 'services', 'deploy']);

/** What one image is built from: the Dockerfile to use for the platform, and those that it was preferred to. */
export interface DockerfileChoice {
  path: string;
  /** What its suffix says it is for, e.g. "server" of Dockerfile.server; "" for a plain Dockerfile. */
  suffix: string;
  /** Names of the folders it lies in, the nearest first, without those that only hold Dockerfiles. */
  folders: string[];
  others: string[];
  /** False where its suffix names another architecture and there is none that fits. */
  fits: boolean;
}

/**
 * Groups Dockerfiles that build the same thing for different machines (Dockerfile, Dockerfile.l4t, Dockerfile.arm64 in one
 * folder) and chooses per group: one whose suffix names the platform's architecture before one without such a suffix.
 */
export function chooseDockerfiles(paths: readonly string[], platform: Platform, packageDir: string): DockerfileChoice[] {
  const groups = new Map<string, { path: string; machine: string | undefined }[]>();
  for (const path of [...paths].sort()) {
    const { suffix, machine } = readName(baseName(path));
    const key = `${folderOf(path)}\0${suffix}`;
    groups.set(key, [...(groups.get(key) ?? []), { path, machine }]);
  }
  const architecture = platform.split('/')[1];
  return [...groups.values()].map((group) => {
    const chosen = group.find((one) => one.machine === architecture) ?? group.find((one) => one.machine === undefined) ?? group[0];
    const path = chosen?.path ?? '';
    const folders = folderOf(path)
      .split('/')
      .filter((name) => name !== '')
      .reverse();
    return {
      path,
      suffix: readName(baseName(path)).suffix,
      others: group.map((one) => one.path).filter((one) => one !== path),
      folders: folderOf(path) === packageDir ? [] : folders.filter((name) => !PLACES.has(name.toLowerCase())),
      fits: chosen?.machine === undefined || chosen.machine === architecture,
    };
  });
}

/** Reads "Dockerfile.server.l4t", "server.Dockerfile" or "Dockerfile-server". */
function readName(name: string): { suffix: string; machine: string | undefined } {
  const label = name.replace(/(^|[._-])(dockerfile|containerfile)([._-]|$)/i, '.');
  const words = wordsOf(label);
  const rest = words.filter((word) => !MACHINES[word]);
  return { suffix: rest.join('-'), machine: words.map((word) => MACHINES[word]).find((one) => one !== undefined) };
}
