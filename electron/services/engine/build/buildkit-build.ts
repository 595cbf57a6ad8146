import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { homedir, hostname, userInfo } from 'node:os';
import path from 'node:path';
import type { EngineHandle as Docker } from '../transport.ts';
import protobuf from 'protobufjs/minimal.js';
import type { BuildRequest } from '../../../../shared/docker/build.ts';
import { decodeTrace } from '../../../../shared/docker/buildkit-trace.ts';
import type { TraceSteps } from '../../../../shared/docker/buildkit-trace-steps.ts';
import type { VerbContext } from '../../ports/verb.ts';
import type { Environment } from '../engine-host.ts';
import { registryCredentials } from '../registry-credentials.ts';
import { EngineRefusal, post, readBuildAnswer } from './engine-request.ts';
import { serveDiffCopy, type TransferCount } from './filesync.ts';
import { firstString, secretMethods, type SecretValues } from './secrets.ts';
import { openSession, sharedKeyOf, type SessionMethod } from './session.ts';
import { decodeMetadata } from './session-metadata.ts';

export interface BuildkitInput {
  docker: Docker;
  request: BuildRequest;
  secrets: SecretValues;
  steps: TraceSteps;
  context: VerbContext;
  env: Environment;
}

/**
 * Builds through `POST /build?version=2` with a session of our own, over which the engine fetches the files it lacks, secrets and
 * registry credentials.
 * @returns the image's id, "sha256:..."
 * @throws EngineRefusal with the engine's words; an error of our own side (a file that cannot be read) as it is; an abort's reason
 */
export async function buildWithBuildkit(input: BuildkitInput): Promise<string> {
  const { request } = input;
  // Builds at the same time from one folder and under one key get in each other's way in an engine of 20.10 (one then misses its
  // Dockerfile), so each of them has a place of its own, which later builds find again.
  const place = firstFreePlace(request.context);
  const key = sharedKeyOf([hostname(), userInfo().username, homedir(), ...(place === 0 ? [] : [String(place)])], request.context);
  try {
    return await buildOnce(input, key);
  } catch (error) {
    // Another process may do so too.
    if (!(error instanceof EngineRefusal) || !/failed to read dockerfile: .*no such file/i.test(error.message)) throw error;
    return await buildOnce(input, randomBytes(32).toString('hex'));
  } finally {
    placesTaken.get(request.context)?.delete(place);
  }
}

/** Builds of this process that run now, by context folder. */
const placesTaken = new Map<string, Set<number>>();

function firstFreePlace(folder: string): number {
  const taken = placesTaken.get(folder) ?? new Set<number>();
  placesTaken.set(folder, taken);
  let place = 0;
  while (taken.has(place)) place++;
  taken.add(place);
  return place;
}

async function buildOnce({ docker, request, secrets, steps, context, env }: BuildkitInput, sharedKey: string): Promise<string> {
  const ours: { failure: Error | null } = { failure: null };
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const methods = { ...syncMethods(request, context, ours, stop), ...credentialMethods(env, signal), ...(secrets.size > 0 ? secretMethods(secrets) : {}) };
  const session = await openSession(docker, { name: path.basename(request.context), sharedKey, methods, signal });
  const buildid = randomBytes(16).toString('hex');
  const cancel = (): void =>
    void post(docker, '/build/cancel', { query: { id: buildid }, signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.resume(),
      () => undefined,
    );
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const answer = await post(docker, '/build', { query: { ...query(request), session: session.id, buildid }, signal });
    return await readAnswer(answer, steps, signal);
  } catch (error) {
    context.signal.throwIfAborted();
    throw ours.failure ?? error;
  } finally {
    signal.removeEventListener('abort', cancel);
    session.close();
  }
}

function query(request: BuildRequest): Record<string, string | string[] | undefined> {
  return {
    version: '2',
    remote: 'client-session',
    dockerfile: path.basename(request.dockerfile),
    t: [...request.tags],
    platform: request.platform,
    target: request.stage,
    buildargs: Object.keys(request.args).length > 0 ? JSON.stringify(request.args) : undefined,
    nocache: request.noCache ? '1' : undefined,
    pull: request.pull ? '1' : undefined,
    rm: '1',
  };
}

/** Reads the engine's answer to its end. */
async function readAnswer(answer: AsyncIterable<Buffer> & { destroy(): unknown }, steps: TraceSteps, signal: AbortSignal): Promise<string> {
  let imageId = '';
  await readBuildAnswer(answer, signal, (message) => {
    if (message.id === 'moby.buildkit.trace' && typeof message.aux === 'string') steps.take(decodeTrace(Buffer.from(message.aux, 'base64')));
    else if (message.id === 'moby.image.id') imageId = String((message.aux as { ID?: unknown } | undefined)?.ID ?? '');
  });
  if (imageId === '') throw Object.assign(new Error('the engine ended its answer without an image'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  return imageId;
}

/** moby.filesync.v1.FileSync: the context, and the folder of the Dockerfile, of which the engine takes that file and its ignore file. */
function syncMethods(request: BuildRequest, context: VerbContext, ours: { failure: Error | null }, stop: AbortController): Record<string, SessionMethod> {
  const folders: Readonly<Record<string, string>> = { context: request.context, dockerfile: path.dirname(request.dockerfile) };
  const sent = new Map<ServerHttp2Stream, TransferCount>();
  return {
    '/moby.filesync.v1.FileSync/DiffCopy': {
      kind: 'stream',
      serve(stream: ServerHttp2Stream, _headers: IncomingHttpHeaders, rawHeaders: readonly string[]) {
        const metadata = decodeMetadata(rawHeaders);
        const name = metadata.get('dir-name')?.[0] ?? '';
        serveDiffCopy(stream, {
          root: folders[name] ?? null,
          name,
          includePatterns: metadata.get('include-patterns') ?? [],
          excludePatterns: metadata.get('exclude-patterns') ?? [],
          followPaths: metadata.get('followpaths') ?? [],
          onProgress(count) {
            if (name !== 'context') return;
            sent.set(stream, count);
            const all = [...sent.values()];
            context.report({ type: 'progress', phase: 'context', done: all.reduce((sum, one) => sum + one.bytes, 0), unit: 'bytes' });
          },
          onFailure(error) {
            if (context.signal.aborted) return;
            ours.failure ??= error;
            // The engine passes our words on and fails the build; should it not, it is ended.
            setTimeout(() => stop.abort(error), 1000).unref();
          },
        });
      },
    },
  };
}

/** moby.filesync.v1.Auth: CredentialsRequest {Host = 1} -> CredentialsResponse {Username = 1, Secret = 2}. */
function credentialMethods(env: Environment, signal: AbortSignal): Record<string, SessionMethod> {
  return {
    '/moby.filesync.v1.Auth/Credentials': {
      kind: 'unary',
      async answer(message) {
        const found = await registryCredentials(firstString(message), { env, home: homedir(), platform: process.platform, signal });
        const writer = protobuf.Writer.create();
        if (found && 'username' in found) writer.uint32(10).string(found.username).uint32(18).string(found.password);
        // An identity token is told as a secret without a name (docker/cli does the same).
        else if (found) writer.uint32(18).string(found.identityToken);
        return writer.finish();
      },
    },
  };
}
