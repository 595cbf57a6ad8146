import { describe, expect, test } from 'vitest';
import {
  apiTooOld,
  classifyEngineError,
  clean,
  compareApi,
  EngineHttpError,
  type ErrorScene,
  streamError,
} from '../../../../electron/services/engine/engine-errors.ts';
import { GangwayError } from '../../../../shared/errors/codes.ts';

const scene: ErrorScene = { shown: 'unix:///var/run/docker.sock', system: { platform: 'linux', packages: 'apt' }, doing: 'pull x', connected: false };
const errno = (code: string, message = code): Error => Object.assign(new Error(message), { code });

describe('between us and the engine', () => {
  test.each([
    ['ECONNREFUSED', 'ENGINE_UNREACHABLE'],
    ['ENOENT', 'ENGINE_UNREACHABLE'],
    ['ENOTFOUND', 'ENGINE_UNREACHABLE'],
    ['EHOSTUNREACH', 'ENGINE_UNREACHABLE'],
    ['EACCES', 'ENGINE_PERMISSION_DENIED'],
    ['EPERM', 'ENGINE_PERMISSION_DENIED'],
    ['ECONNRESET', 'ENGINE_LOST'],
    ['EPIPE', 'ENGINE_LOST'],
    ['ERR_STREAM_PREMATURE_CLOSE', 'ENGINE_LOST'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'ENGINE_CONTEXT_INVALID'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'ENGINE_CONTEXT_INVALID'],
    ['HPE_INVALID_CONSTANT', 'ENGINE_CONTEXT_INVALID'],
    ['ENOSPC', 'DISK_FULL'],
    ['EWHATEVER', 'ENGINE_FAILED'],
  ])('%s is %s', (code, expected) => {
    expect(classifyEngineError(errno(code), scene).code).toBe(expected);
  });

  test('no permission on Linux names the docker group, what it means, and the line that does it', () => {
    const { wire } = classifyEngineError(errno('EACCES', 'connect EACCES /var/run/docker.sock'), scene);
    expect(wire.hint).toContain('docker group');
    expect(wire.hint).toContain('root');
    expect(wire.remedy).toEqual({ kind: 'run-command', command: 'sudo usermod -aG docker "$USER"' });
  });

  test('each system is told its own way to start the engine', () => {
    const hint = (platform: 'linux' | 'darwin' | 'win32'): string | undefined =>
      classifyEngineError(errno('ENOENT'), { ...scene, system: { platform } }).wire.hint;
    expect(hint('linux')).toContain('docs.docker.com');
    expect(hint('darwin')).toContain('Docker Desktop');
    expect(hint('darwin')).toContain('colima');
    expect(hint('win32')).toContain('Docker Desktop');
  });

  test('an engine elsewhere that is not reached is not answered with "start Docker"', () => {
    const { wire } = classifyEngineError(errno('ECONNREFUSED'), { ...scene, shown: 'tcp://192.0.2.7:2375' });
    expect(wire.hint).toContain('tcp://192.0.2.7:2375');
    expect(wire.data?.command).toBeUndefined();
  });

  test('a time-out counts as lost once the connection stood', () => {
    expect(classifyEngineError(errno('ETIMEDOUT'), { ...scene, connected: true }).code).toBe('ENGINE_LOST');
    expect(classifyEngineError(errno('ETIMEDOUT'), scene).code).toBe('ENGINE_UNREACHABLE');
  });

  test('what is classified already stays as it is', () => {
    const error = new GangwayError('PULL_FAILED', 'x');
    expect(classifyEngineError(error, scene)).toBe(error);
  });
});

describe("the engine's own refusals", () => {
  test.each([
    [400, 'client version 1.24 is too old. Minimum supported API version is 1.44', 'ENGINE_API_TOO_OLD'],
    [400, 'client version 1.45 is too new. Maximum supported API version is 1.24', 'ENGINE_API_TOO_OLD'],
    [404, 'No such image: x:1', 'IMAGE_NOT_FOUND'],
    [404, 'reference does not exist', 'IMAGE_NOT_FOUND'],
    [403, 'authorization denied by plugin', 'ENGINE_PERMISSION_DENIED'],
    [500, 'write /var/lib/docker/tmp/x: no space left on device', 'DISK_FULL'],
    [500, 'exec /bin/sh: exec format error', 'EMULATION_MISSING'],
    [500, 'something else', 'ENGINE_FAILED'],
  ])('%i "%s" is %s', (status, words, code) => {
    const { wire } = classifyEngineError(new EngineHttpError(status, words), scene);
    expect(wire.code).toBe(code);
    expect(wire.detail).toBe(words);
  });

  test("neither its words nor a stream's carry credentials on", () => {
    const words = 'Get "https://ada:hunter2@registry.example/v2/": Authorization: Basic YWRhOmh1bnRlcjI= refused, Bearer eyJhbGciOi.x.y refused';
    for (const { wire } of [classifyEngineError(new EngineHttpError(500, words), scene), streamError(words, scene, 'PULL_FAILED')]) {
      expect(JSON.stringify(wire)).not.toMatch(/hunter2|YWRhOmh1bnRlcjI|eyJhbGciOi/);
      expect(wire.detail).toContain('https://registry.example/v2/');
    }
    expect(clean('no secret here@all')).toBe('no secret here@all');
  });
});

test('API versions are compared by number, and Podman may be one older', () => {
  expect(compareApi('1.9', '1.41')).toBeLessThan(0);
  expect(compareApi('1.100', '1.41')).toBeGreaterThan(0);
  expect(apiTooOld('1.40', 'docker', scene, '19.03.8')?.message).toContain('19.03.8');
  expect(apiTooOld('1.41', 'docker', scene)).toBeNull();
  expect(apiTooOld('1.40', 'podman', scene)).toBeNull();
});
