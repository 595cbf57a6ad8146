import { type ErrorCode, GangwayError, type WireError } from '../../../shared/errors/codes.ts';
import { doctorFix, type Fix, type FixSystem } from '../../../shared/doctor/fixes.ts';
import { withoutCredentials } from './engine-host.ts';

/** Oldest API that is spoken: Docker 20.10 has 1.41, Podman 3 and later answer as 1.40 and up. */
const OLDEST_API = { docker: '1.41', podman: '1.40' } as const;

/** An answer of the engine with a status that is no success. `message` is the engine's own words. */
export class EngineHttpError extends Error {
  override readonly name = 'EngineHttpError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What classifying depends on: where the engine is, on which system, and what was being done ("pull busybox"). */
export interface ErrorScene {
  shown: string;
  system: FixSystem;
  doing: string;
  connected: boolean;
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EHOSTDOWN', 'ENOTSOCK']);
const LOST = new Set([
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNABORTED',
  'ERR_STREAM_DESTROYED',
  'HPE_INVALID_EOF_STATE',
  'HPE_INVALID_CHUNK_SIZE',
]);
const TLS = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/;

/**
 * Says in Gangway's words what went wrong between us and the engine. A GangwayError passes through unchanged; text of the
 * engine goes into `detail`, with credentials in URLs taken out.
 */
export function classifyEngineError(thrown: unknown, scene: ErrorScene): GangwayError {
  if (thrown instanceof GangwayError) return thrown;
  if (thrown instanceof EngineHttpError) return httpError(thrown, scene);
  const error: NodeJS.ErrnoException = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = error.code ?? '';
  const detail = clean(error.message);
  if (code === 'EACCES' || code === 'EPERM') return permissionDenied(scene, detail);
  if (UNREACHABLE.has(code)) {
    return scene.connected && code === 'ETIMEDOUT' ? lost(scene, detail) : unreachable(`No container engine answers at ${scene.shown}.`, scene, detail);
  }
  if (TLS.test(code))
    return make('ENGINE_CONTEXT_INVALID', `The engine at ${scene.shown} and this computer do not agree on TLS.`, {
      hint: 'Check DOCKER_TLS_VERIFY and the certificates of DOCKER_CERT_PATH or of the Docker context.',
      detail,
    });
  if (code === 'ENOSPC') return make('DISK_FULL', `The disk is full (${scene.doing}).`, { detail });
  if (LOST.has(code) || /socket hang up|aborted|premature close/i.test(error.message)) return lost(scene, detail);
  if (code.startsWith('HPE_')) return notAnEngine(scene, detail);
  return make('ENGINE_FAILED', `The engine could not ${scene.doing}.`, { detail, cause: thrown });
}

/** ENGINE_UNREACHABLE with what to do on this system. */
export function unreachable(message: string, scene: Pick<ErrorScene, 'system'> & { shown?: string }, detail?: string): GangwayError {
  const elsewhere = /^(?:tcp|https?):|^[\w.-]+:\d+/.test(scene.shown ?? '');
  const { fix, command }: Fix = elsewhere
    ? {
        fix: `See that the engine at ${scene.shown} runs and can be reached, or unset DOCKER_HOST (or "docker context use default") to use the one on this computer.`,
      }
    : doctorFix('engine', scene.system);
  return make('ENGINE_UNREACHABLE', message, {
    hint: fix,
    ...(detail ? { detail } : {}),
    ...(command ? { data: { command } } : {}),
    remedy: { kind: 'open-doctor' },
  });
}

/** What answered does not speak the Engine API. */
export function notAnEngine(scene: Pick<ErrorScene, 'shown'>, detail?: string): GangwayError {
  return make('ENGINE_CONTEXT_INVALID', `What answers at ${scene.shown} is not a container engine.`, {
    hint: 'Check DOCKER_HOST and the current Docker context.',
    ...(detail ? { detail } : {}),
  });
}

/** ENGINE_API_TOO_OLD, where the engine's API is below what its kind must have; else null. */
export function apiTooOld(
  apiVersion: string,
  flavour: 'docker' | 'podman' | 'other',
  scene: Pick<ErrorScene, 'shown' | 'system'>,
  version?: string,
): GangwayError | null {
  const oldest = flavour === 'podman' ? OLDEST_API.podman : OLDEST_API.docker;
  if (compareApi(apiVersion, oldest) >= 0) return null;
  const { fix } = doctorFix('engine-version', scene.system);
  return make(
    'ENGINE_API_TOO_OLD',
    `The engine at ${scene.shown}${version ? ` (version ${version})` : ''} speaks API ${apiVersion}; at least ${oldest} is needed.`,
    { hint: fix, data: { apiVersion, oldest, ...(version ? { version } : {}) } },
  );
}

/** Negative, zero or positive, by numbers: "1.9" is below "1.41". */
export function compareApi(a: string, b: string): number {
  const [major = 0, minor = 0] = a.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = b.split('.').map(Number);
  return major - otherMajor || minor - otherMinor;
}

function permissionDenied(scene: ErrorScene, detail: string): GangwayError {
  const { fix, command } = doctorFix('engine-permission', scene.system);
  return make('ENGINE_PERMISSION_DENIED', `You have no permission to use the engine at ${scene.shown}.`, {
    hint: fix,
    detail,
    ...(command ? { data: { command }, remedy: { kind: 'run-command', command } } : {}),
  });
}

function lost(scene: ErrorScene, detail: string): GangwayError {
  return make('ENGINE_LOST', `The connection to the engine at ${scene.shown} broke off (${scene.doing}).`, { detail, remedy: { kind: 'retry' } });
}

function httpError(error: EngineHttpError, scene: ErrorScene): GangwayError {
  const words = clean(error.message);
  const data = { status: error.status };
  if (/client (?:version|API version)? ?[\d.]* ?is too (?:old|new)|minimum supported API version/i.test(words)) {
    return make('ENGINE_API_TOO_OLD', `The engine at ${scene.shown} and Gangway share no version of the API.`, {
      detail: words,
      hint: doctorFix('engine-version', scene.system).fix,
      data,
    });
  }
  const known = engineWordsError(words, scene);
  if (known) return known;
  if (error.status === 401 || error.status === 403) {
    return make('ENGINE_PERMISSION_DENIED', `The engine at ${scene.shown} does not let you in.`, {
      detail: words,
      hint: 'An authorisation plugin or a proxy in front of the engine refused. Ask who runs it.',
      data,
    });
  }
  // Podman: "image not known", with status 500 when it saves.
  if (/no such image|reference does not exist|image not known/i.test(words) || (error.status === 404 && /not found/i.test(words))) {
    return make('IMAGE_NOT_FOUND', `The engine has no such image (${scene.doing}).`, { detail: words, data });
  }
  return make('ENGINE_FAILED', `The engine could not ${scene.doing}: ${firstLine(words)}`, { detail: words, data });
}

/** Errors that the engine reports in words alone, in a status or inside a stream. Null: nothing special. */
function engineWordsError(words: string, scene: Pick<ErrorScene, 'doing' | 'shown'>): GangwayError | null {
  if (/no space left on device|disk quota exceeded/i.test(words)) {
    return make('DISK_FULL', `The engine's disk is full (${scene.doing}).`, {
      hint: 'Free space where the engine keeps its images, for example with "docker image prune" and "docker builder prune".',
      detail: clean(words),
      data: { where: 'engine' },
    });
  }
  if (/exec format error/i.test(words)) {
    return make('EMULATION_MISSING', `The engine cannot run programs of that architecture (${scene.doing}).`, {
      detail: clean(words),
      remedy: { kind: 'open-doctor' },
    });
  }
  return null;
}

/** An error that came inside a stream of progress messages. */
export function streamError(words: string, scene: Pick<ErrorScene, 'doing' | 'shown'>, code: ErrorCode = 'ENGINE_FAILED'): GangwayError {
  const text = clean(words);
  return engineWordsError(text, scene) ?? make(code, `The engine could not ${scene.doing}: ${firstLine(text)}`, { detail: text });
}

/** Engine's words without credentials: user:password@ in URLs and bearer tokens. */
export const clean = (words: string): string =>
  withoutCredentials(words)
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/g, '$1 ***')
    .trim();

const firstLine = (text: string): string => (text.split('\n').find((line) => line.trim() !== '') ?? 'it did not say why').trim().slice(0, 300);

function make(code: ErrorCode, message: string, more: Omit<WireError, 'code' | 'message'> & { cause?: unknown }): GangwayError {
  return new GangwayError(code, message, more);
}
