import { readFileSync } from 'node:fs';
import { homedir, release, tmpdir, version as osVersion } from 'node:os';
import { doctorFix, type FixSystem } from '../../../shared/doctor/fixes.ts';
import { DOCTOR_CHECKS, type DoctorCheck, type DoctorCheckId, type DoctorReport } from '../../../shared/doctor/report.ts';
import type { EngineInfo } from '../../../shared/docker/build.ts';
import type { Platform } from '../../../shared/docker/platform.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { toWireError } from '../../../shared/ipc/result.ts';
import type { Engine } from '../ports/engine.ts';
import { appPaths } from '../settings/paths.ts';
import { bounded } from './bounded.ts';
import { freeSpaces, type FreeSpace } from './disk.ts';
import type { Environment } from './engine-host.ts';
import { fixSystem } from './fix-system.ts';
import { firstLineOf } from './program.ts';

export interface DoctorDeps {
  engine: Pick<Engine, 'info' | 'emulation'>;
  env: Environment;
  platform?: NodeJS.Platform;
  home?: string;
  /** Folders that must have room. Default: the temporary and the cache folder. */
  folders?: string[];
  /** For one check. Default 3000. */
  milliseconds?: number;
}

/** `fix` stands instead of the table's where the error itself knows better. */
type Answer = Pick<DoctorCheck, 'state' | 'found'> & { fix?: string; command?: string };

const LOW_DISK = 5e9;
const NO_DISK = 1e9;

const TITLES: Readonly<Record<DoctorCheckId, string>> = {
  engine: 'Container engine',
  'engine-permission': 'Permission to use it',
  'engine-version': 'Version of its API',
  buildkit: 'BuildKit',
  'emulation-arm64': 'Runs 64-bit ARM',
  'emulation-arm': 'Runs 32-bit ARM',
  buildx: 'docker buildx',
  compose: 'Docker Compose',
  disk: 'Free disk space',
  ssh: 'SSH',
};

/**
 * Looks at all that Gangway needs on this computer, at once, each within its time. Changes nothing. Rejects only when the
 * signal fires; whatever goes wrong else is a line of the report, with its fix for this system.
 */
export async function runDoctor(deps: DoctorDeps, { signal }: { signal?: AbortSignal } = {}): Promise<DoctorReport> {
  const platform = deps.platform ?? process.platform;
  const system = fixSystem(platform);
  const milliseconds = deps.milliseconds ?? 3000;
  // One question serves five checks.
  const asked = limit((inner) => deps.engine.info({ fresh: true, signal: inner }), milliseconds);
  const about = asked.then(
    (info) => ({ info }),
    (error: unknown) => ({ error: toWireError(error) }),
  );
  const withEngine = async (answer: (info: EngineInfo) => Answer | Promise<Answer>): Promise<Answer> => {
    const known = await about;
    return 'info' in known ? answer(known.info) : { state: 'skipped', found: 'Could not be asked: the engine cannot be used yet.' };
  };
  const code = async (): Promise<string | null> => about.then((known) => ('error' in known ? known.error.code : null));

  const checks: Record<DoctorCheckId, () => Promise<Answer>> = {
    async engine() {
      const known = await about;
      if ('info' in known && known.info.os === 'windows') {
        return {
          state: 'error',
          found: `${describe(known.info)} runs Windows containers.`,
          fix: 'In the menu of Docker Desktop choose "Switch to Linux containers".',
        };
      }
      if ('info' in known) return { state: 'ok', found: describe(known.info) };
      const { message, hint, data } = known.error;
      return { state: 'error', found: message, ...(hint ? { fix: hint } : {}), ...(typeof data?.command === 'string' ? { command: data.command } : {}) };
    },
    async 'engine-permission'() {
      if ((await code()) === 'ENGINE_PERMISSION_DENIED') return { state: 'error', found: 'The engine is there, but you may not use it.' };
      return withEngine(() => ({ state: 'ok', found: 'You may use the engine.' }));
    },
    async 'engine-version'() {
      const known = await about;
      if ('error' in known && known.error.code === 'ENGINE_API_TOO_OLD') return { state: 'error', found: known.error.message };
      return withEngine((info) => ({ state: 'ok', found: `API ${info.apiVersion}` }));
    },
    buildkit: () =>
      withEngine((info) =>
        info.builder === 'buildkit'
          ? { state: 'ok', found: 'The engine builds with BuildKit.' }
          : { state: 'warning', found: 'The engine has the classic builder only.' },
      ),
    'emulation-arm64': () => withEngine(async () => emulates(deps.engine, 'linux/arm64', 'error')),
    'emulation-arm': () => withEngine(async () => emulates(deps.engine, 'linux/arm/v7', 'warning')),
    buildx: async () => fromProgram(await firstLineOf('docker', ['buildx', 'version'], deps.env, milliseconds), 'not installed'),
    async compose() {
      const plugin = await firstLineOf('docker', ['compose', 'version'], deps.env, milliseconds);
      return fromProgram(
        plugin ?? (await firstLineOf('docker-compose', ['--version'], deps.env, milliseconds)),
        'neither "docker compose" nor docker-compose is installed',
      );
    },
    async disk() {
      const known = await Promise.race([about, later(milliseconds / 2)]);
      const root = known && 'info' in known && known.info.local && known.info.rootDir ? [known.info.rootDir] : [];
      const folders = deps.folders ?? [tmpdir(), appPaths({ platform, env: deps.env, home: deps.home ?? homedir() }).cache];
      return space(await freeSpaces([...folders, ...root]));
    },
    ssh: async () => fromProgram(await firstLineOf('ssh', ['-V'], deps.env, milliseconds), 'no ssh on the PATH'),
  };
  const all = (): Promise<DoctorCheck[]> => Promise.all(DOCTOR_CHECKS.map(async (id) => toCheck(id, await settle(checks[id], milliseconds + 500), system)));
  const done = await bounded(all, { milliseconds: 2 * milliseconds + 1000, ...(signal ? { signal } : {}), late: () => new Error('the doctor did not end') });
  return { os: describeSystem(platform), checks: done, ready: done.every((check) => check.state !== 'error') };
}

