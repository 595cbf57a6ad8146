import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { EngineInfo } from '../../../shared/docker/build.ts';
import { readImageReference, registryOf } from '../../../shared/docker/image-reference.ts';
import type { FixSystem } from '../../../shared/doctor/fixes.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { Engine } from '../ports/engine.ts';
import { bounded } from './bounded.ts';
import { askBuildkitPlatforms } from './buildkit-workers.ts';
import { type EngineLink, openLink } from './connection.ts';
import { emulation } from './emulation.ts';
import { findEngineAddresses } from './engine-address.ts';
import type { AddressInput, EngineAddress, Environment } from './engine-host.ts';
import { apiTooOld, notAnEngine, unreachable } from './engine-errors.ts';
import { readImageConfig } from './image-config.ts';
import { inspectImage, listTags, loadArchive, pullImage, pushImage, saveImages, tagImage, untagImage } from './engine-images.ts';
import { here, type Ping, ping, readEngineInfo } from './engine-info.ts';
import { fixSystem } from './fix-system.ts';
import { registryAuthHeader, registryCredentials } from './registry-credentials.ts';

export interface EngineOptions {
  env: Environment;
  platform?: NodeJS.Platform;
  /** The user's home folder. */
  home?: string;
  /** Exactly this engine, whatever the environment says. */
  address?: EngineAddress;
}

/** The engine with what only the services beside it may use: dockerode and its agent, for builds, logs and exec. */
export interface RawEngine extends Engine {
  link(signal?: AbortSignal): Promise<EngineLink>;
}

/** A question that takes longer than this is an engine that hangs (Docker Desktop starting, a frozen virtual machine). */
const QUESTION_MS = 15_000;
/** Taking off the last tag deletes the layers, and a busy engine makes the next wait. */
const CHANGE_MS = 120_000;
const PING_MS = 5_000;
const INFO_KEPT_MS = 5_000;

/** The container engine of this user. Nothing is looked for or connected before the first call. */
export function createEngine(options: EngineOptions): RawEngine {
  const { env } = options;
  const platform = options.platform ?? process.platform;
  const home = options.home ?? homedir();
  const system = fixSystem(platform);
  let opened: Promise<{ link: EngineLink; pinged: Ping }> | undefined;
  let kept: { at: number; info: EngineInfo } | undefined;

  const connect = async (): Promise<{ link: EngineLink; pinged: Ping }> => {
    opened ??= open(options.address, { env, platform, home }, system);
    const mine = opened;
    try {
      return await mine;
    } catch (error) {
      // The engine may be started meanwhile, or the context changed: look anew next time.
      if (opened === mine) opened = undefined;
      throw error;
    }
  };
  const link = async (signal?: AbortSignal): Promise<EngineLink> => {
    signal?.throwIfAborted();
    const { link: found } = await bounded(() => connect(), {
      milliseconds: QUESTION_MS,
      ...(signal ? { signal } : {}),
      late: () => hangs(options.address?.shown ?? 'its address', system),
    });
    return found;
  };
  /** Runs a short question within its time; an engine that went away is looked for again next time. */
  const question = async <T>(body: (found: EngineLink, signal: AbortSignal) => Promise<T>, signal?: AbortSignal, milliseconds = QUESTION_MS): Promise<T> => {
    const found = await link(signal);
    try {
      return await bounded((inner) => body(found, inner), {
        milliseconds,
        ...(signal ? { signal } : {}),
        late: () => hangs(found.address.shown, system, milliseconds),
      });
    } catch (error) {
      if (error instanceof GangwayError && ['ENGINE_UNREACHABLE', 'ENGINE_LOST'].includes(error.code)) forget();
      throw error;
    }
  };
  const forget = (): void => {
    void opened?.then(({ link: old }) => old.close()).catch(() => undefined);
    opened = undefined;
    kept = undefined;
  };
  const info = async ({ fresh = false, signal }: { fresh?: boolean; signal?: AbortSignal } = {}): Promise<EngineInfo> => {
    if (!fresh && kept && Date.now() - kept.at < INFO_KEPT_MS) return kept.info;
    const read = await question(async (found, inner) => {
      const pinged = fresh ? await ping(found, inner) : (await connect()).pinged;
      return readEngineInfo(found, pinged, here(platform), inner);
    }, signal);
    const old = apiTooOld(read.apiVersion, read.flavour, { shown: read.address, system }, read.version);
    if (old) throw old;
    kept = { at: Date.now(), info: read };
    return read;
  };
  // Store and API version do not change while an engine runs, so an older answer serves the verbs.
  const knownInfo = async (signal?: AbortSignal): Promise<EngineInfo> => kept?.info ?? info(signal ? { signal } : {});
  const authFor = async (reference: string, signal: AbortSignal): Promise<string> =>
    registryAuthHeader(await registryCredentials(registryOf(readImageReference(reference)), { env, home, platform, signal }));

  return {
    link,
    info,
    async build(request, context) {
      const [{ buildImage }, found, who] = await Promise.all([import('./build/build-image.ts'), link(context.signal), knownInfo(context.signal)]);
      return buildImage(found.docker, who, request, context, { env });
    },
    async inspectImage(reference, { platform: wanted, signal } = {}) {
      const who = wanted ? await knownInfo(signal) : null;
      return question((found, inner) => inspectImage(found, who, reference, wanted, inner), signal, CHANGE_MS);
    },
    async pull(reference, wanted, context) {
      const [found, who, auth] = await Promise.all([link(context.signal), knownInfo(context.signal), authFor(reference, context.signal)]);
      return pullImage(found, who, reference, wanted, auth, context);
    },
    async save(references, signal, { platform: wanted } = {}) {
      const [found, who] = await Promise.all([link(signal), knownInfo(signal)]);
      return saveImages(found, who, references, signal, wanted);
    },
    imageConfig: (reference, wanted, signal) => question((found, inner) => readImageConfig(found, reference, wanted, inner), signal),
    load: async (archive, signal) =>
      loadArchive(
        await link(signal).catch((error: unknown) => {
          archive.destroy();
          throw error;
        }),
        archive,
        signal,
      ),
    tag: (reference, repository, tag) => question((found, inner) => tagImage(found, reference, repository, tag, inner), undefined, CHANGE_MS),
    untag: (reference) => question((found, inner) => untagImage(found, reference, inner), undefined, CHANGE_MS),
    async push(reference, signal) {
      const [found, auth] = await Promise.all([link(signal), authFor(reference, signal)]);
      return pushImage(found, reference, auth, signal);
    },
    listTags: (prefix) => question((found, inner) => listTags(found, prefix, inner), undefined, CHANGE_MS),
    async emulation(wanted) {
      const who = await knownInfo();
      return emulation(wanted, { info: who, system, askBuilder: () => question(askBuildkitPlatforms).catch(() => null) });
    },
    async close() {
      forget();
    },
  };
}

