import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer, type Socket } from 'node:net';
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

/** The one user of a registry that asks for a password; the hash is bcrypt, the only kind that it takes. */
export const REGISTRY_USER = { name: 'ada', password: 'lab-password', htpasswd: 'ada:$2y$04$CvCZjyU5lrBvFEtl5oJ0Q.0aPC8zraCGAYxIub4JfCxXZolMME3q2\n' };

/** A real registry (Debian's docker-registry) on 127.0.0.1, with its blobs in a temporary folder. `locked`: only REGISTRY_USER gets in. */
export async function startRegistry(options: { locked?: boolean } = {}): Promise<LabRegistry> {
  if (!onPath('docker-registry')) throw new PartMissing('registry', 'the package docker-registry is not installed');
  const dir = await mkdtemp(path.join(tmpdir(), 'gangway-registry-'));
  const root = path.join(dir, 'blobs');
  const port = await freePort();
  const auth = !options.locked ? '' : `auth:\n  htpasswd:\n    realm: lab\n    path: ${path.join(dir, 'htpasswd')}\n`;
  if (options.locked) await writeFile(path.join(dir, 'htpasswd'), REGISTRY_USER.htpasswd);
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

/** A registry that has nothing, takes an upload and never answers it. It reads on, or it would not see the other side hang up. */
export async function stallingRegistry(): Promise<{ host: string; uploading: Promise<void>; uploads(): number; stop(): Promise<void> }> {
  const open = new Set<Socket>();
  let begun: () => void = () => undefined;
  const uploading = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const server = createHttpServer((call, answer) => {
    const place = call.url ?? '';
    if (place === '/v2/') answer.end('{}');
    else if (call.method === 'POST')
      answer.writeHead(202, { Location: `http://${host()}${place.replace(/\/?(?:\?.*)?$/, '')}/1`, 'Docker-Upload-UUID': '1', Range: '0-0' }).end();
    else if (call.method === 'PATCH' || call.method === 'PUT') {
      open.add(call.socket);
      call.on('error', () => undefined).resume();
      call.socket.on('close', () => open.delete(call.socket));
      begun();
    } else answer.writeHead(404).end();
  });
  const host = (): string => {
    const address = server.address();
    return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { host: host(), uploading, uploads: () => open.size, stop };
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
