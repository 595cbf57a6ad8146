import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type RawEngine } from '../../../electron/services/engine/create-engine.ts';
import { type LabEngine, startEngine } from '../../devlab/engines.ts';
import { startPodman } from '../../devlab/podman.ts';
import { sampleArchive } from '../../devlab/sample-image.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { createReadStream } from 'node:fs';

const context = { signal: new AbortController().signal, report: () => undefined };

for (const { name, part, start } of [
  { name: 'Docker 20.10', part: 'engine-20.10', start: () => startEngine({ version: '20.10' }) },
  { name: 'Docker 26.1 with the containerd store', part: 'engine-26.1', start: () => startEngine({ version: '26.1', containerdStore: true }) },
  { name: 'Podman 4.3', part: 'podman', start: startPodman },
] as const) {
  describe.skipIf(await skipUnless(part, 'busybox-arm64', 'emulation-arm64'))(name, () => {
    let lab: LabEngine;
    let engine: RawEngine;
    let folder: string;
    beforeAll(async () => {
      [lab, folder] = await Promise.all([start(), mkdtemp(path.join(tmpdir(), 'gangway-building-'))]);
      engine = createEngine({ env: lab.env, home: '/nowhere' });
      await engine.load(createReadStream(await sampleArchive({ platform: 'linux/arm64', tag: 'sample:1' })), context.signal);
    });
    afterAll(async () => {
      await engine?.close();
      await lab?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    test('builds for arm64 through the port, and the image is there under its tag', async () => {
      await writeFile(path.join(folder, 'Dockerfile'), 'FROM sample:1\nCOPY hello /hello\nCMD ["/bin/cat", "/hello"]\n');
      await writeFile(path.join(folder, 'hello'), 'hello\n');
      const request = {
        context: folder,
        dockerfile: path.join(folder, 'Dockerfile'),
        tags: ['gw-built:1'],
        platform: 'linux/arm64' as const,
        args: {},
        secrets: [],
        noCache: false,
        pull: false,
      };
      const result = await engine.build(request, context);
      expect(result).toMatchObject({ tags: ['gw-built:1'], platform: 'linux/arm64' });
      expect(await engine.inspectImage('gw-built:1', { platform: 'linux/arm64' })).toMatchObject({ architecture: 'arm64' });
    });

    test('dockerode speaks over the same address, for logs and exec', async () => {
      const dockerode = await (await engine.link()).dockerode();
      expect((await dockerode.version()).ApiVersion).toBe((await engine.info()).apiVersion);
    });
  });
}
