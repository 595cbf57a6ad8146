import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EngineInfo } from '../../../shared/docker/build.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import { createEngine, type RawEngine } from '../../../electron/services/engine/create-engine.ts';
import type { EngineHandle } from '../../../electron/services/engine/transport.ts';
import { cliPlugins } from '../../devlab/docker-releases.ts';
import { type LabEngine, startEngine } from '../../devlab/engines.ts';
import { startPodman } from '../../devlab/podman.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { BASE, build, cannotBuild, contextFolder, logText, recorder, removeTestFolders, removeTestImages, requestFor, runImage } from './build-fixture.ts';

const arm = await cannotBuild();

afterEach(removeTestFolders);

/** The body with a context folder. */
const withContext = async <T>(dockerfile: string, body: (folder: string) => Promise<T>, files: Record<string, string> = {}): Promise<T> =>
  body(await contextFolder(dockerfile, files));

const engines: { name: string; skip: boolean; start: () => Promise<LabEngine> }[] = [
  { name: 'Docker 26.1', skip: arm || (await skipUnless('engine-26.1')), start: () => startEngine({ version: '26.1' }) },
  {
    name: 'Docker 26.1 with the containerd image store',
    skip: arm || (await skipUnless('engine-26.1')),
    start: () => startEngine({ version: '26.1', containerdStore: true }),
  },
  { name: 'Podman', skip: arm || (await skipUnless('podman')), start: () => startPodman() },
];

