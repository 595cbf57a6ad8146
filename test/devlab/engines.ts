import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineVersion, engineRelease } from './docker-releases.ts';
import { PartMissing } from './missing.ts';
import { answers, type PingTarget, untilAnswers } from './ping.ts';
import { isRoot, onPath, run, succeeds } from './run.ts';

export type { EngineVersion } from './docker-releases.ts';

/** A real engine for tests. `env` makes the docker command line and createEngine use it. */
export interface LabEngine {
  socket: string;
  env: { DOCKER_HOST: string };
  /** Ends it in good order and removes what it kept. Only where this lab started it. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would; `stop` still cleans up. */
  kill(): Promise<void>;
  /** The end of its own log, for a failing test. */
  log(): string;
}

const SYSTEM_SOCKET = '/var/run/docker.sock';
const PREFIX = 'gangway-engine-';

/** The engine at /var/run/docker.sock. Where none answers and this is root, it is started and `stop` ends it again. */
export async function localEngine(): Promise<LabEngine> {
  const env = { DOCKER_HOST: `unix://${SYSTEM_SOCKET}` };
  if (await answers({ socketPath: SYSTEM_SOCKET })) {
    return {
      socket: SYSTEM_SOCKET,
      env,
      stop: async () => undefined,
      kill: () => Promise.reject(new Error("this engine is not the lab's to kill")),
      log: () => '',
    };
  }
  if (!isRoot()) throw new PartMissing('engine', 'none answers and only root can start one');
  if (!onPath('dockerd')) throw new PartMissing('engine', 'no dockerd on this system (package docker.io)');
  const dir = await labFolder();
  const daemon = await launch({ dir, args: [], path: [], target: { socketPath: SYSTEM_SOCKET }, before: [] });
  return { socket: SYSTEM_SOCKET, env, ...daemon };
}

/**
 * An engine of this version beside the system's: own data, own state, own socket, own bridge without NAT, so that nothing is
 * shared. Takes one to two seconds; the first time 26.1 is downloaded (60 MB). `diskBytes`: all its data lie on a disk of this size.
 */
export async function startEngine(options: { version: EngineVersion; args?: string[]; containerdStore?: boolean; diskBytes?: number }): Promise<LabEngine> {
  if (!isRoot()) throw new PartMissing(`Docker ${options.version}`, 'only root can start an engine');
  const release = await engineRelease(options.version);
  await sweepLab();
  const dir = await labFolder();
  if (options.diskBytes !== undefined) {
    await mkdir(path.join(dir, 'data'));
    await run('mount', ['-t', 'tmpfs', '-o', `size=${options.diskBytes}`, 'gangway-lab', path.join(dir, 'data')]);
  }
  const bridge = await makeBridge();
  const socket = path.join(dir, 'docker.sock');
  if (options.containerdStore) await writeFile(path.join(dir, 'daemon.json'), JSON.stringify({ features: { 'containerd-snapshotter': true } }));
  const args = [...ownState(dir, socket, Boolean(options.containerdStore)), `--bridge=${bridge ?? 'none'}`, ...(options.args ?? [])];
  const removeBridge = async (): Promise<void> => {
    if (bridge) await run('ip', ['link', 'del', bridge]).catch(() => undefined);
  };
  try {
    const daemon = await launch({ dir, args, path: release, target: { socketPath: socket }, before: [], after: removeBridge });
    return { socket, env: { DOCKER_HOST: `unix://${socket}` }, ...daemon };
  } catch (error) {
    await removeBridge();
    throw error;
  }
}

/** Flags that keep an engine's state in one folder and away from a containerd that the system may run. */
export function ownState(dir: string, socket: string, config = false): string[] {
  const name = path.basename(dir);
  return [
    ...(config ? [`--config-file=${path.join(dir, 'daemon.json')}`] : []),
    `--data-root=${path.join(dir, 'data')}`,
    `--exec-root=${path.join(dir, 'exec')}`,
    `--pidfile=${path.join(dir, 'docker.pid')}`,
    `--host=unix://${socket}`,
    `--containerd-namespace=${name}`,
    `--containerd-plugins-namespace=${name}-plugins`,
    '--iptables=false',
    '--ip-masq=false',
  ];
}

