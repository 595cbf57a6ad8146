import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServices, type Services } from '../../../electron/services/create-services.ts';
import type { Outcome } from '../../../shared/ipc/result.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { sampleArchive } from '../../devlab/sample-image.ts';
import { docker, listing, put, removeTestImages, TAG_PREFIX, withBusybox } from './tools.ts';

const context = () => ({ signal: new AbortController().signal, report: () => undefined });
const DEAD = 'unix:///nowhere/docker.sock';
let folder: string;
let services: Services;
const open = (host: string, env: Record<string, string> = {}): Services =>
  createServices({
    env: { PATH: process.env.PATH, DOCKER_HOST: host, GANGWAY_CACHE_DIR: path.join(folder, 'cache'), GANGWAY_CONFIG_DIR: path.join(folder, 'config'), ...env },
  });
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-services-'));
});
afterEach(async () => {
  await services.close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => removeTestImages());

function done<T>(outcome: Outcome<T>): T {
  if (outcome.status !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

describe.skipIf(await skipUnless('engine', 'busybox-arm64', 'emulation-arm64'))('the services, with a real engine', () => {
  it('turn a dropped Dockerfile into an .spx that runs, and the folder replays it', async () => {
    services = open('unix:///var/run/docker.sock');
    const ext = path.join(folder, 'My Robot App');
    await withBusybox(ext, 'linux/arm64');
    put(ext, {
      Dockerfile: 'FROM scratch\nARG BOSDYN_CLIENT_PASSWORD\nCOPY busybox /bin/busybox\nEXPOSE 21005\nENTRYPOINT ["/bin/busybox"]\nCMD ["uname", "-m"]\n',
    });
    const source = path.join(ext, 'Dockerfile');
    const { draft } = await services.inspectSource(source);
    const tag = `${TAG_PREFIX}/dropped:0.1.0`;
    draft.images[0] = { ...draft.images[0]!, tag, args: { BOSDYN_CLIENT_PASSWORD: 'hunter2' } };
    draft.services[0]!.image = tag;
    draft.extension.description = 'Says "hello" \\ to Ü';
    expect(draft.services[0]!.ports).toEqual([{ host: '21005', container: '21005', protocol: 'tcp' }]);
    const plan = await services.planDraft(source, draft);
    expect(plan.changes.map((change) => [change.path, change.kind])).toEqual([
      ['manifest.json', 'create'],
      ['docker-compose.yml', 'create'],
      ['gangway.yaml', 'create'],
    ]);
    expect(plan.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
    expect(listing(ext)).toEqual(['Dockerfile', 'busybox']);

    const result = done(await services.packageDraft({ path: source, draft }, context()));
    expect(result.path).toBe(path.join(ext, 'my-robot-app.spx'));
    expect(result.findings.map((finding) => finding.id)).toContain('build-arg-secret');
    const out = path.join(folder, 'out');
    mkdirSync(out);
    execFileSync('tar', ['xzfm', result.path, '-C', out]);
    docker('image', 'rm', '--force', tag);
    docker('load', '--input', path.join(out, draft.imageArchive));
    expect(docker('run', '--rm', tag).trim()).toBe('aarch64');
    expect(docker('image', 'history', '--no-trunc', tag)).toBeTruthy();
    for (const name of ['manifest.json', 'docker-compose.yml', 'gangway.yaml']) expect(readFileSync(path.join(ext, name), 'utf8')).not.toContain('hunter2');

    const replayed = done(await services.packageFolder({ folder: ext }, context()));
    expect(replayed.path).toBe(result.path);
    const report = done(await services.inspectFile({ path: result.path }, context()));
    expect(report).toMatchObject({
      kind: 'spx',
      report: {
        archives: [{ report: { images: [{ tags: [tag], architecture: 'arm64' }] } }],
        entries: [{ kind: 'manifest' }, { kind: 'compose' }, { kind: 'image-archive' }],
      },
    });
    expect(report.kind === 'spx' && report.report.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  });

  it('fold a failed build into an outcome with the step, and a cancelled one into its own', async () => {
    services = open('unix:///var/run/docker.sock');
    const ext = path.join(folder, 'ext');
    await withBusybox(ext, 'linux/arm64');
    put(ext, {
      Dockerfile: 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "false"]\n',
      'docker-compose.yml': `services:\n  a:\n    image: ${TAG_PREFIX}/fails:1\n`,
      'manifest.json': '{"version":"1.0.0","extension_name":"a","images":["a.tgz"]}',
    });
    expect(await services.packageFolder({ folder: ext }, context())).toMatchObject({
      status: 'failed',
      error: { code: 'BUILD_STEP_FAILED', location: { line: 3 } },
    });
    const controller = new AbortController();
    controller.abort();
    expect(await services.packageFolder({ folder: ext }, { signal: controller.signal, report: () => undefined })).toEqual({ status: 'cancelled' });
  });
});

describe.skipIf(await skipUnless('busybox-arm64'))('the services, without an engine', () => {
  it('turn a dropped saved image into an .spx in a folder of its own', async () => {
    services = open(DEAD);
    const archive = path.join(folder, 'Camera.tgz');
    copyFileSync(await sampleArchive({ platform: 'linux/arm64', tag: `${TAG_PREFIX}/camera:1` }), archive);
    const report = await services.inspectSource(archive);
    expect(report.kind).toBe('image-archive');
    const result = done(await services.packageDraft({ path: archive, draft: report.draft }, context()));
    expect(result.path).toBe(path.join(folder, 'camera', 'camera.spx'));
    expect(listing(path.join(folder, 'camera'))).toEqual(['camera.spx', 'docker-compose.yml', 'gangway.yaml', 'manifest.json']);
    const inspected = await services.inspectSource(result.path);
    expect(inspected).toMatchObject({ kind: 'spx', package: { manifest: { extension_name: 'camera' } } });
    expect(inspected.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
    expect(await services.engineStatus({ fresh: true })).toMatchObject({ state: 'unavailable', code: 'ENGINE_UNREACHABLE' });
    const again = await services.inspectSource(archive);
    expect(done(await services.packageDraft({ path: archive, draft: again.draft }, context())).digest).toBe(result.digest);
  });

  it('write manifest and compose file for a saved image, once, with the tag that is inside', async () => {
    services = open(DEAD);
    copyFileSync(await sampleArchive({ platform: 'linux/arm64', tag: `${TAG_PREFIX}/camera:1` }), path.join(folder, 'foo.tar.gz'));
    const request = { image: 'foo.tar.gz', description: 'Says "hi" \\ there', cwd: folder };
    const { files } = await services.generateExtensionData(request);
    expect(files.map((file) => path.basename(file))).toEqual(['manifest.json', 'docker-compose.yml']);
    expect(JSON.parse(readFileSync(files[0]!, 'utf8'))).toMatchObject({ description: 'Says "hi" \\ there', images: ['foo.tar.gz'] });
    expect(readFileSync(files[1]!, 'utf8')).toContain(`image: ${TAG_PREFIX}/camera:1`);
    await expect(services.generateExtensionData(request)).resolves.toEqual({ files });
    await expect(services.generateExtensionData({ ...request, description: 'other' })).rejects.toMatchObject({ wire: { code: 'OUTPUT_NOT_WRITABLE' } });
    expect(readFileSync(files[0]!, 'utf8')).toContain('Says');
    expect(done(await services.packageFolder({ folder }, context())).path).toBe(path.join(folder, 'foo.spx'));
  });

  it.skipIf(process.getuid?.() !== 0)("say that the output's disk is full, leave nothing there, and give results to the person behind sudo", async () => {
    services = open(DEAD, { SUDO_UID: '1234', SUDO_GID: '1234' });
    const archive = path.join(folder, 'camera.tgz');
    copyFileSync(await sampleArchive({ platform: 'linux/arm64', tag: `${TAG_PREFIX}/camera:1` }), archive);
    const { draft } = await services.inspectSource(archive);
    const small = path.join(folder, 'camera', 'small');
    mkdirSync(small, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'gangway-test', small]);
    try {
      const root = path.join(folder, 'camera-extension');
      expect(await services.packageDraft({ path: archive, draft: { ...draft, output: '../camera/small/camera.spx' } }, context())).toMatchObject({
        status: 'failed',
        error: { code: 'DISK_FULL' },
      });
      expect(listing(small)).toEqual([]);
      expect(statSync(path.join(root, 'manifest.json')).uid).toBe(1234);
      expect(statSync(root).uid).toBe(1234);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});
