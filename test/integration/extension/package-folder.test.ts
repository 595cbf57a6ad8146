import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageFolder } from '../../../electron/services/extension/package-folder.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { docker, plainExtension, realDeps, recorder, removeTestImages, TAG_PREFIX, withBusybox } from './tools.ts';

const never = new AbortController().signal;
let folder: string;
let deps: ReturnType<typeof realDeps>;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-pack-'));
  deps = realDeps(folder);
});
afterEach(async () => {
  await deps.close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => removeTestImages());

describe.skipIf(await skipUnless('engine', 'busybox-arm64', 'emulation-arm64'))('packing a folder with a real engine', () => {
  it('makes an .spx from the plain layout whose image loads and runs as aarch64', async () => {
    const tag = `${TAG_PREFIX}/plain:1.0`;
    const ext = path.join(folder, 'ext');
    await withBusybox(ext, 'linux/arm64');
    plainExtension(ext, tag);
    const { events, report } = recorder();
    const result = await packageFolder(deps, { folder: ext }, { signal: never, report });
    expect(result.path).toBe(path.join(ext, 'hello.spx'));
    expect(execFileSync('tar', ['tzf', result.path], { encoding: 'utf8' }).trim().split('\n').sort()).toEqual(['docker-compose.yml', 'hello.tgz', 'manifest.json']);
    const out = path.join(folder, 'out');
    mkdirSync(out);
    execFileSync('tar', ['xzfm', result.path, '-C', out]);
    expect(readFileSync(path.join(out, 'manifest.json'), 'utf8')).toBe(readFileSync(path.join(ext, 'manifest.json'), 'utf8'));
    docker('image', 'rm', '--force', tag);
    expect(docker('load', '--input', path.join(out, 'hello.tgz'))).toContain(tag);
    expect(docker('run', '--rm', tag).trim()).toBe('aarch64');
    expect(result.images).toMatchObject([{ tags: [tag], platform: 'linux/arm64' }]);
  });
});

