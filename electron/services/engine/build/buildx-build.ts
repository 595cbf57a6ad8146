import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import type { BuildRequest, EngineInfo } from '../../../../shared/docker/build.ts';
import { isSecretName } from '../../../../shared/docker/dockerfile-names.ts';
import { traceOfRawJson } from '../../../../shared/docker/buildkit-trace-rawjson.ts';
import type { TraceSteps } from '../../../../shared/docker/buildkit-trace-steps.ts';
import type { Environment } from '../engine-host.ts';
import { EngineRefusal } from './engine-request.ts';
import { JsonSplitter } from './json-splitter.ts';

export interface BuildxInput {
  info: EngineInfo;
  request: BuildRequest;
  steps: TraceSteps;
  signal: AbortSignal;
  env: Environment /** For tests. */;
  program?: string;
}

/** What is kept of text that is no trace: errors of the client. */
const KEPT_TEXT = 16 * 1024;
/** After an interrupt the client gets this long to end its build. */
const KILL_AFTER = 5000;
/** A cancel is answered within this time, whether the client has ended or not. */
const ANSWER_AFTER = 1500;

/**
 * Builds with `docker buildx` on a named builder and loads the image into the engine.
 * @returns the id that the client wrote into its metadata file
 * @throws GangwayError BUILDX_MISSING; EngineRefusal with the client's words; the signal's reason
 */
export async function buildWithBuildx({ info, request, steps, signal, env, program = 'docker' }: BuildxInput): Promise<string> {
  const childEnv = environment(info, request, env);
  await assertBuildx(program, childEnv, signal);
  const folder = await mkdtemp(path.join(tmpdir(), 'gangway-buildx-'));
  try {
    const metadata = path.join(folder, 'metadata.json');
    await runBuild(program, buildxArguments(request, metadata), childEnv, steps, signal);
    const parsed = JSON.parse(await readFile(metadata, 'utf8')) as Record<string, unknown>;
    const id = parsed['containerimage.config.digest'] ?? parsed['containerimage.digest'];
    if (typeof id !== 'string') throw new EngineRefusal('docker buildx named no image');
    return id;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The arguments of the client. No value of a secret stands among them: it is told names of variables and files. */
export function buildxArguments(request: BuildRequest, metadataFile: string): string[] {
  return [
    'buildx',
    'build',
    '--builder',
    request.builder ?? 'default',
    '--progress=rawjson',
    '--provenance=false',
    '--sbom=false',
    '--load',
    '--metadata-file',
    metadataFile,
    '--platform',
    request.platform,
    '--file',
    request.dockerfile,
    ...request.tags.flatMap((tag) => ['--tag', tag]),
    ...(request.stage === undefined ? [] : ['--target', request.stage]),
    ...(request.noCache ? ['--no-cache'] : []),
    ...(request.pull ? ['--pull'] : []),
    // A name alone takes its value from the environment.
    ...Object.entries(request.args).flatMap(([name, value]) => ['--build-arg', isSecretName(name) ? name : `${name}=${value}`]),
    ...request.secrets.flatMap((secret) => ['--secret', 'env' in secret ? `id=${secret.id},env=${secret.env}` : csv(`id=${secret.id}`, `src=${secret.src}`)]),
    '--',
    request.context,
  ];
}

/** The flag is read as a line of CSV: fields with a comma or quote are quoted. */
const csv = (...fields: string[]): string => fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');

function environment(info: EngineInfo, request: BuildRequest, env: Environment): NodeJS.ProcessEnv {
  const secretArgs = Object.fromEntries(Object.entries(request.args).filter(([name]) => isSecretName(name)));
  // The image is loaded where the rest of Gangway looks for it.
  const host = /^(?:unix|npipe):\/\//.test(info.address) && !env.DOCKER_HOST && !env.DOCKER_CONTEXT ? { DOCKER_HOST: info.address } : {};
  return { ...env, ...secretArgs, ...host, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
}

function assertBuildx(program: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, ['buildx', 'version'], { env, timeout: 20_000, signal }, (error, _stdout, stderr) => {
      if (signal.aborted) reject(signal.reason);
      else if (error)
        reject(
          new GangwayError(
            'BUILDX_MISSING',
            (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'The docker command line is not installed.' : 'The docker command line has no buildx plugin.',
            {
              detail: stderr.trim() || error.message,
              hint: "Install docker-buildx (docker-buildx-plugin in Docker's own packages), or build without a named builder.",
            },
          ),
        );
      else resolve();
    });
  });
}

function runBuild(program: string, args: string[], env: NodeJS.ProcessEnv, steps: TraceSteps, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
    let said = '';
    const splitter = new JsonSplitter(
      (value) => {
        const trace = traceOfRawJson(value, (text) => Buffer.from(text, 'base64'));
        if (trace) steps.take(trace);
      },
      (text) => (said = `${said}\n${text}`.slice(-KEPT_TEXT)),
    );
    const timers: NodeJS.Timeout[] = [];
    const stop = (): void => {
      child.kill('SIGINT');
      timers.push(setTimeout(() => reject(signal.reason), ANSWER_AFTER));
      const kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER);
      child.once('close', () => clearTimeout(kill));
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    child.stderr.on('data', (chunk: Buffer) => splitter.push(chunk));
    child.once('error', (error) => settle(() => reject(error)));
    child.once('close', (code) =>
      settle(() => {
        splitter.end();
        if (signal.aborted) reject(signal.reason);
        else if (code === 0) resolve();
        else reject(new EngineRefusal(said.trim().replace(/^ERROR: /, '') || `docker buildx ended with code ${code}`));
      }),
    );

    function settle(then: () => void): void {
      signal.removeEventListener('abort', stop);
      for (const timer of timers) clearTimeout(timer);
      then();
    }
  });
}
