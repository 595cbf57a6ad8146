import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFolder } from '../../../electron/services/extension/package-folder.ts';
import type { LabEngine } from '../../devlab/engines.ts';
import { startPodman } from '../../devlab/podman.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { plainExtension, put, realDeps, recorder, withBusybox } from './tools.ts';

describe.skipIf(await skipUnless('podman', 'busybox-arm64', 'emulation-arm64'))('packing with Podman', () => {
  let engine: LabEngine;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'gangway-podman-pack-'));
    engine = await startPodman();
  });
  afterAll(async () => {
    await engine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('packs under the name that the compose file uses, not under localhost/, and fills in the platform arguments', async () => {
    const ext = path.join(folder, 'ext');
    mkdirSync(ext);
    await withBusybox(ext, 'linux/arm64');
    plainExtension(ext, 'gangway-podman-pack:1.0');
    put(ext, { Dockerfile: 'FROM scratch\nARG TARGETARCH\nARG BUILDPLATFORM\nCOPY busybox /bin/busybox\nENV MADE_FOR=$TARGETARCH MADE_ON=$BUILDPLATFORM\n' });
    const deps = realDeps(folder, engine.env);
    const { report } = recorder();
    const { path: spx } = await packageFolder(deps, { folder: ext }, { signal: new AbortController().signal, report });
    await deps.close();
    const archive = execFileSync('tar', ['xzOf', spx, 'hello.tgz'], { maxBuffer: 1 << 28 });
    const inside = (name: string): unknown => JSON.parse(execFileSync('tar', ['xzOf', '-', name], { input: archive, encoding: 'utf8' }));
    const [entry] = inside('manifest.json') as [{ Config: string; RepoTags: string[] }];
    expect(entry.RepoTags).toEqual(['gangway-podman-pack:1.0']);
    expect((inside(entry.Config) as { config: { Env: string[] } }).config.Env).toEqual(expect.arrayContaining(['MADE_FOR=arm64', 'MADE_ON=linux/amd64']));
  });
});
