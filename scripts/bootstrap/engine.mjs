// Sees that an engine answers and can run ARM code. Starts dockerd itself only as root, and says how to stop it.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onPath } from './system.mjs';
import { say } from './say.mjs';

const SOCKET = '/var/run/docker.sock';

/** Whether an engine answers on the default socket, within two seconds. */
export function engineAnswers() {
  return new Promise((resolve) => {
    const call = request({ socketPath: SOCKET, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}

/**
 * Starts an engine where none answers and this is root on Linux.
 * @returns {Promise<{answers: boolean, stop: () => Promise<void>}>} stop ends only what was started here
 */
export async function ensureEngine() {
  const none = { answers: true, stop: async () => {} };
  if (process.platform !== 'linux' || process.env.DOCKER_HOST) return none;
  ensureEmulation();
  if (await engineAnswers()) return none;
  if (process.getuid?.() !== 0 || !onPath('dockerd')) return { ...none, answers: false };
  const logFile = join(tmpdir(), 'gangway-dockerd.log');
  say(`no engine answers; starting dockerd (its log: ${logFile}) ...`);
  for (const [file, name] of PID_FILES) removeIfStale(file, name);
  const log = openSync(logFile, 'a');
  const child = spawn(onPath('dockerd') && existsSync('/usr/sbin/dockerd') ? '/usr/sbin/dockerd' : 'dockerd', [], {
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  let ended = false;
  child.on('error', () => {
    ended = true;
  });
  child.on('exit', () => {
    ended = true;
  });
  child.unref();
  for (let i = 0; i < 120 && !ended; i++) {
    if (await engineAnswers()) return { answers: true, stop: () => stop(child, () => ended) };
    await sleep(250);
  }
  return { ...none, answers: false };
}

async function stop(child, hasEnded) {
  if (hasEnded()) return;
  child.kill('SIGTERM');
  for (let i = 0; i < 80 && !hasEnded(); i++) await sleep(250);
  if (!hasEnded()) child.kill('SIGKILL');
}

/** What a killed engine leaves: the next one takes the number for a running process, also where that is a dead or another one. */
const PID_FILES = [
  ['/var/run/docker.pid', 'dockerd'],
  ['/var/run/docker/containerd/containerd.pid', 'containerd'],
];

/** Removes a pid file whose process is gone, dead but not yet waited for, or of another name. */
export function removeIfStale(file, name) {
  let pid;
  try {
    pid = Number(readFileSync(file, 'utf8'));
  } catch {
    return;
  }
  try {
    // "4711 (dockerd) S ...": Z and X are processes that ended.
    const [, command, state] = /\((.*)\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    if (command === name && state !== 'Z' && state !== 'X') return;
  } catch {
    // there is no such process
  }
  rmSync(file, { force: true });
}

/** Registers QEMU with the kernel where the packages are there but nothing did (containers, no systemd). Root only. */
export function ensureEmulation() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/qemu-aarch64-static')) return;
  const folder = '/proc/sys/fs/binfmt_misc';
  if (existsSync(`${folder}/qemu-aarch64`) && existsSync(`${folder}/qemu-arm`)) return;
  say('registering QEMU for ARM programs (binfmt_misc) ...');
  if (!existsSync(`${folder}/register`)) {
    mkdirSync(folder, { recursive: true });
    spawnSync('mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder], { stdio: 'ignore' });
  }
  for (const name of ['qemu-aarch64', 'qemu-arm']) spawnSync('update-binfmts', ['--enable', name], { stdio: 'ignore' });
}

/** Where a display is missing: Linux without X or Wayland. */
export const hasDisplay = () => process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
