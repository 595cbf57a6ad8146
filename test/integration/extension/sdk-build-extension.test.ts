import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildSdkExtension } from '../../../electron/services/extension/sdk-build-extension.ts';
import type { SdkBuildRequest } from '../../../electron/services/ports/requests.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import { sampleImage } from '../../devlab/sample-image.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { docker, engineState, listing, put, realDeps, removeTestImages, TAG_PREFIX, withBusybox } from './tools.ts';

const never = new AbortController().signal;
const TAG = `${TAG_PREFIX}/sdk:latest`;
let cwd: string;
let deps: ReturnType<typeof realDeps>;
beforeEach(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'gangway-sdk-'));
  deps = { ...realDeps(path.join(cwd, '.hidden')), env: { SOURCE_DATE_EPOCH: '1700000000' } };
  await withBusybox(path.join(cwd, 'src'), 'linux/arm64');
  await withBusybox(path.join(cwd, 'src'), 'linux/amd64', 'busybox-amd64');
  put(cwd, {
    'src/Dockerfile.l4t': 'FROM scratch\nARG TARGETARCH\nCOPY busybox /bin/busybox\nENTRYPOINT ["/bin/busybox"]\nCMD ["uname", "-m"]\n',
    'src/Dockerfile.x64': 'FROM scratch\nCOPY busybox-amd64 /bin/busybox\nENTRYPOINT ["/bin/busybox"]\nCMD ["uname", "-m"]\n',
    'ext/manifest.json': '{"description": "Prints", "version": "1.2.3", "images": ["print.tgz"], "icon": "icon.png", "udev_rules": "print.rules"}',
    'ext/docker-compose.yml': `version: "3.5"\nservices:\n  print:\n    image: ${TAG}\n    network_mode: host\n    restart: unless-stopped\n`,
    'ext/icon.png': 'not really',
    'ext/print.rules': 'SUBSYSTEM=="tty", SYMLINK+="print"\n',
    'ext/data/model.bin': 'weights',
    'ext/notes.txt': 'n',
  });
});
afterEach(async () => {
  await deps.close();
  rmSync(cwd, { recursive: true, force: true });
});
afterAll(() => removeTestImages());

const build = (more: Partial<SdkBuildRequest> = {}): Promise<PackageResult> =>
  buildSdkExtension(
    deps,
    {
      cwd,
      dockerfilePaths: ['src/Dockerfile.l4t'],
      buildImageTags: [TAG],
      extraImageTags: [],
      imageArchive: 'print.tgz',
      packageDir: 'ext',
      spx: 'print.spx',
      amd64: false,
      additionalFiles: [],
      skipComposeValidation: false,
      ...more,
    },
    { signal: never, report: () => undefined },
  );

/** What is in it, as Python sees it: the tool that build_extension.py itself writes with. */
function packed(spx: string): { names: string[]; manifest: Record<string, unknown>; mtimes: number[] } {
  const script =
    'import tarfile,json,sys\nt=tarfile.open(sys.argv[1],"r:gz")\nprint(json.dumps({"names":t.getnames(),"manifest":json.load(t.extractfile("manifest.json")),"mtimes":[m.mtime for m in t]}))';
  return JSON.parse(execFileSync('python3', ['-c', script, spx], { encoding: 'utf8' })) as ReturnType<typeof packed>;
}

