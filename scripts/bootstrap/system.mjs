// Finds and, as root on Debian or Ubuntu, installs the system packages that a job needs. Says what and why first.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { say } from './say.mjs';

/**
 * What a job can need. `present` is asked without starting a process where that is possible (a second start must be quick);
 * `packages` are Debian names, the first that the system knows is taken.
 */
export const PARTS = {
  engine: {
    why: 'builds the images',
    present: () => onPath('dockerd') || existsSync('/var/run/docker.sock') || Boolean(process.env.DOCKER_HOST),
    packages: [['docker.io'], ['iptables']],
  },
  emulation: {
    why: 'runs ARM build steps on this computer',
    present: () => existsSync('/usr/bin/qemu-aarch64-static') || ['arm64', 'arm'].includes(process.arch),
    packages: [['qemu-user-static'], ['binfmt-support']],
  },
  window: {
    why: 'libraries of the window',
    present: () => ['libgtk-3.so.0', 'libnss3.so', 'libgbm.so.1', 'libasound.so.2', 'libXss.so.1', 'libXtst.so.6'].every(libraryPresent),
    packages: [['libgtk-3-0t64', 'libgtk-3-0'], ['libnss3'], ['libgbm1'], ['libasound2t64', 'libasound2'], ['libxss1'], ['libxtst6'], ['fonts-dejavu-core']],
  },
  display: { why: 'a display without a screen, for the tests of the window', present: () => onPath('Xvfb'), packages: [['xvfb'], ['xauth']] },
  namespaces: { why: 'network namespaces, for the tests of engines elsewhere', present: () => onPath('ip'), packages: [['iproute2']] },
  registry: { why: 'a real registry to test against', present: () => onPath('docker-registry'), packages: [['docker-registry']] },
  unpack: { why: 'unpacks other engine versions to test against', present: () => onPath('xz') && onPath('dpkg'), packages: [['xz-utils']] },
  certificates: { why: 'makes certificates, for the tests of engines behind TLS', present: () => onPath('openssl'), packages: [['openssl']] },
  pigz: { why: 'what users compress with today, to measure against', present: () => onPath('pigz'), packages: [['pigz']] },
  debootstrap: { why: 'makes the large image that the benchmark packs', present: () => onPath('debootstrap'), packages: [['debootstrap']] },
};

/**
 * Sees that these parts are there. Root on Debian or Ubuntu: installs; else, or with GANGWAY_NO_APT=1, prints the line to run.
 * @param {(keyof typeof PARTS)[]} names
 * @returns {(keyof typeof PARTS)[]} what is still missing
 */
export function ensureSystem(names) {
  if (process.platform !== 'linux') return [];
  const missing = names.filter((name) => !PARTS[name].present());
  if (missing.length === 0) return [];
  say('this computer lacks:');
  for (const name of missing) say(`  ${name}: ${PARTS[name].why}`);
  const line = (packages) => `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!isDebian()) {
    say(`install them with your package manager (on Debian the packages are named ${packagesOf(missing, () => true).join(' ')})`);
    return missing;
  }
  if (process.env.GANGWAY_NO_APT === '1' || process.getuid?.() !== 0) {
    const wanted = packagesOf(missing, () => true);
    say(`not installing them (${process.env.GANGWAY_NO_APT === '1' ? 'GANGWAY_NO_APT=1' : 'not root'}). The line to run:`);
    say(`  sudo ${line(wanted)}`);
    return missing;
  }
  say('updating the package lists ...');
  apt(['update', '-qq']);
  const packages = packagesOf(missing, known);
  say(line(packages));
  apt(['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  loaderCache = undefined;
  return names.filter((name) => !PARTS[name].present());
}

function apt(args) {
  const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  if (status !== 0) say(`apt-get ${args[0]} ended with ${status}; going on with what is there`);
}

function packagesOf(names, isKnown) {
  return names.flatMap((name) => PARTS[name].packages.map((choices) => choices.find(isKnown) ?? choices.at(-1)));
}

const known = (name) => spawnSync('apt-cache', ['show', '--no-all-versions', name], { stdio: 'ignore' }).status === 0;

const isDebian = () => existsSync('/etc/debian_version') && onPath('apt-get');

export const onPath = (name) => [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => folder && existsSync(`${folder}/${name}`));

// The loader's cache names every shared library: reading it beats starting ldconfig.
let loaderCache;
function libraryPresent(name) {
  loaderCache ??= existsSync('/etc/ld.so.cache') ? readFileSync('/etc/ld.so.cache', 'latin1') : '';
  return loaderCache.includes(name);
}
