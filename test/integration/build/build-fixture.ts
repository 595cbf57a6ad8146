import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import type { BuildRequest, BuildResult, EngineInfo } from '../../../shared/docker/build.ts';
import type { ReportEvent, Report } from '../../../shared/jobs/report.ts';
import { buildImage } from '../../../electron/services/engine/build/build-image.ts';
import type { VerbContext } from '../../../electron/services/ports/verb.ts';

const run = promisify(execFile);

/** Tags of these tests begin so; they are removed at the end. */
export const PREFIX = 'gangway-build-test';

export const docker = new Docker({ socketPath: '/var/run/docker.sock' });

export type BusyboxArchitecture = 'arm64' | 'armhf' | 'amd64';

/** A static busybox of that architecture from the Debian archive, fetched once. Returns the path of the binary. */
export async function busybox(architecture: BusyboxArchitecture): Promise<string> {
  const folder = path.join(tmpdir(), 'gangway-test-busybox', architecture);
  const binary = path.join(folder, 'bin', 'busybox');
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).includes('bin')) return binary;
  const native = (await run('dpkg', ['--print-architecture'])).stdout.trim();
  if (architecture !== native && !(await run('dpkg', ['--print-foreign-architectures'])).stdout.includes(architecture)) {
    await run('dpkg', ['--add-architecture', architecture]);
    await run('apt-get', ['update']).catch(() => undefined);
  }
  await run('apt-get', ['download', `busybox-static:${architecture}`], { cwd: folder });
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (!archive) throw new Error('busybox-static could not be downloaded');
  await run('dpkg-deb', ['-x', archive, '.'], { cwd: folder });
  return binary;
}

/** A folder with a Dockerfile, files, and busybox as `busybox`; removed by `remove`. */
export async function contextFolder(dockerfile: string, files: Readonly<Record<string, string>> = {}, architecture: BusyboxArchitecture | null = 'arm64'): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gangway-build-'));
  await writeFile(path.join(folder, 'Dockerfile'), dockerfile);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  if (architecture) await cp(await busybox(architecture), path.join(folder, 'busybox'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** FROM scratch with busybox's applets: what these tests build on, since no registry is needed for it. */
export const BASE = 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n';

export const info: EngineInfo = {
  name: 'test', version: '20.10', apiVersion: '1.41', os: 'linux', architecture: 'amd64', flavour: 'docker', store: 'graph', driver: 'overlay2', rootDir: '/var/lib/docker',
  cpus: 2, memory: 0, builder: 'buildkit', address: 'unix:///var/run/docker.sock', local: true, platforms: null,
};

export const requestFor = (folder: string, tag: string, more: Partial<BuildRequest> = {}): BuildRequest => ({
  context: folder, dockerfile: path.join(folder, 'Dockerfile'), tags: [`${PREFIX}/${tag}`], platform: 'linux/arm64', args: {}, secrets: [], noCache: false, pull: false, ...more,
});

export interface Recorded { events: ReportEvent[]; context: VerbContext; abort: AbortController }

export function recorder(): Recorded {
  const events: ReportEvent[] = [];
  const abort = new AbortController();
  const report: Report = (event) => void events.push({ ...event, at: Date.now() } as ReportEvent);
  return { events, context: { signal: abort.signal, report }, abort };
}

/** Builds and gives the result with what was reported. */
export async function build(request: BuildRequest, options: { env?: Record<string, string>; info?: EngineInfo; recorded?: Recorded } = {}): Promise<{ result: BuildResult; events: ReportEvent[] }> {
  const recorded = options.recorded ?? recorder();
  const result = await buildImage(docker, options.info ?? info, request, recorded.context, { env: { ...process.env, ...options.env } });
  return { result, events: recorded.events };
}

export const logText = (events: readonly ReportEvent[]): string => events.flatMap((event) => (event.type === 'log' ? [event.text] : [])).join('\n');

/** Removes every image of these tests. */
export async function removeTestImages(): Promise<void> {
  for (const image of await docker.listImages()) {
    for (const tag of image.RepoTags ?? []) if (tag.startsWith(`${PREFIX}/`)) await docker.getImage(tag).remove({ force: true }).catch(() => undefined);
  }
}

/** Runs an image to its end and gives what it printed. */
export async function runImage(tag: string, command: string[]): Promise<string> {
  const { stdout } = await run('docker', ['run', '--rm', tag, ...command], { env: { ...process.env } });
  return stdout;
}