describe.skipIf(await skipUnless('engine', 'busybox-arm64'))('the drop-in for build_extension.py', () => {
  it('gives the members in its order, the archive beside, and a manifest with target and date', async () => {
    const input = readFileSync(path.join(cwd, 'ext/manifest.json'), 'utf8');
    const result = await build({ additionalFiles: ['data', 'notes.txt'] });
    expect((await build({ additionalFiles: ['data', 'notes.txt'] })).digest).toBe(result.digest);
    expect(result.path).toBe(path.join(cwd, 'print.spx'));
    const { names, manifest, mtimes } = packed(result.path);
    expect(names).toEqual(['manifest.json', 'print.tgz', 'docker-compose.yml', 'icon.png', 'data', 'data/model.bin', 'notes.txt', 'print.rules']);
    expect(manifest).toEqual({ ...JSON.parse(input), installation_target: 'spot', date: '2023-11-14T22:13:20' });
    expect(new Set(mtimes)).toEqual(new Set([0]));
    expect(readFileSync(path.join(cwd, 'ext/manifest.json'), 'utf8')).toBe(input);
    docker('image', 'rm', '--force', TAG);
    docker('load', '--input', path.join(cwd, 'print.tgz'));
    expect(docker('run', '--rm', TAG).trim()).toBe('aarch64');
    expect(docker('image', 'inspect', '--format', '{{.Architecture}}', TAG).trim()).toBe('arm64');
    expect(listing(cwd).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('builds for amd64 and then says orbit, with a warning, where the manifest says nothing', async () => {
    const result = await build({ dockerfilePaths: ['src/Dockerfile.x64'], amd64: true });
    expect(result.images).toMatchObject([{ platform: 'linux/amd64' }]);
    expect(packed(result.path).manifest.installation_target).toBe('orbit');
    expect(result.findings.map((finding) => finding.id)).toContain('manifest-target-assumed');
  });

  it('takes an extra image of the right platform, and does not settle for one of another', async () => {
    const extra = `${TAG_PREFIX}/extra:1`;
    await sampleImage({ platform: 'linux/arm64', tag: extra, env: { DOCKER_HOST: 'unix:///var/run/docker.sock' } });
    const result = await build({ extraImageTags: [extra] });
    expect(result.images.flatMap((image) => image.tags)).toEqual([TAG, extra]);
    const foreign = `${TAG_PREFIX}/foreign:1`;
    await sampleImage({ platform: 'linux/amd64', tag: foreign, env: { DOCKER_HOST: 'unix:///var/run/docker.sock' } });
    await expect(build({ extraImageTags: [foreign] })).rejects.toMatchObject({
      wire: { code: 'WRONG_ARCHITECTURE', data: { image: foreign, have: 'linux/amd64' } },
    });
  });

  it('writes a plain tar where the archive is named .tar', async () => {
    put(cwd, { 'ext/manifest.json': '{"version": "1.2.3", "images": ["print.tar"]}' });
    const result = await build({ imageArchive: 'print.tar' });
    expect(readFileSync(path.join(cwd, 'print.tar')).toString('latin1', 257, 262)).toBe('ustar');
    execFileSync('tar', ['xzf', result.path, '-C', cwd, 'print.tar']);
    expect(execFileSync('tar', ['tf', path.join(cwd, 'print.tar')], { encoding: 'utf8' })).toContain('manifest.json');
    expect(result.size).toBeLessThan(readFileSync(path.join(cwd, 'print.tar')).length);
  });

  it('accepts what the SDK\'s script refuses by mistake: several archives, and "1.0" without a name', async () => {
    await build();
    put(cwd, { 'ext/manifest.json': '{"version": "1.0", "images": ["print.tgz", "second.tgz"]}' });
    writeFileSync(path.join(cwd, 'ext/second.tgz'), readFileSync(path.join(cwd, 'print.tgz')));
    expect(packed((await build()).path).names.filter((name) => name.endsWith('.tgz'))).toEqual(['print.tgz', 'second.tgz']);
  });

  it('refuses what would be dropped in silence, or does not fit, before it builds', async () => {
    const before = engineState();
    await expect(build({ icon: './extension/image.png' })).rejects.toMatchObject({
      wire: { code: 'FILE_NOT_FOUND', data: { looked: [path.join(cwd, 'ext/extension/image.png'), path.join(cwd, 'extension/image.png')] } },
    });
    await expect(build({ udevRule: 'none.rules' })).rejects.toThrow('none.rules');
    await expect(build({ imageArchive: 'other.tgz' })).rejects.toThrow(
      'image archive(s) ["print.tgz"] specified in manifest.json does not match build image archive ["other.tgz"]',
    );
    await expect(build({ imageArchive: 'print.zip' })).rejects.toThrow('unknown suffix');
    await expect(build({ buildImageTags: [] })).rejects.toMatchObject({ wire: { code: 'BAD_REQUEST' } });
    await expect(build({ dockerfilePaths: ['src/Dockerfile.none'] })).rejects.toMatchObject({ wire: { code: 'FILE_NOT_FOUND' } });
    put(cwd, { 'ext/manifest.json': '{\n "version": "1.2.3"\n "images": []}' });
    await expect(build()).rejects.toMatchObject({ wire: { code: 'MANIFEST_INVALID', location: { file: 'ext/manifest.json', line: 3 } } });
    expect(engineState()).toBe(before);
    expect(existsSync(path.join(cwd, 'print.spx'))).toBe(false);
    expect(existsSync(path.join(cwd, 'print.tgz'))).toBe(false);
  });

  it('validates the compose file unless it is told not to', async () => {
    put(cwd, { 'ext/docker-compose.yml': `services:\n  print:\n    image: ${TAG}\n    ports:\n` });
    await expect(build()).rejects.toMatchObject({ wire: { code: 'COMPOSE_INVALID', location: { file: 'ext/docker-compose.yml', line: 4 } } });
    expect(existsSync(path.join(cwd, 'print.spx'))).toBe(false);
    await expect(build({ skipComposeValidation: true })).resolves.toMatchObject({ path: path.join(cwd, 'print.spx') });
  });

  it("warns in the SDK's own words of an additional file that is missing, and packs the rest", async () => {
    const result = await build({ additionalFiles: ['none.txt'] });
    expect(result.findings.map((finding) => finding.message)).toContain(`No file none.txt in package directory ${path.join(cwd, 'ext')}.`);
  });
});
