import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { GangwayError } from '../../../shared/errors/codes.ts';
import {
  BASE,
  build,
  cannotBuild,
  contextFolder,
  info,
  logText,
  recorder,
  removeTestFolders,
  removeTestImages,
  requestFor,
  runImage,
} from './build-fixture.ts';

const classic = { ...info, builder: 'classic' as const };
afterEach(removeTestFolders);
afterAll(removeTestImages);

describe.skipIf(await cannotBuild())('building through the classic builder, as on Podman or with BuildKit off', () => {
  it('sends the context as a tar after the ignore file, keeps links, and reads steps from text', async () => {
    const folder = await contextFolder(`${BASE}COPY . /all\nRUN echo "machine $(uname -m)"\n`, {
      keep: 'k',
      'drop/me': 'd',
      'big file': 'x'.repeat(200_000),
      '.dockerignore': 'drop\nDockerfile\n',
    });
    await symlink('keep', path.join(folder, 'link'));
    const { result, events } = await build(requestFor(folder, 'classic:1', { noCache: true }), { info: classic });
    expect(result).toMatchObject({ platform: 'linux/arm64', totalSteps: 5, cachedSteps: 0 });
    expect(logText(events)).toContain('machine aarch64');
    const out = await runImage('gangway-build-test/classic:1', ['/bin/sh', '-c', 'ls -A /all; readlink /all/link; stat -c %s "/all/big file"']);
    expect(out.trim().split('\n')).toEqual(['.dockerignore', 'big file', 'busybox', 'keep', 'link', 'keep', '200000']);
    const again = await build(requestFor(folder, 'classic:1'), { info: classic });
    expect(again.result.cachedSteps).toBeGreaterThanOrEqual(3);
  });

  it('names the line and the output of a failed step', async () => {
    const folder = await contextFolder(`${BASE}RUN echo before && exit 3\n`);
    const error = await build(requestFor(folder, 'classic:2'), { info: classic }).catch((thrown: unknown) => thrown);
    expect((error as GangwayError).wire).toMatchObject({ code: 'BUILD_STEP_FAILED', location: { line: 4 }, data: { exitCode: 3, tail: ['before'] } });
  });

  it('names a COPY source that is missing', async () => {
    const folder = await contextFolder(`${BASE}COPY nowhere /\n`);
    const error = await build(requestFor(folder, 'classic:3'), { info: classic }).catch((thrown: unknown) => thrown);
    expect((error as GangwayError).wire).toMatchObject({ code: 'BUILD_SOURCE_MISSING', location: { line: 4 }, data: { source: 'nowhere' } });
  });

  it('takes a Dockerfile from outside the context', async () => {
    const folder = await contextFolder('FROM scratch\n', { keep: 'k' });
    const other = await contextFolder(`${BASE}COPY keep /keep\n`, {}, null);
    await build(requestFor(folder, 'classic:4', { dockerfile: path.join(other, 'Dockerfile') }), { info: classic });
    expect(await runImage('gangway-build-test/classic:4', ['/bin/sh', '-c', 'cat /keep; ls -A /'])).not.toContain('.dockerfile');
  });

  it('refuses secrets, which it could not hand over', async () => {
    const folder = await contextFolder(BASE);
    await writeFile(path.join(folder, 'note'), 'n');
    const error = await build(requestFor(folder, 'classic:5', { secrets: [{ id: 'a', src: path.join(folder, 'note') }] }), { info: classic }).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as GangwayError).wire).toMatchObject({ code: 'BUILD_SECRET_MISSING', data: { ids: ['a'] } });
  });

  it('ends within two seconds of a cancel', async () => {
    const folder = await contextFolder(`${BASE}RUN echo started && sleep 97531\n`);
    const recorded = recorder();
    const building = build(requestFor(folder, 'classic:6', { noCache: true }), { info: classic, recorded }).then(
      () => null,
      (error: unknown) => error,
    );
    await expect.poll(() => logText(recorded.events), { timeout: 60_000 }).toContain('started');
    const at = performance.now();
    recorded.abort.abort();
    expect(await building).toBe(recorded.abort.signal.reason);
    expect(performance.now() - at).toBeLessThan(2000);
  });
});
