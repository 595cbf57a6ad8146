import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { engineInfo } from '../../fixtures/engine-info.ts';
import type { BuildRequest, BuildResult, EngineInfo } from '../../../shared/docker/build.ts';
import type { ReportEvent, Report } from '../../../shared/jobs/report.ts';
import { buildImage } from '../../../electron/services/engine/build/build-image.ts';
import { createEngine } from '../../../electron/services/engine/create-engine.ts';
import type { EngineHandle } from '../../../electron/services/engine/transport.ts';
import type { VerbContext } from '../../../electron/services/ports/verb.ts';
import { run } from '../../devlab/run.ts';
import { busybox, type SamplePlatform } from '../../devlab/sample-image.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';

/** Tags of these tests begin so; they are removed at the end. */
export const PREFIX = 'gangway-build-test';

/** For looking at what a build left; the builds themselves go over the engine's own link. */
export const docker = new Docker({ socketPath: '/var/run/docker.sock' });
const engine = createEngine({ env: { ...process.env, DOCKER_HOST: 'unix:///var/run/docker.sock' } });

const folders: string[] = [];

/** A folder with a Dockerfile, files, and busybox as `busybox`, until `removeTestFolders`. */
export async function contextFolder(
  dockerfile: string,
  files: Readonly<Record<string, string>> = {},
  platform: SamplePlatform | null = 'linux/arm64',
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gangway-build-'));
  folders.push(folder);
  await writeFile(path.join(folder, 'Dockerfile'), dockerfile);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  if (platform) await cp(await busybox(platform), path.join(folder, 'busybox'));
  return folder;
}

/** Removes the folders of the test that just ended. */
export async function removeTestFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** FROM scratch with busybox's applets: what these tests build on, since no registry is needed for it. */
export const BASE = 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n';

/** The engine that these tests build with. */
export const info: EngineInfo = engineInfo({ version: '20.10', apiVersion: '1.41' });

export const requestFor = (folder: string, tag: string, more: Partial<BuildRequest> = {}): BuildRequest => ({
  context: folder,
  dockerfile: path.join(folder, 'Dockerfile'),
  tags: [`${PREFIX}/${tag}`],
  platform: 'linux/arm64',
  args: {},
  secrets: [],
  noCache: false,
  pull: false,
  ...more,
});

export interface Recorded {
  events: ReportEvent[];
  context: VerbContext;
  abort: AbortController;
}

export function recorder(): Recorded {
  const events: ReportEvent[] = [];
  const abort = new AbortController();
  const report: Report = (event) => void events.push({ ...event, at: Date.now() } as ReportEvent);
  return { events, context: { signal: abort.signal, report }, abort };
}

/** Builds and gives the result with what was reported. */
export async function build(
  request: BuildRequest,
  options: { env?: Record<string, string>; info?: EngineInfo; recorded?: Recorded; docker?: EngineHandle } = {},
): Promise<{ result: BuildResult; events: ReportEvent[] }> {
  const recorded = options.recorded ?? recorder();
  const result = await buildImage(options.docker ?? (await engine.link()).docker, options.info ?? info, request, recorded.context, {
    env: { ...process.env, ...options.env },
  });
  return { result, events: recorded.events };
}

export const logText = (events: readonly ReportEvent[]): string => events.flatMap((event) => (event.type === 'log' ? [event.text] : [])).join('');

/** Removes every image of these tests. */
export async function removeTestImages(): Promise<void> {
  for (const image of await docker.listImages()) {
    for (const tag of image.RepoTags ?? [])
      if (tag.startsWith(`${PREFIX}/`))
        await docker
          .getImage(tag)
          .remove({ force: true })
          .catch(() => undefined);
  }
}

/** Runs an image to its end and gives what it printed. */
export const runImage = (tag: string, command: string[], env: Record<string, string> = {}): Promise<string> =>
  run('docker', ['run', '--rm', '--network', 'none', tag, ...command], { env: { ...process.env, ...env } });

/** What building for ARM on this machine takes; true where a part is missing. */
export const cannotBuild = (): Promise<boolean> => skipUnless('engine', 'busybox-arm64', 'emulation-arm64');