for (const { name, skip, start } of engines) {
  describe.skipIf(skip)(`building on ${name}`, () => {
    let lab: LabEngine;
    let engine: RawEngine;
    let info: EngineInfo;
    let docker: EngineHandle;
    beforeAll(async () => {
      lab = await start();
      engine = createEngine({ env: { ...process.env, ...lab.env } });
      info = await engine.info();
      docker = (await engine.link()).docker;
    });
    afterAll(async () => {
      await engine.close();
      await lab.stop();
    });

    it('builds an arm64 image and shows its steps', () =>
      withContext(
        `${BASE}COPY note /note\nRUN echo "machine $(uname -m)"\n`,
        async (folder) => {
          const { result, events } = await build(requestFor(folder, 'other:1'), { info, docker });
          expect(result).toMatchObject({ platform: 'linux/arm64' });
          expect(result.totalSteps).toBeGreaterThanOrEqual(4);
          expect(logText(events)).toContain('machine aarch64');
          expect((await docker.getImage(result.imageId).inspect()).Architecture).toBe('arm64');
          const again = await build(requestFor(folder, 'other:1'), { info, docker });
          expect(again.result.cachedSteps).toBeGreaterThanOrEqual(3);
        },
        { note: 'n' },
      ));

    it('names the line and the output of a failed step', () =>
      withContext(`${BASE}RUN echo before && exit 3\n`, async (folder) => {
        const error = await build(requestFor(folder, 'other:2'), { info, docker }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(GangwayError);
        expect((error as GangwayError).wire).toMatchObject({ code: 'BUILD_STEP_FAILED', location: { line: 4 }, data: { exitCode: 3 } });
        expect((error as GangwayError).wire.data?.tail).toContain('before');
      }));

    it('names a COPY source that is missing', () =>
      withContext(`${BASE}COPY nowhere.txt /\n`, async (folder) => {
        const error = await build(requestFor(folder, 'other:3'), { info, docker }).catch((thrown: unknown) => thrown);
        expect((error as GangwayError).wire).toMatchObject({ code: 'BUILD_SOURCE_MISSING', location: { line: 4 }, data: { source: 'nowhere.txt' } });
      }));

    it('says which base image cannot be pulled', () =>
      withContext('FROM gangway.invalid/nobody/nothing:1\nCOPY busybox /\n', async (folder) => {
        const error = await build(requestFor(folder, 'other:4'), { info, docker }).catch((thrown: unknown) => thrown);
        expect((error as GangwayError).wire).toMatchObject({ code: 'PULL_FAILED', location: { line: 1 } });
      }));

    it('ends within two seconds of a cancel', () =>
      withContext(`${BASE}RUN echo started && sleep 86421\n`, async (folder) => {
        const recorded = recorder();
        const building = build(requestFor(folder, 'other:5', { noCache: true }), { info, docker, recorded }).then(
          () => null,
          (error: unknown) => error,
        );
        await expect.poll(() => logText(recorded.events), { timeout: 60_000 }).toContain('started');
        const at = performance.now();
        recorded.abort.abort();
        expect(await building).toBe(recorded.abort.signal.reason);
        expect(performance.now() - at).toBeLessThan(2000);
      }));
  });
}

describe.skipIf(arm || (await skipUnless('engine-20.10')))('an engine that is killed while it builds', () => {
  it('is told as a lost engine, soon', () =>
    withContext(`${BASE}RUN echo started && sleep 75319\n`, async (folder) => {
      const lab = await startEngine({ version: '20.10' });
      try {
        const recorded = recorder();
        const building = build(requestFor(folder, 'killed:1', { noCache: true }), {
          docker: (await createEngine({ env: { ...process.env, ...lab.env } }).link()).docker,
          recorded,
        }).then(
          () => null,
          (error: unknown) => error,
        );
        await expect.poll(() => logText(recorded.events), { timeout: 60_000 }).toContain('started');
        const at = performance.now();
        await lab.kill();
        const error = await building;
        expect(error).toBeInstanceOf(GangwayError);
        expect((error as GangwayError).code).toBe('ENGINE_LOST');
        expect(performance.now() - at).toBeLessThan(12_000);
      } finally {
        await lab.stop();
      }
    }));
});

describe.skipIf(arm || (await skipUnless('cli-plugins')))('building with docker buildx on a named builder', () => {
  let config: string;
  beforeAll(async () => {
    config = await mkdtemp(path.join(tmpdir(), 'gangway-docker-config-'));
    await cp(await cliPlugins(), config, { recursive: true });
  });
  afterAll(async () => {
    await removeTestImages();
    await rm(config, { recursive: true, force: true });
  });

  it('builds, loads the image, shows decoded steps and hands over secrets', () =>
    withContext(
      `${BASE}ARG API_TOKEN\nRUN --mount=type=secret,id=word --mount=type=secret,id=note echo "machine $(uname -m)" && sha256sum /run/secrets/word /run/secrets/note && echo "$API_TOKEN" | wc -c\n`,
      async (folder) => {
        const request = requestFor(folder, 'buildx:1', {
          builder: 'default',
          noCache: true,
          args: { API_TOKEN: 'four' },
          secrets: [
            { id: 'word', env: 'GANGWAY_TEST_SECRET' },
            { id: 'note', src: path.join(folder, 'a,"note"') },
          ],
        });
        const { result, events } = await build(request, { env: { DOCKER_CONFIG: config, GANGWAY_TEST_SECRET: 'open sesame' } });
        expect(result).toMatchObject({ platform: 'linux/arm64', totalSteps: 4 });
        expect(logText(events)).toContain('machine aarch64\n41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb  /run/secrets/word');
        expect(logText(events)).toMatch(/\/run\/secrets\/note\n5\n$/);
        expect((await runImage('gangway-build-test/buildx:1', ['uname', '-m'])).trim()).toBe('aarch64');
      },
      { 'a,"note"': 'n' },
    ));

  it('names the line and the output of a failed step', () =>
    withContext(`${BASE}RUN echo before && exit 3\n`, async (folder) => {
      const error = await build(requestFor(folder, 'buildx:2', { builder: 'default' }), { env: { DOCKER_CONFIG: config } }).catch((thrown: unknown) => thrown);
      expect((error as GangwayError).wire).toMatchObject({ code: 'BUILD_STEP_FAILED', location: { line: 4 }, data: { exitCode: 3, tail: ['before'] } });
    }));

  it('ends within two seconds of a cancel', () =>
    withContext(`${BASE}RUN echo started && sleep 64208\n`, async (folder) => {
      const recorded = recorder();
      const building = build(requestFor(folder, 'buildx:3', { builder: 'default', noCache: true }), { env: { DOCKER_CONFIG: config }, recorded }).then(
        () => null,
        (error: unknown) => error,
      );
      await expect.poll(() => logText(recorded.events), { timeout: 60_000 }).toContain('started');
      const at = performance.now();
      recorded.abort.abort();
      expect(await building).toBe(recorded.abort.signal.reason);
      expect(performance.now() - at).toBeLessThan(2000);
    }));

  it('says so where the plugin is missing', () =>
    withContext(BASE, async (folder) => {
      const empty = await mkdtemp(path.join(tmpdir(), 'gangway-docker-config-'));
      try {
        // A plugin of that name that fails stands for a missing one, wherever this system may have the real one.
        await cp(path.join(folder, 'Dockerfile'), path.join(empty, 'x'));
        const bin = path.join(empty, 'docker');
        await writeFile(bin, '#!/bin/sh\necho "docker: \'buildx\' is not a docker command." >&2\nexit 1\n', { mode: 0o755 });
        const error = await build(requestFor(folder, 'buildx:4', { builder: 'default' }), { env: { PATH: `${empty}:${process.env.PATH ?? ''}` } }).catch(
          (thrown: unknown) => thrown,
        );
        expect((error as GangwayError).wire).toMatchObject({ code: 'BUILDX_MISSING', detail: expect.stringContaining('not a docker command') as string });
      } finally {
        await rm(empty, { recursive: true, force: true });
      }
    }));
});