const hangs = (shown: string, system: FixSystem, milliseconds = QUESTION_MS): GangwayError =>
  unreachable(`The container engine at ${shown} does not answer within ${milliseconds / 1000} seconds.`, { system, shown });

/** Tries the places in order; the first that answers as an engine is it. A refusal tells more than an absence, so it is thrown first. */
async function open(
  address: EngineAddress | undefined,
  input: Omit<AddressInput, 'exists' | 'readFile' | 'path'>,
  system: FixSystem,
): Promise<{ link: EngineLink; pinged: Ping }> {
  const found = address ? { addresses: [address], looked: [address.shown] } : findEngineAddresses(withFiles(input));
  const errors: unknown[] = [];
  for (const place of found.addresses) {
    const link = openLink(place, system);
    try {
      const pinged = await bounded((signal) => ping(link, signal), {
        milliseconds: PING_MS,
        late: () => unreachable(`The container engine at ${place.shown} does not answer.`, { system, shown: place.shown }),
      });
      if (pinged.apiVersion === null && pinged.flavour === 'other') throw notAnEngine({ shown: place.shown });
      const old = pinged.apiVersion === null ? null : apiTooOld(pinged.apiVersion, pinged.flavour, { shown: place.shown, system });
      if (old) throw old;
      return { link, pinged };
    } catch (error) {
      link.close();
      errors.push(error);
    }
  }
  const telling = errors.find((error) => error instanceof GangwayError && error.code !== 'ENGINE_UNREACHABLE') ?? errors[0];
  if (telling) throw telling;
  throw unreachable('No container engine was found on this computer.', { system }, `Looked at:\n${found.looked.join('\n')}`);
}

function withFiles(input: Omit<AddressInput, 'exists' | 'readFile' | 'path'>): AddressInput {
  return {
    ...input,
    path: input.platform === 'win32' ? path.win32 : path.posix,
    // Asking for the state of a named pipe opens it and takes one of its few instances; the folder of pipes can be listed.
    exists: (place) => (place.startsWith('//./pipe/') ? pipeExists(place.slice('//./pipe/'.length)) : existsSync(place)),
    readFile: (file) => readFileSync(file, 'utf8'),
  };
}

function pipeExists(name: string): boolean {
  try {
    return readdirSync('\\\\.\\pipe\\').includes(name);
  } catch {
    return false;
  }
}
