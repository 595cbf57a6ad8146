import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type RawEngine } from '../../../electron/services/engine/create-engine.ts';
import { runDoctor } from '../../../electron/services/engine/doctor.ts';
import type { LabEngine } from '../../devlab/engines.ts';
import { startPodman } from '../../devlab/podman.ts';
import { freePort, type LabRegistry, startRegistry } from '../../devlab/registry.ts';
import { sampleArchive } from '../../devlab/sample-image.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';

const context = { signal: new AbortController().signal, report: () => undefined };
const { signal } = context;

describe.skipIf(await skipUnless('podman', 'registry', 'busybox-arm64'))('Podman 4.3', () => {
  let lab: LabEngine;
  let registry: LabRegistry;
  let engine: RawEngine;

  beforeAll(async () => {
    [lab, registry] = await Promise.all([startPodman(), startRegistry()]);
    engine = createEngine({ env: lab.env, home: '/nowhere' });
    await engine.load(createReadStream(await sampleArchive({ platform: 'linux/arm64', tag: 'sample:1' })), signal);
  });
  afterAll(async () => {
    await engine?.close();
    await registry?.stop();
    await lab?.stop();
  });

  test('is known as Podman, with the classic builder', async () => {
    expect(await engine.info()).toMatchObject({ name: 'Podman', flavour: 'podman', builder: 'classic', store: 'graph', local: true });
    const report = await runDoctor({ engine, env: {} });
    expect(report.checks.find((one) => one.id === 'buildkit')).toMatchObject({ state: 'warning', fix: expect.stringContaining('Podman') });
  });

  test('finds images by their short names, though it lists them in full', async () => {
    expect(await engine.inspectImage('sample:1', { platform: 'linux/arm64' })).toMatchObject({ architecture: 'arm64', tags: ['localhost/sample:1'] });
    expect(await engine.inspectImage('absent:1')).toBeNull();
    await engine.tag('sample:1', 'gw-other/name', 'v2');
    expect(await engine.listTags('gw-other/')).toEqual(['gw-other/name:v2']);
    await engine.untag('gw-other/name:v2');
    await engine.untag('gw-other/name:v2');
    expect(await engine.listTags('gw-other/')).toEqual([]);
  });

  test('saves and loads', async () => {
    const archive = await buffer(await engine.save(['sample:1'], signal));
    expect(await engine.load(Readable.from([archive]), signal)).toEqual([expect.stringContaining('sample:1')]);
    await expect(engine.save(['absent:1'], signal)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    await expect(engine.load(Readable.from([Buffer.from('no archive')]), signal)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });

  test('pushes and pulls, for the platform that is asked for', async () => {
    const reference = `${registry.host}/gw/sample:1`;
    await engine.tag('sample:1', `${registry.host}/gw/sample`, '1');
    await engine.push(reference, signal);
    await engine.untag(reference);
    expect((await engine.pull(reference, 'linux/arm64', context)).architecture).toBe('arm64');
    await expect(engine.pull(reference, 'linux/amd64', context)).rejects.toMatchObject({
      code: 'PULL_FAILED',
      message: expect.stringContaining('linux/amd64'),
    });
    await expect(engine.pull(`127.0.0.1:${await freePort()}/gw/none:1`, 'linux/arm64', context)).rejects.toMatchObject({
      code: 'PULL_FAILED',
      wire: { detail: expect.stringContaining('refused') },
    });
  });
});
