import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSecret } from '../../../electron/cli/build-options.ts';
import type { BuildFolderRequest } from '../../../electron/services/ports/requests.ts';
import { runLine } from './harness.ts';

/** What the service gets for these words, and what was said on the way. */
async function requestOf(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<{ request: BuildFolderRequest | undefined; lines: Record<string, unknown>[]; code: number }> {
  let request: BuildFolderRequest | undefined;
  const { lines, code } = await runLine(
    ['build', ...words, '--json'],
    {
      buildFolder: async (given) => {
        request = given;
        return { status: 'done', value: { images: [] } };
      },
    },
    env,
  );
  return { request, lines, code };
}

describe('the options of build', () => {
  it('become a request with absolute paths', async () => {
    const { request } = await requestOf([
      'app',
      '--target',
      'raspberry-pi-32',
      '--platform',
      'armv6l',
      '--stage',
      'run',
      '--pull',
      '--builder',
      'big',
      '--build-arg',
      'A=1=2',
      '--secret',
      'id=s,src=key.txt',
    ]);
    expect(request).toEqual({
      folder: path.resolve('/somewhere/app'),
      target: 'raspberry-pi-32',
      platform: 'linux/arm/v6',
      stage: 'run',
      builder: 'big',
      noCache: false,
      pull: true,
      args: { A: '1=2' },
      secrets: [{ id: 's', src: path.resolve('/somewhere/key.txt') }],
    });
  });

  it('take a build argument without a value from the environment, and leave out one that is not there', async () => {
    const { request, lines } = await requestOf(['.', '--build-arg', 'HERE', '--build-arg', 'GONE'], { HERE: 'yes' });
    expect(request?.args).toEqual({ HERE: 'yes' });
    expect(lines).toContainEqual(expect.objectContaining({ type: 'finding', id: 'build-arg-unset', message: expect.stringContaining('GONE') }));
  });

  it.each([
    [['.', '--target', 'spot-core'], 'There is no target "spot-core".', 'Did you mean: --target spot-core-io'],
    [['.', '--platform', 'linux/sparc'], '"linux/sparc" is not a platform', 'See: gangway build --help'],
    [['.', '--build-arg', '=x'], '--build-arg needs a name', 'See: gangway build --help'],
    [['.', '--secret', 'token'], '--secret token', 'See: gangway build --help'],
  ])('refuse %j as wrong usage', async (words, message, hint) => {
    const { lines, code, request } = await requestOf(words);
    expect(code).toBe(2);
    expect(request).toBeUndefined();
    expect(lines).toEqual([{ type: 'error', code: 'USAGE', exitCode: 2, message: expect.stringContaining(message), hint }]);
  });
});

describe('readSecret', () => {
  it.each([
    ['id=a,env=B', { id: 'a', env: 'B' }],
    ['id=a', { id: 'a', env: 'a' }],
    ['id=a,src=/k', { id: 'a', src: path.resolve('/k') }],
    ['type=file,id=a,source=/k', { id: 'a', src: path.resolve('/k') }],
    ['type=env,id=a,src=B', { id: 'a', env: 'B' }],
    ['id=a,"src=/with, comma"', { id: 'a', src: path.resolve('/with, comma') }],
  ])('reads %s', (text, secret) => {
    expect(readSecret(text, '/')).toEqual(secret);
  });

  it.each(['', 'env=B', 'id=a,env=B,src=C', 'id=a,env=', 'id=a,colour=red', 'id=a,type=socket,src=x'])('refuses "%s"', (text) => {
    expect(() => readSecret(text, '/')).toThrow(expect.objectContaining({ name: 'UsageError' }));
  });
});
