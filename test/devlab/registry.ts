import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PartMissing } from './missing.ts';
import { onPath } from './run.ts';

export interface LabRegistry {
  host: string;
  port: number;
  root: string;
  stop(): Promise<void>;
}

/** A real registry (Debian's docker-registry) on 127.0.0.1, with its blobs in a temporary folder. `htpasswd` is the text of a password file. */
export async function startRegistry(options: { htpasswd?: string } = {}): Promise<LabRegistry> {
  if (!onPath('docker-registry')) throw new PartMissing('registry', 'the package docker-registry is not installed');
  const dir = await mkdtemp(path.join(tmpdir(), 'gangway-registry-'));
  const root = path.join(dir, 'blobs');
  const port = await freePort();
  const auth = options.htpasswd === undefined ? '' : `auth:\n  htpasswd:\n    realm: lab\n    path: ${path.join(dir, 'htpasswd')}\n`;
  if (options.htpasswd !== undefined) await writeFile(path.join(dir, 'htpasswd'), options.htpasswd);
  const config = path.join(dir, 'config.yml');
  await writeFile(
    config,
    `version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: ${root}\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:${port}\n${auth}`,
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore', env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' } });
  let ended = false;
  child.on('error', () => {
    ended = true;
  });
  child.on('exit', () => {
    ended = true;
  });
  const stop = async (): Promise<void> => {
    if (!ended) child.kill('SIGTERM');
    for (let i = 0; i < 100 && !ended; i++) await sleep(20);
    if (!ended) child.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  };
  for (let i = 0; i < 200 && !ended; i++) {
    if (await speaks(port)) return { host: `127.0.0.1:${port}`, port, root, stop };
    await sleep(50);
  }
  await stop();
  throw new Error('docker-registry did not start');
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function speaks(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path: '/v2/', timeout: 1000, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 || answer.statusCode === 401);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}
