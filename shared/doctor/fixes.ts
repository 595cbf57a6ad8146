import type { DoctorCheckId } from './report.ts';

/** The system that a fix is for. `packages` is the family of a Linux distribution's package manager. */
export interface FixSystem {
  platform: 'linux' | 'darwin' | 'win32' | 'other';
  packages?: 'apt' | 'dnf' | 'pacman' | 'other';
}

/** What to do, in a sentence, and the line that does it where one does. */
export interface Fix {
  fix: string;
  command?: string;
}

/** One check's fixes: by package family on Linux, by system else. */
interface FixRow {
  linux: Record<'apt' | 'dnf' | 'pacman' | 'other', Fix>;
  darwin: Fix;
  win32: Fix;
}

const everywhere = (fix: Fix): Record<'apt' | 'dnf' | 'pacman' | 'other', Fix> => ({ apt: fix, dnf: fix, pacman: fix, other: fix });
const START_DESKTOP = 'Start Docker Desktop and wait until it says that the engine runs.';

/**
 * The one table of fixes. Sources: Docker's install pages per distribution, its "manage Docker as a non-root user" page,
 * and Debian's, Fedora's and Arch's package names for QEMU user emulation.
 */
export const FIXES: Readonly<Record<DoctorCheckId, FixRow>> = {
  engine: {
    linux: {
      apt: {
        fix: 'Start Docker; where it is not installed, install the package docker.io.',
        command: 'sudo systemctl start docker || sudo apt-get install -y docker.io',
      },
      dnf: {
        fix: 'Start Docker; where it is not installed, install moby-engine (or podman, and enable its socket).',
        command: 'sudo systemctl start docker || sudo dnf install -y moby-engine',
      },
      pacman: { fix: 'Start Docker; where it is not installed, install the package docker.', command: 'sudo systemctl start docker || sudo pacman -S docker' },
      other: { fix: 'Start Docker, or install it from docs.docker.com/engine/install.', command: 'sudo systemctl start docker' },
    },
    darwin: { fix: 'Start Docker Desktop (or "colima start"), and wait until it says that the engine runs.', command: 'open -a Docker' },
    win32: { fix: START_DESKTOP, command: 'Start-Process "C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe"' },
  },
  'engine-permission': {
    linux: everywhere({
      fix: 'Add yourself to the docker group, then log out and in again. Its members can do all that root can. (With sudo it works at once; Gangway then still gives the files to you.)',
      command: 'sudo usermod -aG docker "$USER"',
    }),
    darwin: { fix: 'Open Docker Desktop, Settings, Advanced, and allow the default Docker socket; or sign in as the user who installed it.' },
    win32: { fix: 'Add yourself to the group docker-users, then sign out and in again.', command: 'net localgroup docker-users "%USERNAME%" /add' },
  },
  'engine-version': {
    linux: {
      apt: { fix: 'Update the engine: Docker 20.10 or newer is needed.', command: 'sudo apt-get update && sudo apt-get install -y docker.io' },
      dnf: { fix: 'Update the engine: Docker 20.10 or newer is needed.', command: 'sudo dnf upgrade -y moby-engine' },
      pacman: { fix: 'Update the engine: Docker 20.10 or newer is needed.', command: 'sudo pacman -Syu docker' },
      other: { fix: 'Update the engine: Docker 20.10 or newer is needed. See docs.docker.com/engine/install.' },
    },
    darwin: { fix: 'Update Docker Desktop (its menu, Check for updates): Docker 20.10 or newer is needed.' },
    win32: { fix: 'Update Docker Desktop (its menu, Check for updates): Docker 20.10 or newer is needed.' },
  },
  buildkit: {
    linux: everywhere({
      fix: 'BuildKit is off or absent: secrets, cache mounts and RUN --mount do not work. Take "buildkit": false out of /etc/docker/daemon.json and restart Docker; Podman has no BuildKit.',
    }),
    darwin: { fix: 'BuildKit is off or absent: in Docker Desktop, Settings, Docker Engine, take "buildkit": false out; Podman has no BuildKit.' },
    win32: {
      fix: 'BuildKit is off or absent: in Docker Desktop, Settings, Docker Engine, take "buildkit": false out, and use Linux containers; Podman has no BuildKit.',
    },
  },
  'emulation-arm64': emulation('64-bit ARM'),
  'emulation-arm': emulation('32-bit ARM'),
  buildx: {
    linux: {
      apt: {
        fix: 'Only named and remote builders need it. Install the plugin docker-buildx.',
        command: 'sudo apt-get install -y docker-buildx || sudo apt-get install -y docker-buildx-plugin',
      },
      dnf: {
        fix: 'Only named and remote builders need it. Install the plugin docker-buildx.',
        command: 'sudo dnf install -y docker-buildx || sudo dnf install -y docker-buildx-plugin',
      },
      pacman: { fix: 'Only named and remote builders need it. Install the plugin docker-buildx.', command: 'sudo pacman -S docker-buildx' },
      other: { fix: 'Only named and remote builders need it. Put the plugin docker-buildx into ~/.docker/cli-plugins.' },
    },
    darwin: { fix: 'Only named and remote builders need it. It comes with Docker Desktop; with Colima install it.', command: 'brew install docker-buildx' },
    win32: { fix: 'Only named and remote builders need it. It comes with Docker Desktop.' },
  },
  compose: {
    linux: {
      apt: {
        fix: 'Gangway packs without it; it is needed to run an extension on this computer. Install Compose.',
        command: 'sudo apt-get install -y docker-compose || sudo apt-get install -y docker-compose-plugin',
      },
      dnf: {
        fix: 'Gangway packs without it; it is needed to run an extension on this computer. Install Compose.',
        command: 'sudo dnf install -y docker-compose || sudo dnf install -y docker-compose-plugin',
      },
      pacman: {
        fix: 'Gangway packs without it; it is needed to run an extension on this computer. Install Compose.',
        command: 'sudo pacman -S docker-compose',
      },
      other: { fix: 'Gangway packs without it; it is needed to run an extension on this computer. Put the plugin docker-compose into ~/.docker/cli-plugins.' },
    },
    darwin: {
      fix: 'Gangway packs without it; it is needed to run an extension on this computer. It comes with Docker Desktop; with Colima install it.',
      command: 'brew install docker-compose',
    },
    win32: { fix: 'Gangway packs without it; it is needed to run an extension on this computer. It comes with Docker Desktop.' },
  },
  disk: {
    linux: everywhere({
      fix: 'Free some space: an image needs about three times its size while it is packed. These remove what no container and no tag uses.',
      command: 'docker builder prune && docker image prune',
    }),
    darwin: {
      fix: 'Free some space, or give Docker Desktop a larger disk (Settings, Resources). These remove what no container and no tag uses.',
      command: 'docker builder prune && docker image prune',
    },
    win32: {
      fix: 'Free some space, or give Docker Desktop a larger disk (Settings, Resources). These remove what no container and no tag uses.',
      command: 'docker builder prune; docker image prune',
    },
  },
  ssh: {
    linux: {
      apt: { fix: "Gangway has its own SSH; the system's client helps to set a device up by hand.", command: 'sudo apt-get install -y openssh-client' },
      dnf: { fix: "Gangway has its own SSH; the system's client helps to set a device up by hand.", command: 'sudo dnf install -y openssh-clients' },
      pacman: { fix: "Gangway has its own SSH; the system's client helps to set a device up by hand.", command: 'sudo pacman -S openssh' },
      other: { fix: "Gangway has its own SSH; install your system's OpenSSH client to set a device up by hand." },
    },
    darwin: { fix: 'macOS comes with SSH in /usr/bin: see that PATH holds it.' },
    win32: {
      fix: "Gangway has its own SSH; Windows' client helps to set a device up by hand.",
      command: 'Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0',
    },
  },
};

