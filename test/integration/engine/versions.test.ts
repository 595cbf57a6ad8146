import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askBuildkitPlatforms } from '../../../electron/services/engine/buildkit-workers.ts';
import { createEngine, type RawEngine } from '../../../electron/services/engine/create-engine.ts';
import { runDoctor } from '../../../electron/services/engine/doctor.ts';
import { type LabEngine, startEngine } from '../../devlab/engines.ts';
import { freePort, type LabRegistry, REGISTRY_USER, stallingRegistry, startRegistry } from '../../devlab/registry.ts';
import { run } from '../../devlab/run.ts';
import { sampleImage } from '../../devlab/sample-image.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';

const never = (): AbortSignal => new AbortController().signal;

const ENGINES = [
  { name: 'Docker 20.10', part: 'engine-20.10', version: '20.10', api: '1.41', containerdStore: false },
  { name: 'Docker 26.1', part: 'engine-26.1', version: '26.1', api: '1.45', containerdStore: false },
  { name: 'Docker 26.1 with the containerd store', part: 'engine-26.1', version: '26.1', api: '1.45', containerdStore: true },
] as const;

for (const { name, part, version, api, containerdStore } of ENGINES) {
  describe.skipIf(await skipUnless(part, 'registry', 'busybox-arm64'))(name, () => {
    let lab: LabEngine;
    let registry: LabRegistry;
    let engine: RawEngine;
    const docker = (...args: string[]): Promise<string> => run('docker', args, { env: { ...process.env, ...lab.env } });
    const tags = async (): Promise<string[]> => engine.listTags('');

    beforeAll(async () => {
      [lab, registry] = await Promise.all([startEngine({ version, containerdStore }), startRegistry()]);
      engine = createEngine({ env: lab.env, home: '/nowhere' });
      await sampleImage({ platform: 'linux/arm64', tag: 'sample:1', env: lab.env });
    });
    afterAll(async () => {
      await engine?.close();
      await registry?.stop();
      await lab?.stop();
    });

    test('says who it is', async () => {
      const info = await engine.info();
      expect(info).toMatchObject({
        name: 'Docker',
        flavour: 'docker',
        apiVersion: api,
        store: containerdStore ? 'containerd' : 'graph',
        builder: 'buildkit',
        os: 'linux',
        local: true,
        address: lab.env.DOCKER_HOST,
      });
      expect(info.version.startsWith(version)).toBe(true);
      expect(info.platforms?.[0]).toBe('linux/amd64');
    });

    test('its BuildKit answers which platforms it runs', async () => {
      expect(await askBuildkitPlatforms(await engine.link(), AbortSignal.timeout(5000))).toContain('linux/amd64');
    });

    test('an image is found with its platform, and counts as absent for another', async () => {
      expect(await engine.inspectImage('sample:1', { platform: 'linux/arm64' })).toMatchObject({
        architecture: 'arm64',
        tags: ['sample:1'],
        diffIds: [expect.stringMatching(/^sha256:[0-9a-f]{64}$/)],
      });
      expect(await engine.inspectImage('sample:1', { platform: 'linux/amd64' })).toBeNull();
      expect(await engine.inspectImage('absent:1')).toBeNull();
    });

    test('save gives an archive that load takes back', async () => {
      const archive = await buffer(await engine.save(['sample:1'], never()));
      expect(archive.length % 512).toBe(0);
      await engine.untag('sample:1');
      expect(await engine.inspectImage('sample:1')).toBeNull();
      expect(await engine.load(Readable.from([archive]), never())).toEqual(['Loaded image: sample:1']);
      expect(await engine.inspectImage('sample:1', { platform: 'linux/arm64' })).not.toBeNull();
    });

    test('tag, list and untag, where taking off what is not there is fine', async () => {
      await engine.tag('sample:1', 'gw-other/name', 'v2');
      expect(await engine.listTags('gw-other/')).toEqual(['gw-other/name:v2']);
      await engine.untag('gw-other/name:v2');
      await engine.untag('gw-other/name:v2');
      expect(await tags()).toEqual(['sample:1']);
    });

    test('push and pull through a real registry, with progress in bytes', async () => {
      const reference = `${registry.host}/gw/sample:1`;
      await engine.tag('sample:1', `${registry.host}/gw/sample`, '1');
      await engine.push(reference, never());
      await engine.untag(reference);
      await engine.untag('sample:1');
      const reported: { done: number; total: number }[] = [];
      const image = await engine.pull(reference, 'linux/arm64', {
        signal: never(),
        report: (event) => {
          if (event.type === 'progress') reported.push({ done: event.done, total: event.total ?? 0 });
        },
      });
      expect(image).toMatchObject({ os: 'linux', architecture: 'arm64' });
      // The containerd store keeps blobs for a while after the last tag is off, and downloads nothing then.
      if (!containerdStore) expect(reported.length).toBeGreaterThan(0);
      expect(reported.every((one, i) => one.done <= one.total && one.done >= (reported[i - 1]?.done ?? 0))).toBe(true);
      await engine.tag(reference, 'sample', '1');
      await engine.untag(reference);
      expect(await tags()).toEqual(['sample:1']);
    });

    test('a pull for a platform that the image does not have fails and says so', async () => {
      const reference = `${registry.host}/gw/only-arm:1`;
      await engine.tag('sample:1', `${registry.host}/gw/only-arm`, '1');
      await engine.push(reference, never());
      await engine.untag(reference);
      await expect(engine.pull(reference, 'linux/amd64', { signal: never(), report: () => undefined })).rejects.toMatchObject({
        code: 'PULL_FAILED',
        message: expect.stringMatching(/amd64/),
      });
      await engine.untag(reference);
    });

    test("a registry that is not there or does not know the image is PULL_FAILED with the engine's words", async () => {
      const context = { signal: never(), report: () => undefined };
      await expect(engine.pull(`127.0.0.1:${await freePort()}/gw/none:1`, 'linux/arm64', context)).rejects.toMatchObject({
        code: 'PULL_FAILED',
        wire: { detail: expect.stringContaining('connection refused') },
      });
      await expect(engine.pull(`${registry.host}/gw/none:1`, 'linux/arm64', context)).rejects.toMatchObject({
        code: 'PULL_FAILED',
        wire: { detail: expect.stringMatching(/not found|unknown/) },
      });
    });

    test('a registry that asks for a password gets the one of config.json, and nobody else gets in', async () => {
      const [locked, home] = await Promise.all([startRegistry({ locked: true }), mkdtemp(path.join(tmpdir(), 'gangway-home-'))]);
      const known = createEngine({ env: lab.env, home });
      try {
        await mkdir(path.join(home, '.docker'));
        const auth = Buffer.from(`${REGISTRY_USER.name}:${REGISTRY_USER.password}`).toString('base64');
        await writeFile(path.join(home, '.docker/config.json'), JSON.stringify({ auths: { [locked.host]: { auth } } }));
        const reference = `${locked.host}/gw/sample:1`;
        await engine.tag('sample:1', `${locked.host}/gw/sample`, '1');
        await expect(engine.push(reference, never())).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
        await known.push(reference, never());
        await known.untag(reference);
        await expect(engine.pull(reference, 'linux/arm64', { signal: never(), report: () => undefined })).rejects.toMatchObject({ code: 'PULL_FAILED' });
        expect((await known.pull(reference, 'linux/arm64', { signal: never(), report: () => undefined })).architecture).toBe('arm64');
        await known.untag(reference);
      } finally {
        await known.close();
        await locked.stop();
        await rm(home, { recursive: true });
      }
    });

    test('a cancelled push lets go of the registry at once', async () => {
      const stalled = await stallingRegistry();
      try {
        await engine.tag('sample:1', `${stalled.host}/gw/sample`, '1');
        const abort = new AbortController();
        const pushing = engine.push(`${stalled.host}/gw/sample:1`, abort.signal);
        const failed = expect(pushing).rejects.toThrow('enough');
        await stalled.uploading;
        const started = performance.now();
        abort.abort(new Error('enough'));
        await failed;
        await expect.poll(() => stalled.uploads(), { timeout: 2000 }).toBe(0);
        expect(performance.now() - started).toBeLessThan(2000);
      } finally {
        await engine.untag(`${stalled.host}/gw/sample:1`);
        await stalled.stop();
      }
    });

    test("a push to nowhere fails with the engine's words, and one of an absent image as IMAGE_NOT_FOUND or refused", async () => {
      const port = await freePort();
      await engine.tag('sample:1', `127.0.0.1:${port}/gw/sample`, '1');
      await expect(engine.push(`127.0.0.1:${port}/gw/sample:1`, never())).rejects.toMatchObject({
        code: 'ENGINE_FAILED',
        wire: { detail: expect.stringContaining('refused') },
      });
      await engine.untag(`127.0.0.1:${port}/gw/sample:1`);
      await expect(engine.push(`127.0.0.1:${port}/gw/absent:1`, never())).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:ENGINE_FAILED|IMAGE_NOT_FOUND)$/),
      });
    });

    test('saving or tagging what is not there is IMAGE_NOT_FOUND; loading what is no archive fails', async () => {
      await expect(engine.save(['absent:1'], never())).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      await expect(engine.tag('absent:1', 'a', 'b')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
      await expect(
        engine.load(Readable.from([Buffer.from('no archive')]), never()).then((said) => Promise.reject(new Error(said.join()))),
      ).rejects.toBeInstanceOf(Error);
    });

    test('a cancelled save and a cancelled load end at once and leave nothing in the engine', async () => {
      const before = await docker('images', '--all', '--quiet');
      const abort = new AbortController();
      const saving = await engine.save(['sample:1'], abort.signal);
      const started = performance.now();
      await expect(
        (async () => {
          for await (const _ of saving) abort.abort(new Error('enough'));
        })(),
      ).rejects.toThrow('enough');

      const second = new AbortController();
      const whole = await buffer(await engine.save(['sample:1'], never()));
      const half = new Readable({ read: () => undefined });
      half.push(whole.subarray(0, whole.length / 2));
      const loading = engine.load(half, second.signal);
      setTimeout(() => second.abort(new Error('enough')), 100);
      await expect(loading).rejects.toThrow('enough');
      expect(half.destroyed).toBe(true);
      expect(performance.now() - started).toBeLessThan(2000);
      expect(await docker('images', '--all', '--quiet')).toBe(before);
    });

    test('the doctor finds it', async () => {
      const report = await runDoctor({ engine, env: { ...process.env, ...lab.env } });
      expect(report.checks.find((one) => one.id === 'engine')).toMatchObject({ state: 'ok', found: expect.stringContaining(version) });
      expect(report.checks.find((one) => one.id === 'buildkit')?.state).toBe('ok');
      expect(report.checks.find((one) => one.id === 'disk')?.state).not.toBe('skipped');
    });
  });
}
