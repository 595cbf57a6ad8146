import type { AddressInput } from './engine-host.ts';

/**
 * Every place where an engine listens when nobody named one, in the order in which they are tried: Docker before its
 * look-alikes, the system's own before a virtual machine's. Sources: the default sockets of Docker Engine and its rootless
 * mode, Docker Desktop, Colima, Rancher Desktop, Lima and Podman.
 */
export function engineCandidates({ env, platform, home, path }: Pick<AddressInput, 'env' | 'platform' | 'home' | 'path'>): string[] {
  if (platform === 'win32') return PIPES.map((name) => `//./pipe/${name}`);
  const inHome = (...parts: string[]): string => path.join(home, ...parts);
  const runtime = env.XDG_RUNTIME_DIR;
  const colima = [inHome('.colima', 'default', 'docker.sock'), path.join(env.XDG_CONFIG_HOME || inHome('.config'), 'colima', 'default', 'docker.sock')];
  const desktop = [inHome('.docker', 'run', 'docker.sock'), inHome('.docker', 'desktop', 'docker.sock')];
  if (platform === 'darwin') {
    return [
      '/var/run/docker.sock',
      ...desktop,
      ...(env.COLIMA_HOME ? [path.join(env.COLIMA_HOME, 'default', 'docker.sock')] : []),
      ...colima,
      inHome('.rd', 'docker.sock'),
      inHome('.orbstack', 'run', 'docker.sock'),
      inHome('.lima', 'docker', 'sock', 'docker.sock'),
      ...(env.TMPDIR ? [path.join(env.TMPDIR, 'podman', 'podman-machine-default-api.sock')] : []),
      inHome('.local', 'share', 'containers', 'podman', 'machine', 'podman.sock'),
      inHome('.local', 'share', 'containers', 'podman', 'machine', 'podman-machine-default', 'podman.sock'),
    ];
  }
  return [
    '/var/run/docker.sock',
    ...(runtime ? [path.join(runtime, 'docker.sock')] : []),
    ...desktop,
    ...colima,
    inHome('.rd', 'docker.sock'),
    ...(runtime ? [path.join(runtime, 'podman', 'podman.sock')] : []),
    '/run/podman/podman.sock',
  ];
}

const PIPES = ['docker_engine', 'dockerDesktopLinuxEngine', 'podman-machine-default'];
