import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { BuildStep, ReportEvent } from '../../../shared/jobs/report.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { busybox } from '../../devlab/sample-image.ts';
import {
  BASE,
  build,
  cannotBuild,
  contextFolder,
  docker,
  logText,
  recorder,
  removeTestFolders,
  removeTestImages,
  requestFor,
  runImage,
} from './build-fixture.ts';

const run = promisify(execFile);
afterEach(removeTestFolders);
afterAll(removeTestImages);

const stepsOf = (events: readonly ReportEvent[]): BuildStep[] => {
  const steps = new Map<string, BuildStep>();
  for (const event of events) if (event.type === 'step') steps.set(event.step.id, event.step);
  return [...steps.values()];
};
const failureOf = async (promise: Promise<unknown>): Promise<GangwayError> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(GangwayError);
  return error as GangwayError;
};
const contextBytes = (events: readonly ReportEvent[]): number =>
  Math.max(0, ...events.map((event) => (event.type === 'progress' && event.phase === 'context' ? event.done : 0)));

describe.skipIf(await cannotBuild())("building through the engine's BuildKit", () => {
  it('builds an arm64 image whose steps and output arrive decoded', async () => {
    const folder = await contextFolder(`${BASE}RUN echo "machine $(uname -m)" && echo grüße\nCMD ["/bin/uname", "-m"]\n`);
    const { result, events } = await build(requestFor(folder, 'arm64:1', { noCache: true }));
    expect(result).toMatchObject({ platform: 'linux/arm64', tags: ['gangway-build-test/arm64:1'], cachedSteps: 0, totalSteps: 4 });
    expect(result.imageId).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(logText(events)).toContain('machine aarch64\ngrüße');
    expect(stepsOf(events).find((step) => step.name.includes('echo "machine'))).toMatchObject({ state: 'done', image: 'gangway-build-test/arm64:1' });
    expect((await runImage('gangway-build-test/arm64:1', [])).trim()).toBe('aarch64');
  });

  it('builds for 32-bit ARM, and two platforms from one context', async () => {
    const folder = await contextFolder(
      'FROM scratch\nARG TARGETARCH\nCOPY busybox-$TARGETARCH /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\nRUN uname -m > /machine\n',
      {},
      null,
    );
    for (const [name, platform] of [
      ['arm', 'linux/arm/v7'],
      ['arm64', 'linux/arm64'],
    ] as const) {
      await writeFile(path.join(folder, `busybox-${name}`), await readFile(await busybox(platform)));
      await chmod(path.join(folder, `busybox-${name}`), 0o755);
    }
    const small = await build(requestFor(folder, 'two:armv7', { platform: 'linux/arm/v7' }));
    const large = await build(requestFor(folder, 'two:arm64'));
    expect([small.result.platform, large.result.platform]).toEqual(['linux/arm/v7', 'linux/arm64']);
    expect(await runImage('gangway-build-test/two:armv7', ['/bin/cat', '/machine'])).toMatch(/^armv[78]l/);
  });

  it('reports progress that never runs backwards and ends whole', async () => {
    const folder = await contextFolder(`${BASE}RUN echo one\nRUN echo two\n`);
    const { events } = await build(requestFor(folder, 'progress:1', { noCache: true }));
    const shares = events.flatMap((event) => (event.type === 'progress' && event.phase === 'build' ? [event.done / event.total!] : []));
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('says of a second build that its steps came from the cache, and which step is the first that changed', async () => {
    const folder = await contextFolder(`${BASE}RUN echo first-${Date.now()}\nCOPY app /app\nRUN echo after\n`, { app: '1' });
    await build(requestFor(folder, 'cache:1'));
    const again = await build(requestFor(folder, 'cache:1'));
    expect(again.result.cachedSteps).toBe(5);
    await writeFile(path.join(folder, 'app'), 'changed');
    const steps = stepsOf((await build(requestFor(folder, 'cache:1'))).events);
    const named = (text: string): BuildStep | undefined => steps.find((step) => step.name.includes(text));
    expect(named('first-')).toMatchObject({ state: 'cached', note: expect.stringContaining('Nothing it depends on') as string });
    expect(named('COPY app')).toMatchObject({ state: 'done', note: expect.stringContaining('First step that is not in the cache') as string });
    expect(named('RUN echo after')).toMatchObject({ state: 'done', note: expect.stringContaining('because an earlier step did') as string });
  });

  it('sends only what changed when a folder is built again', async () => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`data/file-${i}`, `${i}`.repeat(50_000)]));
    const folder = await contextFolder(`${BASE}COPY data /data\n`, files);
    const first = await build(requestFor(folder, 'changed:1'));
    expect(contextBytes(first.events)).toBeGreaterThan(3_000_000);
    const second = await build(requestFor(folder, 'changed:1'));
    expect(contextBytes(second.events)).toBe(0);
    await writeFile(path.join(folder, 'data/file-7'), 'new');
    const third = await build(requestFor(folder, 'changed:1'));
    expect(contextBytes(third.events)).toBe(3);
    expect(await runImage('gangway-build-test/changed:1', ['cat', '/data/file-7'])).toBe('new');
  });

  it('names the step, the line and the end of the output when a step fails', async () => {
    const folder = await contextFolder(`${BASE}RUN echo fine\nRUN echo before && \\\n    echo broken >&2 && exit 7\n`);
    const { wire } = await failureOf(build(requestFor(folder, 'fail:1')));
    expect(wire).toMatchObject({
      code: 'BUILD_STEP_FAILED',
      location: { file: path.join(folder, 'Dockerfile'), line: 5 },
      data: { exitCode: 7, line: 5, image: 'gangway-build-test/fail:1', tail: ['before', 'broken'] },
    });
    expect(wire.message).toContain('exit code 7');
  });

  it('names the COPY line whose source is missing', async () => {
    const folder = await contextFolder(`${BASE}COPY nowhere.txt /\n`);
    const { wire } = await failureOf(build(requestFor(folder, 'missing:1')));
    expect(wire).toMatchObject({ code: 'BUILD_SOURCE_MISSING', location: { line: 4 }, data: { source: 'nowhere.txt' } });
  });

  it('refuses a Dockerfile with an unknown instruction before anything is sent', async () => {
    const folder = await contextFolder('FROM scratch\nCOPPY a b\n', {}, null);
    expect((await failureOf(build(requestFor(folder, 'parse:1')))).wire).toMatchObject({
      code: 'DOCKERFILE_INVALID',
      location: { line: 2 },
      message: expect.stringContaining('did you mean COPY') as string,
    });
  });

  it('says which base image cannot be pulled', async () => {
    const folder = await contextFolder('FROM gangway.invalid/nobody/nothing:1\nCOPY busybox /\n');
    const { wire } = await failureOf(build(requestFor(folder, 'pull:1')));
    expect(wire).toMatchObject({ code: 'PULL_FAILED', location: { line: 1 }, data: { image: 'gangway.invalid/nobody/nothing:1' } });
  });

  it('hands over secrets from a variable and a file, and leaves none in the history or the logs', async () => {
    const folder = await contextFolder(`${BASE}RUN --mount=type=secret,id=word --mount=type=secret,id=note sha256sum /run/secrets/word /run/secrets/note\n`, {
      'note.txt': 'from a file',
    });
    const request = requestFor(folder, 'secret:1', {
      noCache: true,
      secrets: [
        { id: 'word', env: 'GANGWAY_TEST_SECRET' },
        { id: 'note', src: path.join(folder, 'note.txt') },
      ],
    });
    const { events } = await build(request, { env: { GANGWAY_TEST_SECRET: 'open sesame' } });
    expect(logText(events)).toContain('41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb  /run/secrets/word');
    const history = JSON.stringify(await docker.getImage('gangway-build-test/secret:1').history());
    expect(history + JSON.stringify(events)).not.toMatch(/open sesame|from a file/);
  });

  it('fails before the build when a secret has no value', async () => {
    const folder = await contextFolder(BASE);
    const error = await failureOf(build(requestFor(folder, 'secret:2', { secrets: [{ id: 'word', env: 'GANGWAY_TEST_UNSET' }] })));
    expect(error.wire).toMatchObject({ code: 'BUILD_SECRET_MISSING', data: { id: 'word', env: 'GANGWAY_TEST_UNSET' } });
  });

  it('says which secret a mount insists on and was not given', async () => {
    const folder = await contextFolder(`${BASE}RUN --mount=type=secret,id=needed,required=true cat /run/secrets/needed\n`);
    expect((await failureOf(build(requestFor(folder, 'secret:3')))).wire).toMatchObject({
      code: 'BUILD_SECRET_MISSING',
      location: { line: 4 },
      data: { id: 'needed' },
    });
  });

  it('ends within two seconds of a cancel, with the step gone from the engine and no connection left', async () => {
    const folder = await contextFolder(`${BASE}RUN echo started && sleep 98765\n`);
    const recorded = recorder();
    const sockets = async (): Promise<number> => (process.getActiveResourcesInfo?.() ?? []).filter((name) => name === 'PipeWrap').length;
    const before = await sockets();
    const building = build(requestFor(folder, 'cancel:1', { noCache: true }), { recorded }).then(
      () => null,
      (error: unknown) => error,
    );
    await expect.poll(() => logText(recorded.events), { timeout: 60_000 }).toContain('started');
    const at = performance.now();
    recorded.abort.abort();
    expect(await building).toBe(recorded.abort.signal.reason);
    expect(performance.now() - at).toBeLessThan(2000);
    await expect.poll(async () => (await run('pgrep', ['-f', 'sleep 98765']).catch(() => ({ stdout: '' }))).stdout, { timeout: 2000 }).toBe('');
    await expect.poll(sockets, { timeout: 2000 }).toBeLessThanOrEqual(before);
    expect(stepsOf(recorded.events).find((step) => step.name.includes('sleep'))?.state).toBe('cancelled');
  });

  it('keeps symbolic links, modes and awkward names', async () => {
    const names = ['with space', 'quo"te\'s', 'ünï-código-日本-🤖', 'new\nline', '-dash', '*star', '[a]', 'back\\slash', ' lead', 'trail '];
    const folder = await contextFolder(`${BASE}COPY . /all\n`, Object.fromEntries(names.map((name) => [`odd/${name}`, name])));
    await symlink('with space', path.join(folder, 'odd', 'link'));
    await symlink('/nowhere/at/all', path.join(folder, 'odd', 'dangling'));
    await writeFile(path.join(folder, 'odd', 'tool.sh'), '#!/bin/sh\n');
    await chmod(path.join(folder, 'odd', 'tool.sh'), 0o751);
    await mkdir(path.join(folder, 'empty folder'));
    await build(requestFor(folder, 'names:1'));
    const listed = await runImage('gangway-build-test/names:1', [
      '/bin/sh',
      '-c',
      'cd /all/odd && for f in * .*; do [ -f "$f" ] && printf "%s\\0%s\\0" "$f" "$(cat "./$f")"; done; readlink link; readlink dangling; stat -c "%a %u:%g" tool.sh; ls -d "/all/empty folder"',
    ]);
    for (const name of names) expect(listed).toContain(`${name}\0${name}\0`);
    expect(listed).toContain('with space\n/nowhere/at/all\n751 0:0\n/all/empty folder');
  });

  it('takes a context of 2,000 files whole', async () => {
    const files = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`many/${i % 40}/file-${i}`, `content ${i}`]));
    const folder = await contextFolder(`${BASE}COPY many /many\n`, files);
    await build(requestFor(folder, 'many:1'));
    const out = await runImage('gangway-build-test/many:1', ['/bin/sh', '-c', 'find /many -type f | wc -l; cat /many/7/file-1967']);
    expect(out).toBe('2000\ncontent 1967');
  });

  it('builds several images from one folder at the same time', async () => {
    const folder = await contextFolder(BASE);
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    for (const name of names) await writeFile(path.join(folder, `${name}.Dockerfile`), `${BASE}COPY ${name}.Dockerfile /\n`);
    const built = await Promise.all(names.map((name) => build(requestFor(folder, `${name}:1`, { dockerfile: path.join(folder, `${name}.Dockerfile`) }))));
    expect(new Set(built.map(({ result }) => result.imageId)).size).toBe(names.length);
  });

  it('streams a large file whole', async () => {
    const folder = await contextFolder(`${BASE}COPY big /big\n`);
    const big = Buffer.alloc(30 * 1024 * 1024 + 17, 'gangway');
    await writeFile(path.join(folder, 'big'), big);
    const { events } = await build(requestFor(folder, 'big:1'));
    expect(contextBytes(events)).toBeGreaterThanOrEqual(big.length);
    const { createHash } = await import('node:crypto');
    expect(await runImage('gangway-build-test/big:1', ['sha256sum', '/big'])).toContain(createHash('sha256').update(big).digest('hex'));
  });

  it('takes a Dockerfile from outside the context, with an ignore file of its own', async () => {
    const folder = await contextFolder('FROM scratch\n', { keep: 'kept', drop: 'dropped', '.dockerignore': 'keep\n' });
    const outside = await contextFolder(`${BASE}COPY . /all\n`, {}, null);
    await writeFile(path.join(outside, 'robot.Dockerfile'), `${BASE}COPY . /all\n`);
    await writeFile(path.join(outside, 'robot.Dockerfile.dockerignore'), 'drop\n');
    await build(requestFor(folder, 'outside:1', { dockerfile: path.join(outside, 'robot.Dockerfile') }));
    expect((await runImage('gangway-build-test/outside:1', ['ls', '-A', '/all'])).trim().split('\n')).toEqual([
      '.dockerignore',
      'Dockerfile',
      'busybox',
      'keep',
    ]);
  });

  it('refuses an image that FROM made for another architecture', async () => {
    const amd64 = await contextFolder('FROM scratch\nCOPY busybox /\n', {}, 'linux/amd64');
    await build(requestFor(amd64, 'amd64-only:1', { platform: 'linux/amd64' }));
    const folder = await contextFolder('FROM --platform=linux/amd64 gangway-build-test/amd64-only:1\nCOPY busybox /again\n');
    expect((await failureOf(build(requestFor(folder, 'wrong:1')))).wire).toMatchObject({
      code: 'WRONG_ARCHITECTURE',
      location: { line: 1 },
      data: { want: 'linux/arm64' },
    });
  });

  it('builds the stage that is asked for, with its arguments', async () => {
    const folder = await contextFolder(
      `ARG WHO=nobody\n${BASE.replace('FROM scratch', 'FROM scratch AS base')}ARG WHO\nRUN echo "hello $WHO" > /who\nFROM base AS rest\nRUN exit 1\n`,
    );
    await build(requestFor(folder, 'stage:1', { stage: 'base', args: { WHO: 'spot "7"' } }));
    expect(await runImage('gangway-build-test/stage:1', ['cat', '/who'])).toBe('hello spot "7"\n');
  });

  it('warns of credentials that a build argument leaves in the history', async () => {
    const folder = await contextFolder(`${BASE}ARG BOSDYN_CLIENT_PASSWORD\nRUN true\n`);
    const { events } = await build(requestFor(folder, 'warned:1', { args: { BOSDYN_CLIENT_PASSWORD: 'hunter2' } }));
    expect(events.filter((event) => event.type === 'finding')).toMatchObject([
      { finding: { id: 'dockerfile-secret-argument', severity: 'warning', file: 'Dockerfile', line: 4 } },
    ]);
  });

  it('names a file of the context that cannot be read', async () => {
    if (process.getuid?.() === 0) {
      // Root reads everything; a name that is no UTF-8 cannot be opened by anyone through Node.
      const folder = await contextFolder(`${BASE}COPY . /all\n`);
      await writeFile(Buffer.concat([Buffer.from(`${folder}/bad-`), Buffer.from([0xff])]), 'x');
      expect((await failureOf(build(requestFor(folder, 'unreadable:1')))).wire).toMatchObject({
        code: 'FILE_UNREADABLE',
        message: expect.stringContaining('bad-') as string,
      });
      return;
    }
    const folder = await contextFolder(`${BASE}COPY . /all\n`, { locked: 'x' });
    await chmod(path.join(folder, 'locked'), 0);
    expect((await failureOf(build(requestFor(folder, 'unreadable:1')))).wire).toMatchObject({
      code: 'FILE_UNREADABLE',
      location: { file: path.join(folder, 'locked') },
    });
  });
});