interface Launch {
  dir: string;
  args: string[];
  path: string[];
  target: PingTarget;
  before: string[];
  after?: () => Promise<void>;
}

/** Starts dockerd (behind the command `before`, if any) and waits until it answers. */
export async function launch({ dir, args, path: folders, target, before, after }: Launch): Promise<Pick<LabEngine, 'stop' | 'kill' | 'log'>> {
  const file = path.join(dir, 'dockerd.log');
  const out = openSync(file, 'a');
  const search = [...folders, '/usr/sbin', '/sbin', process.env.PATH ?? '/usr/bin:/bin'].join(':');
  const program = folders.map((folder) => path.join(folder, 'dockerd')).find((one) => existsSync(one)) ?? 'dockerd';
  const [first = program, ...rest] = [...before, program, ...args];
  const child = spawn(first, rest, { stdio: ['ignore', out, out], env: { ...process.env, PATH: search, DOCKER_HOST: '', DOCKER_DRIVER: '' } });
  closeSync(out);
  await writeFile(path.join(dir, 'owner.pid'), String(process.pid));
  const log = (): string => readFileSync(file, 'utf8').split('\n').slice(-25).join('\n');
  let ended: string | null = null;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended = `dockerd ended (${code ?? signal})`;
  });
  const cleanUp = async (): Promise<void> => {
    await removeLabFolder(dir);
    await after?.();
  };
  const stop = async (): Promise<void> => {
    await end(child, () => ended !== null, 'SIGTERM');
    await cleanUp();
  };
  const kill = async (): Promise<void> => end(child, () => ended !== null, 'SIGKILL');
  try {
    await untilAnswers(target, { milliseconds: 60_000, failed: () => ended });
  } catch (error) {
    const said = existsSync(file) ? log() : '';
    await end(child, () => ended !== null, 'SIGKILL');
    await cleanUp();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said}`, { cause: error });
  }
  return { stop, kill, log };
}

async function end(child: ChildProcess, hasEnded: () => boolean, signal: NodeJS.Signals): Promise<void> {
  if (!hasEnded()) child.kill(signal);
  for (let i = 0; i < 200 && !hasEnded(); i++) await sleep(50);
  if (!hasEnded()) child.kill('SIGKILL');
}

/** A short path: unix sockets may be 108 bytes long. */
export const labFolder = async (): Promise<string> => mkdtempSync(path.join(tmpdir(), PREFIX));

/** Ends what a killed dockerd left running (its containerd and shims name the folder), lets go of mounts, removes the folder. */
async function removeLabFolder(dir: string): Promise<void> {
  for (const pid of await processesNaming(dir)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended by itself meanwhile
    }
  }
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => mount.startsWith(`${dir}/`));
  for (const mount of mounts.reverse()) succeeds('umount', ['-l', mount]);
  await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function processesNaming(dir: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    const program = path.basename(line.split('\0')[0] ?? '');
    if (/^(?:dockerd|containerd|containerd-shim.*|runc)$/.test(program) && line.includes(`${dir}/`)) found.push(Number(name));
  }
  return found;
}

/** Removes engines whose test run was killed before it could. */
async function sweepLab(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const dir = path.join(tmpdir(), name);
    const owner = Number(await readFile(path.join(dir, 'owner.pid'), 'utf8').catch(() => '0'));
    if (owner > 0 && !existsSync(`/proc/${owner}`)) await removeLabFolder(dir);
  }
}

// RUN steps need a network named "bridge"; the default docker0 belongs to the system's engine.
async function makeBridge(): Promise<string | null> {
  if (!onPath('ip')) return null;
  const id = randomBytes(2);
  const name = `gwb${id.toString('hex')}`;
  try {
    await run('ip', ['link', 'add', 'name', name, 'type', 'bridge']);
    await run('ip', ['addr', 'add', `10.214.${id[0]}.1/24`, 'dev', name]);
    await run('ip', ['link', 'set', name, 'up']);
    return name;
  } catch {
    return null;
  }
}
