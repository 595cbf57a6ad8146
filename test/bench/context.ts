import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { engineInfo } from '../fixtures/engine-info.ts';
import { buildImage } from '../../electron/services/engine/build/build-image.ts';
import type { BenchRow } from './bench-row.ts';

const FOLDERS = 500;
const FILES_EACH = 100;
const ROUNDS = 3;
const TAG = 'gangway-bench/context';

// A bind mount takes the whole context without copying it again, so that the transfer is what is measured. The program of the step is the
// smallest that ends: its architecture is the engine's own.
const dockerfile = (program: string): string => `FROM scratch\nCOPY ${program} /true\nRUN --mount=type=bind,target=/context ["/true"]\n`;

/**
 * A context of 50,000 small files through our session and through the `docker build` client (BuildKit), in turns on one engine: a folder
 * that the engine has never seen, and the same folder again unchanged. Ours is timed inside a running process.
 */
export async function contextBench(): Promise<BenchRow[]> {
  const docker = new Docker({ socketPath: process.env.GANGWAY_BENCH_SOCKET ?? '/var/run/docker.sock' });
  const root = await mkdtemp(path.join(tmpdir(), 'gangway-bench-context-'));
  const times: Record<'first' | 'unchanged', Record<'ours' | 'theirs', number[]>> = { first: { ours: [], theirs: [] }, unchanged: { ours: [], theirs: [] } };
  try {
    const kept = path.join(root, 'files');
    await makeFiles(kept);
    for (let round = 0; round < ROUNDS; round++) {
      for (const who of round % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const)) {
        // Both know a folder by its path: under a new name it is new to the engine.
        const folder = path.join(root, `${who}-${round}`);
        await rename(kept, folder);
        await writeFile(path.join(folder, 'round'), `${who} ${round} ${Date.now()}`);
        const build = who === 'ours' ? () => ours(docker, folder) : () => theirs(folder, root);
        times.first[who].push(await timed(build));
        times.unchanged[who].push(await timed(build));
        await rename(folder, kept);
        await sleep(500);
      }
    }
  } finally {
    await rm(root, { recursive: true, force: true });
    await docker
      .getImage(TAG)
      .remove({ force: true })
      .catch(() => undefined);
  }
  return (['first', 'unchanged'] as const).map((kind) => {
    const [mine, other] = [median(times[kind].ours), median(times[kind].theirs)];
    return {
      name: `context of ${FOLDERS * FILES_EACH} small files, ${kind === 'first' ? 'first time' : 'unchanged'}`,
      ours: `${mine.toFixed(2)} s`,
      theirs: `docker build ${other.toFixed(2)} s`,
      ratio: (mine / other).toFixed(2),
      limit: '<= 1.00 x',
      ok: mine <= other,
      note: `rounds ${times[kind].ours.map((time) => time.toFixed(2)).join(' ')} against ${times[kind].theirs.map((time) => time.toFixed(2)).join(' ')}`,
    };
  });
}

async function makeFiles(folder: string): Promise<void> {
  for (let i = 0; i < FOLDERS; i++) {
    const inner = path.join(folder, `folder-${i}`);
    await mkdir(inner, { recursive: true });
    await Promise.all(
      Array.from({ length: FILES_EACH }, (_, j) => writeFile(path.join(inner, `file-${j}.txt`), `file ${j} of folder ${i}\n`.repeat(1 + (j % 20)))),
    );
  }
  await writeFile(path.join(folder, 'true'), smallestProgram(), { mode: 0o755 });
  await writeFile(path.join(folder, 'Dockerfile'), dockerfile('true'));
}

async function ours(docker: Docker, folder: string): Promise<void> {
  const info = engineInfo();
  const request = {
    context: folder,
    dockerfile: path.join(folder, 'Dockerfile'),
    tags: [TAG],
    platform: 'linux/amd64' as const,
    args: {},
    secrets: [],
    noCache: false,
    pull: false,
  };
  await buildImage(docker, info, request, { signal: new AbortController().signal, report: () => undefined }, { env: process.env });
}

async function theirs(folder: string, root: string): Promise<void> {
  const client = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
  const child = spawn(client, ['build', '-q', '-t', TAG, '--platform', 'linux/amd64', folder], {
    env: { ...process.env, DOCKER_BUILDKIT: '1', DOCKER_CONFIG: path.join(root, 'docker-config') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`docker build failed: ${said}`);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** An ELF file for linux/amd64 of 132 bytes that ends at once: exit(0). */
function smallestProgram(): Buffer {
  const code = Buffer.from([0x31, 0xff, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05]);
  const file = Buffer.alloc(120 + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(0x3e, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(0x400078n, 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(0x400000n, 80);
  file.writeBigUInt64LE(0x400000n, 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  file.set(code, 120);
  return file;
}