function emulation(what: string): FixRow {
  const built = `Docker Desktop runs ${what} programs by itself: update it and start it again.`;
  return {
    linux: {
      apt: { fix: `Install QEMU, which runs ${what} programs on this computer.`, command: 'sudo apt-get install -y qemu-user-static binfmt-support' },
      dnf: {
        fix: `Install QEMU, which runs ${what} programs on this computer.`,
        command: 'sudo dnf install -y qemu-user-static && sudo systemctl restart systemd-binfmt',
      },
      pacman: {
        fix: `Install QEMU, which runs ${what} programs on this computer.`,
        command: 'sudo pacman -S qemu-user-static qemu-user-static-binfmt && sudo systemctl restart systemd-binfmt',
      },
      other: { fix: `Install QEMU user emulation (static) and register it with binfmt_misc, so that ${what} programs run on this computer.` },
    },
    darwin: { fix: `${built} With Colima: "colima start --binfmt", or a virtual machine of that architecture.` },
    win32: { fix: built },
  };
}

/** The fix of one check for one system. An unknown system gets the general Linux words. */
export function doctorFix(id: DoctorCheckId, system: FixSystem): Fix {
  const row = FIXES[id];
  if (system.platform === 'darwin') return row.darwin;
  if (system.platform === 'win32') return row.win32;
  return row.linux[system.packages ?? 'other'];
}

/** The package family from the text of /etc/os-release: its ID, then what it says it is like. */
export function packagesOfOsRelease(text: string): 'apt' | 'dnf' | 'pacman' | 'other' {
  const value = (key: string): string => new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1] ?? '';
  const names = [...value('ID').split(/\s+/), ...value('ID_LIKE').split(/\s+/)];
  for (const name of names) {
    if (['debian', 'ubuntu', 'raspbian', 'linuxmint', 'pop'].includes(name)) return 'apt';
    if (['fedora', 'rhel', 'centos', 'rocky', 'almalinux'].includes(name)) return 'dnf';
    if (['arch', 'manjaro', 'endeavouros'].includes(name)) return 'pacman';
  }
  return 'other';
}
