import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { createEngine } from '../../../electron/services/engine/create-engine.ts';
import type { PackageDeps } from '../../../electron/services/extension/package-deps.ts';
import { createLayerStore } from '../../../electron/services/images/create-layer-store.ts';
import { readArchive } from '../../../electron/services/images/read-archive.ts';
import type { Report, ReportEvent } from '../../../shared/jobs/report.ts';
import { busybox, type SamplePlatform } from '../../devlab/sample-image.ts';

/** Of this test file alone: others build, and remove, at the same time. */
export const TAG_PREFIX = `gangway-test-pack-${process.pid}`;

/** The real engine and a store of its own. */
export function realDeps(
  folder: string,
  env: Record<string, string> = { DOCKER_HOST: 'unix:///var/run/docker.sock' },
): PackageDeps & { close(): Promise<void> } {
  const engine = createEngine({ env });
  return {
    env,
    platform: process.platform,
    home: homedir(),
    engine: () => engine,
    owner: null,
    readArchive,
    store: createLayerStore({ root: path.join(folder, 'store'), maxBytes: 5e9 }),
    close: () => engine.close(),
  };
}

export function recorder(): { events: ReportEvent[]; report: Report } {
  const events: ReportEvent[] = [];
  return { events, report: (event) => void events.push({ ...event, at: Date.now() } as ReportEvent) };
}

export function docker(...args: string[]): string {
  return execFileSync('docker', args, {
    encoding: 'utf8',
    env: { ...process.env, DOCKER_HOST: 'unix:///var/run/docker.sock' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Every image, container and tag of the engine, to be the same before and after. */
export function engineState(): string {
  return `${docker('image', 'ls', '--all', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}', '--filter', 'dangling=false')
    .split('\n')
    .filter((line) => line.includes(TAG_PREFIX) || line.includes('gangway-tap') || line.includes('127.0.0.1'))
    .sort()
    .join('\n')}\n${docker('ps', '--all', '--quiet', '--no-trunc')}`;
}

export function removeTestImages(): void {
  const tags = docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')
    .split('\n')
    .filter((tag) => tag.startsWith(`${TAG_PREFIX}/`));
  if (tags.length > 0) docker('image', 'rm', '--force', ...tags);
}

/** Everything below a folder, sorted; what a cancelled job must leave as it was. */
export function listing(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true }).map(String).sort();
}

/** A folder with a static busybox to build FROM scratch with. */
export async function withBusybox(folder: string, platform: SamplePlatform, name = 'busybox'): Promise<void> {
  mkdirSync(folder, { recursive: true });
  copyFileSync(await busybox(platform), path.join(folder, name));
  chmodSync(path.join(folder, name), 0o755);
}

export function put(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
}

/** Dockerfile, manifest and compose file in BD's plain layout; prints the machine that it runs on. */
export function plainExtension(folder: string, tag: string, more: { manifest?: Record<string, unknown>; dockerfile?: string } = {}): void {
  put(folder, {
    Dockerfile:
      more.dockerfile ?? 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "mkdir", "/made"]\nENTRYPOINT ["/bin/busybox"]\nCMD ["uname", "-m"]\n',
    'manifest.json': `${JSON.stringify({ extension_name: 'hello', description: 'Says hello', version: '1.0.0', images: ['hello.tgz'], ...more.manifest }, null, 2)}\n`,
    'docker-compose.yml': `services:\n  hello:\n    image: ${tag}\n    network_mode: host\n    restart: unless-stopped\n`,
  });
}
