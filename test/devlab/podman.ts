import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianPackage } from './debian-pool.ts';
import type { LabEngine } from './engines.ts';
import { PartMissing } from './missing.ts';
import { untilAnswers } from './ping.ts';
import { isRoot, succeeds } from './run.ts';

const PACKAGES = ['podman', 'conmon', 'golang-github-containers-common', 'libsubid4', 'libgpgme11', 'libassuan0', 'libdevmapper1.02.1', 'libgpg-error0'];

/** Folders of Podman 4.3 (Debian 12), unpacked beside the system. */
export async function podmanRelease(): Promise<{ bin: string; libraries: string; conmon: string }> {
  if (!isRoot()) throw new PartMissing('podman', 'only root can start it here');
  const folders: string[] = [];
  for (const name of PACKAGES) folders.push(await debianPackage({ suite: 'bookworm', architecture: 'amd64', name }));
  const libraries = folders
    .flatMap((folder) => [path.join(folder, 'usr/lib/x86_64-linux-gnu'), path.join(folder, 'lib/x86_64-linux-gnu')])
    .filter((folder) => existsSync(folder));
  return { bin: path.join(folders[0]!, 'usr/bin/podman'), conmon: path.join(folders[1]!, 'usr/bin/conmon'), libraries: libraries.join(':') };
}

/** Podman's Docker-compatible service with storage of its own. It has no BuildKit. */
export async function startPodman(): Promise<LabEngine> {
  const { bin, libraries, conmon } = await podmanRelease();
  const dir = await mkdtemp(path.join(tmpdir(), 'gangway-podman-'));
  const socket = path.join(dir, 'podman.sock');
  const config = path.join(dir, '.config', 'containers');
  await mkdir(config, { recursive: true });
  await writeFile(path.join(config, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  await writeFile(
    path.join(config, 'registries.conf'),
    'unqualified-search-registries = ["docker.io"]\n[[registry]]\nlocation = "127.0.0.1"\ninsecure = true\n',
  );
  await writeFile(
    path.join(config, 'containers.conf'),
    `[engine]\nconmon_path = ["${conmon}"]\nimage_copy_tmp_dir = "${dir}"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n`,
  );
  const env = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: dir,
    TMPDIR: dir,
    XDG_CONFIG_HOME: path.join(dir, '.config'),
    LD_LIBRARY_PATH: libraries,
    CONTAINERS_CONF: path.join(config, 'containers.conf'),
    CONTAINERS_REGISTRIES_CONF: path.join(config, 'registries.conf'),
  };
  const storage = [
    '--root',
    path.join(dir, 'root'),
    '--runroot',
    path.join(dir, 'run'),
    '--tmpdir',
    path.join(dir, 'tmp'),
    '--storage-driver',
    'vfs',
    '--cgroup-manager',
    'cgroupfs',
    '--events-backend',
    'file',
  ];
  const child = spawn(bin, [...storage, 'system', 'service', '--time=0', `unix://${socket}`], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
  let ended: string | null = null;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended = `podman ended (${code ?? signal}): ${said}`;
  });
  const kill = async (): Promise<void> => {
    if (ended === null) child.kill('SIGKILL');
    for (let i = 0; i < 100 && ended === null; i++) await sleep(20);
  };
  const stop = async (): Promise<void> => {
    if (ended === null) child.kill('SIGTERM');
    for (let i = 0; i < 100 && ended === null; i++) await sleep(20);
    await kill();
    const mounts = (await readFile('/proc/self/mounts', 'utf8'))
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((mount) => mount.startsWith(`${dir}/`));
    for (const mount of mounts.reverse()) succeeds('umount', ['-l', mount]);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await untilAnswers({ socketPath: socket }, { milliseconds: 30_000, failed: () => ended });
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said}`, { cause: error });
  }
  return { socket, env: { DOCKER_HOST: `unix://${socket}` }, stop, kill, log: () => said };
}