const limit = <T>(body: (signal: AbortSignal) => Promise<T>, milliseconds: number): Promise<T> =>
  bounded(body, { milliseconds, late: () => new GangwayError('ENGINE_UNREACHABLE', `No answer within ${milliseconds / 1000} seconds.`) });

async function settle(body: () => Promise<Answer>, milliseconds: number): Promise<Answer> {
  try {
    return await limit(body, milliseconds);
  } catch (error) {
    return { state: 'skipped', found: toWireError(error).message };
  }
}

function toCheck(id: DoctorCheckId, answer: Answer, system: FixSystem): DoctorCheck {
  const needsFix = (answer.state === 'error' || answer.state === 'warning') && answer.fix === undefined;
  return { id, title: TITLES[id], ...answer, ...(needsFix ? doctorFix(id, system) : {}) };
}

function describe(info: EngineInfo): string {
  const store = info.store === 'containerd' ? 'containerd image store' : `classic image store, ${info.driver}`;
  return `${info.name} ${info.version} at ${info.address} (${store})`;
}

async function emulates(engine: DoctorDeps['engine'], platform: Platform, otherwise: 'error' | 'warning'): Promise<Answer> {
  const { how } = await engine.emulation(platform);
  switch (how) {
    case 'native':
      return { state: 'ok', found: `The engine's processor runs ${platform} itself.` };
    case 'emulated':
      return { state: 'ok', found: `${platform} runs by emulation.` };
    case 'missing':
      return { state: otherwise, found: `${platform} programs do not run here: RUN steps of a build would fail with "exec format error".` };
    case 'unknown':
      return { state: 'skipped', found: `The engine does not say whether it runs ${platform}.` };
  }
}

const fromProgram = (line: string | null, missing: string): Answer => (line === null ? { state: 'warning', found: missing } : { state: 'ok', found: line });

function space(spaces: FreeSpace[]): Answer {
  if (spaces.length === 0) return { state: 'skipped', found: 'The free space could not be read.' };
  const least = Math.min(...spaces.map((one) => one.free));
  const found = spaces.map(({ folder, free }) => `${(free / 1e9).toFixed(1)} GB at ${folder}`).join(', ');
  return { state: least < NO_DISK ? 'error' : least < LOW_DISK ? 'warning' : 'ok', found };
}

const later = (milliseconds: number): Promise<null> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(null), milliseconds).unref();
  });

function describeSystem(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return `macOS (Darwin ${release()})`;
  if (platform !== 'linux') return osVersion();
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  } catch {
    return 'Linux';
  }
}
