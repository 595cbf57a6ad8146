import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildFolder, packageFolder } from '../../../electron/services/extension/package-folder.ts';
import type { PackageRequest } from '../../../electron/services/ports/requests.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { busybox, sampleArchive } from '../../devlab/sample-image.ts';
import { docker, engineState, listing, plainExtension, put, realDeps, recorder, removeTestImages, TAG_PREFIX, withBusybox } from './tools.ts';

const never = new AbortController().signal;
const DEAD = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
let folder: string;
let ext: string;
let deps: ReturnType<typeof realDeps>;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-pack-'));
  ext = path.join(folder, 'ext');
  mkdirSync(ext);
  deps = realDeps(folder);
});
afterEach(async () => {
  await deps.close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => removeTestImages());

const pack = (request: Partial<PackageRequest> = {}, env?: Record<string, string>): Promise<PackageResult> =>
  packageFolder(env ? realDeps(folder, env) : deps, { folder: ext, ...request }, { signal: never, report: () => undefined });
const members = (spx: string): string[] => execFileSync('tar', ['tzf', spx], { encoding: 'utf8' }).trim().split('\n');
function unpack(spx: string): string {
  const out = mkdtempSync(path.join(folder, 'out-'));
  execFileSync('tar', ['xzfm', spx, '-C', out]);
  return out;
}
function runs(archive: string, tag: string): string {
  docker('image', 'rm', '--force', tag);
  expect(docker('load', '--input', archive)).toContain(tag);
  return docker('run', '--rm', tag).trim();
}

describe.skipIf(await skipUnless('engine', 'busybox-arm64', 'emulation-arm64'))('packing a folder with a real engine', () => {
  it('makes an .spx from the plain layout whose image loads and runs as aarch64', async () => {
    const tag = `${TAG_PREFIX}/plain:1.0`;
    await withBusybox(ext, 'linux/arm64');
    plainExtension(ext, tag);
    const { events, report } = recorder();
    const result = await packageFolder(deps, { folder: ext }, { signal: never, report });
    expect(result.path).toBe(path.join(ext, 'hello.spx'));
    expect(members(result.path)).toEqual(['manifest.json', 'docker-compose.yml', 'hello.tgz']);
    const out = unpack(result.path);
    expect(readFileSync(path.join(out, 'manifest.json'), 'utf8')).toBe(readFileSync(path.join(ext, 'manifest.json'), 'utf8'));
    expect(runs(path.join(out, 'hello.tgz'), tag)).toBe('aarch64');
    expect(result.images).toMatchObject([{ tags: [tag], platform: 'linux/arm64' }]);
    expect(result.size).toBe(statSync(result.path).size);
    const phases = events.flatMap((event) => (event.type === 'phase' ? [`${event.phase} ${event.state}`] : []));
    expect(phases.filter((phase) => phase.endsWith('started')).sort()).toEqual(
      ['build', 'check', 'context', 'layers', 'pack', 'preflight', 'verify'].map((phase) => `${phase} started`),
    );
    expect(listing(path.join(folder, 'ext'))).toEqual(['Dockerfile', 'busybox', 'docker-compose.yml', 'hello.spx', 'manifest.json']);
  });

  it('gives the same bytes from the same input, in another folder, at another time, from an empty store', async () => {
    const tag = `${TAG_PREFIX}/same:1.0`;
    await withBusybox(ext, 'linux/arm64');
    plainExtension(ext, tag);
    const one = await pack();
    const again = await pack();
    const other = path.join(folder, 'other', 'ext');
    await withBusybox(other, 'linux/arm64');
    plainExtension(other, tag);
    utimesSync(path.join(other, 'manifest.json'), 1, 1);
    rmSync(path.join(folder, 'store'), { recursive: true });
    const two = await packageFolder(realDeps(path.join(folder, 'other')), { folder: other }, { signal: never, report: () => undefined });
    expect([again.digest, two.digest]).toEqual([one.digest, one.digest]);
  });

  it('follows a recipe: two images, one archive, extra files, an output elsewhere', async () => {
    const tags = [`${TAG_PREFIX}/front:2`, `${TAG_PREFIX}/back:2`];
    for (const name of ['front', 'back']) {
      await withBusybox(path.join(ext, name), 'linux/arm64');
      put(ext, {
        [`${name}/Dockerfile`]: `FROM scratch\nARG GREETING=none\nCOPY busybox /bin/busybox\nENV NAME=${name} GREETING=$GREETING\nENTRYPOINT ["/bin/busybox", "env"]\n`,
      });
    }
    put(ext, {
      'gangway.yaml': `recipe: 1\ntarget: spot-core-io\nimages:\n  - tag: ${tags[0]}\n    dockerfile: front/Dockerfile\n    args:\n      GREETING: hello there\n  - tag: ${tags[1]}\n    dockerfile: back/Dockerfile\npackage_dir: package\nfiles:\n  - models\noutput: dist/two.spx\n`,
      'package/manifest.json': JSON.stringify({ extension_name: 'two', description: 'Two', version: '1.0.0', images: ['two.tgz'] }),
      'package/docker-compose.yml': `services:\n  front:\n    image: ${tags[0]}\n    env_file: settings.env\n  back:\n    image: ${tags[1]}\n`,
      'package/settings.env': 'A=1\n',
      'package/models/a b "c".bin': 'weights',
      'package/models/ü.txt': 'x',
    });
    const result = await pack();
    expect(result.path).toBe(path.join(ext, 'dist/two.spx'));
    const out = unpack(result.path);
    expect(listing(out)).toEqual(['docker-compose.yml', 'manifest.json', 'models', 'models/a b "c".bin', 'models/ü.txt', 'settings.env', 'two.tgz']);
    expect(runs(path.join(out, 'two.tgz'), tags[0]!)).toContain('GREETING=hello there');
    expect(docker('run', '--rm', tags[1]!)).toContain('NAME=back');
  });

  it('fills several archives, each with the image of its name', async () => {
    const tags = [`${TAG_PREFIX}/camera:1`, `${TAG_PREFIX}/battery:1`];
    for (const name of ['camera', 'battery']) {
      await withBusybox(path.join(ext, name), 'linux/arm64');
      put(ext, { [`${name}/Dockerfile`]: `FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT ["/bin/busybox", "echo", "${name}"]\n` });
    }
    put(ext, {
      'manifest.json': JSON.stringify({ extension_name: 'multi', description: 'M', version: '1.0.0', images: ['camera.tgz', 'battery.tgz'] }),
      'docker-compose.yml': `services:\n  camera:\n    image: ${tags[0]}\n  battery:\n    image: ${tags[1]}\n`,
    });
    const out = unpack((await pack()).path);
    expect(runs(path.join(out, 'camera.tgz'), tags[0]!)).toBe('camera');
    expect(runs(path.join(out, 'battery.tgz'), tags[1]!)).toBe('battery');
  });

  it('names the wrong program with its image, layer and instruction, and writes nothing', async () => {
    await withBusybox(ext, 'linux/arm64');
    copyFileSync(await busybox('linux/amd64'), path.join(ext, 'sensor'));
    plainExtension(ext, `${TAG_PREFIX}/wrong:1`, {
      dockerfile: 'FROM scratch\nCOPY busybox /bin/busybox\nCOPY --chmod=755 sensor /opt/sensor\nENTRYPOINT ["/bin/busybox"]\n',
    });
    const before = listing(ext);
    await expect(pack()).rejects.toMatchObject({
      wire: {
        code: 'WRONG_ARCHITECTURE',
        data: { path: '/opt/sensor', image: `${TAG_PREFIX}/wrong:1`, instruction: expect.stringContaining('sensor'), layer: expect.stringMatching(/^sha256:/) },
      },
    });
    expect(listing(ext)).toEqual(before);
  });

  it('warns of a secret in a build argument, and of two tags that are one image', async () => {
    await withBusybox(ext, 'linux/arm64');
    const tags = [`${TAG_PREFIX}/twin-a:1`, `${TAG_PREFIX}/twin-b:1`];
    plainExtension(ext, tags[0]!, { dockerfile: 'FROM scratch\nARG BOSDYN_CLIENT_PASSWORD\nCOPY busybox /bin/busybox\n' });
    put(ext, { 'gangway.yaml': `recipe: 1\nimages:\n${tags.map((tag) => `  - tag: ${tag}\n    dockerfile: Dockerfile\n`).join('')}` });
    const { findings } = await pack({ args: { BOSDYN_CLIENT_PASSWORD: 'hunter2' } });
    expect(findings.map((finding) => finding.id)).toEqual(expect.arrayContaining(['build-arg-secret', 'build-same-image']));
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });

  it('only builds when asked to', async () => {
    await withBusybox(ext, 'linux/arm64');
    plainExtension(ext, `${TAG_PREFIX}/build:1`);
    const { images } = await buildFolder(deps, { folder: ext, target: 'raspberry-pi-64' }, { signal: never, report: () => undefined });
    expect(images).toMatchObject([{ tags: [`${TAG_PREFIX}/build:1`], platform: 'linux/arm64' }]);
    expect(listing(ext)).toEqual(['Dockerfile', 'busybox', 'docker-compose.yml', 'manifest.json']);
  });

  it.each([
    ['build', 'RUN ["/bin/busybox", "sleep", "60"]'],
    ['layers', 'RUN ["/bin/busybox", "dd", "if=/dev/urandom", "of=/noise", "bs=1M", "count=120"]'],
  ])('leaves nothing when it is cancelled in the %s phase', async (phase, run) => {
    await withBusybox(ext, 'linux/arm64');
    plainExtension(ext, `${TAG_PREFIX}/cancel-${phase}:${process.pid}`, {
      dockerfile: `FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "echo", "${process.pid}"]\n${run}\n`,
    });
    const before = { files: listing(ext), engine: engineState() };
    const controller = new AbortController();
    let aborted = 0;
    const job = packageFolder(
      deps,
      { folder: ext },
      {
        signal: controller.signal,
        report: (event) => {
          const step = phase === 'build' && event.type === 'step' && event.step.state === 'running' && event.step.name.includes('sleep');
          const layers = phase === 'layers' && event.type === 'phase' && event.phase === 'layers' && event.state === 'started';
          if (step || layers)
            setTimeout(
              () => {
                aborted = performance.now();
                controller.abort();
              },
              phase === 'layers' ? 100 : 500,
            );
        },
      },
    );
    await expect(job).rejects.toThrow();
    expect(aborted).toBeGreaterThan(0);
    expect(performance.now() - aborted).toBeLessThan(2000);
    expect(listing(ext)).toEqual(before.files);
    expect(engineState()).toBe(before.engine);
    // Only what is whole may stay in the store.
    expect(listing(path.join(folder, 'store')).filter((name) => /\.(part|tmp)$/.test(name))).toEqual([]);
  });

  it('lets a tag name its older image again when it is cancelled after the build', async () => {
    await withBusybox(ext, 'linux/arm64');
    const tag = `${TAG_PREFIX}/older:1`;
    plainExtension(ext, tag);
    await buildFolder(deps, { folder: ext }, { signal: never, report: () => undefined });
    const id = docker('image', 'inspect', '--format', '{{.Id}}', tag);
    put(ext, { Dockerfile: 'FROM scratch\nCOPY busybox /bin/busybox\nENV NEWER=1\n' });
    const controller = new AbortController();
    let built = '';
    const report = (event: { type: string; phase?: string }): void => {
      if (event.type !== 'phase' || event.phase !== 'layers') return;
      built = docker('image', 'inspect', '--format', '{{.Id}}', tag);
      controller.abort();
    };
    await expect(packageFolder(deps, { folder: ext }, { signal: controller.signal, report })).rejects.toThrow();
    expect(built).not.toBe(id);
    expect(docker('image', 'inspect', '--format', '{{.Id}}', tag)).toBe(id);
  });

  it('says what it looked for when there is an ambiguity, before anything runs', async () => {
    put(ext, {
      'a/Dockerfile': 'FROM scratch\n',
      'b/Dockerfile': 'FROM scratch\n',
      'manifest.json': JSON.stringify({ extension_name: 'x', description: 'x', version: '1.0.0', images: ['x.tgz'] }),
      'docker-compose.yml': 'services:\n  one:\n    image: first\n  two:\n    image: second\n',
    });
    await expect(pack()).rejects.toMatchObject({ wire: { code: 'IMAGE_AMBIGUOUS' } });
  });
});

describe.skipIf(await skipUnless('busybox-arm64'))('packing without an engine', () => {
  const tag = `${TAG_PREFIX}/saved:1`;
  async function archiveOnly(name = 'saved.tgz'): Promise<void> {
    put(ext, {
      'manifest.json': JSON.stringify({ extension_name: 'saved', description: 'x', version: '1.0.0', images: [name] }),
      'docker-compose.yml': `services:\n  app:\n    image: ${tag}\n`,
    });
    const tar = readFileSync(await sampleArchive({ platform: 'linux/arm64', tag }));
    writeFileSync(path.join(ext, name), tar);
  }

  it('works where everything comes from saved archives', async () => {
    await archiveOnly();
    const result = await pack({}, DEAD);
    expect(members(result.path)).toEqual(['manifest.json', 'docker-compose.yml', 'saved.tgz']);
    expect(result.images).toMatchObject([{ tags: [tag], platform: 'linux/arm64' }]);
    // A plain tar named .tgz comes out compressed: the name tells the truth now.
    expect([...readFileSync(path.join(unpack(result.path), 'saved.tgz')).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
  });

  it('finds an archive by its tag where nothing lists it', async () => {
    await archiveOnly('saved.tgz');
    put(ext, { 'manifest.json': JSON.stringify({ extension_name: 'saved', description: 'x', version: '1.0.0', images: ['bundle.tgz'] }) });
    expect(members((await pack({}, DEAD)).path)).toEqual(['manifest.json', 'docker-compose.yml', 'bundle.tgz']);
  });

  it('says that an engine is missing where one is needed, and what works without', async () => {
    await archiveOnly();
    put(ext, { Dockerfile: 'FROM scratch\n' });
    await expect(pack({}, DEAD)).rejects.toMatchObject({ wire: { code: 'ENGINE_UNREACHABLE' } });
  });

  it('names a saved archive that the recipe wants and that is not there', async () => {
    await archiveOnly();
    put(ext, { 'gangway.yaml': 'recipe: 1\narchives:\n  - ../gone.tgz\n' });
    await expect(pack({}, DEAD)).rejects.toMatchObject({ wire: { code: 'FILE_NOT_FOUND', data: { path: path.join(folder, 'gone.tgz') } } });
  });

  it('refuses an archive for another platform', async () => {
    await archiveOnly();
    await expect(pack({ platform: 'linux/amd64' }, DEAD)).rejects.toMatchObject({ wire: { code: 'WRONG_ARCHITECTURE' } });
  });

  it('tells what is wrong with an archive', async () => {
    await archiveOnly();
    const archive = path.join(ext, 'saved.tgz');
    const whole = readFileSync(archive);
    writeFileSync(archive, whole.subarray(0, 100_000));
    await expect(pack({}, DEAD)).rejects.toMatchObject({ wire: { code: 'ARCHIVE_TRUNCATED' } });
    writeFileSync(archive, 'PK not a tar at all'.repeat(100));
    await expect(pack({}, DEAD)).rejects.toMatchObject({ wire: { code: 'ARCHIVE_INVALID' } });
    execFileSync('tar', ['cf', archive, '-C', '/', 'etc/passwd', 'etc/hostname', 'bin', 'usr/bin/env'], { stdio: 'ignore' });
    await expect(pack({}, DEAD)).rejects.toMatchObject({ wire: { code: 'ARCHIVE_IS_ROOTFS' } });
    execFileSync('python3', [
      '-c',
      'import tarfile,io,sys\nt=tarfile.open(sys.argv[1],"w")\ni=tarfile.TarInfo("../evil")\ni.size=1\nt.addfile(i,io.BytesIO(b"x"))',
      archive,
    ]);
    await expect(pack({}, DEAD)).rejects.toMatchObject({ wire: { code: 'ARCHIVE_ENTRY_UNSAFE' } });
  });

  it.each<[string, string, string, object]>([
    ['manifest.json', '{\n  "version": 1.0,,\n}', 'MANIFEST_INVALID', { line: 2 }],
    ['docker-compose.yml', 'services:\n  app:\n   image: x\n  - y\n', 'COMPOSE_INVALID', { line: 4 }],
    ['gangway.yaml', 'recipe: 1\noutptu: x.spx\n', 'RECIPE_INVALID', { line: 2, column: 1 }],
  ])('shows the place of an error in %s', async (name, text, code, location) => {
    await archiveOnly();
    put(ext, { [name]: text });
    await expect(pack({}, DEAD)).rejects.toMatchObject({ wire: { code, location: { file: name, ...location } } });
  });

  it('refuses an empty folder, a missing one, and the file system itself', async () => {
    await expect(pack({}, DEAD)).rejects.toMatchObject({ wire: { code: 'FOLDER_EMPTY' } });
    await expect(pack({ folder: path.join(folder, 'none') }, DEAD)).rejects.toMatchObject({ wire: { code: 'FILE_NOT_FOUND' } });
    await expect(pack({ folder: '/' }, DEAD)).rejects.toMatchObject({ wire: { code: 'CONTEXT_TOO_WIDE' } });
  });

  it('tells someone with a saved image alone how it becomes an extension', async () => {
    await archiveOnly();
    rmSync(path.join(ext, 'manifest.json'));
    await expect(pack({}, DEAD)).rejects.toMatchObject({
      wire: {
        code: 'CHECK_FAILED',
        message: expect.stringContaining('no manifest.json'),
        hint: expect.stringContaining('generate-extension-data --image saved.tgz'),
      },
    });
  });

  it('packs names with spaces, quotes and unicode, and refuses one with a newline', async () => {
    await archiveOnly();
    const names = ['with space.txt', 'quote"\'.txt', 'ünï-日本.txt'];
    put(ext, Object.fromEntries(names.map((name) => [name, name])));
    const out = unpack((await pack({ all: true }, DEAD)).path);
    for (const name of names) expect(readFileSync(path.join(out, name), 'utf8')).toBe(name);
    put(ext, { 'new\nline.txt': 'x' });
    await expect(pack({ all: true }, DEAD)).rejects.toMatchObject({
      wire: { code: 'CHECK_FAILED', data: { findings: expect.arrayContaining([expect.objectContaining({ id: 'member-name-unsafe' })]) } },
    });
  });

  it('never reaches out of the folder by a link, and leaves out what is no file', async () => {
    await archiveOnly();
    symlinkSync('/etc/passwd', path.join(ext, 'passwd'));
    symlinkSync('/etc', path.join(ext, 'etc'));
    execFileSync('mkfifo', [path.join(ext, 'pipe')]);
    const { entries, findings } = await pack({ all: true }, DEAD);
    expect(entries.map((entry) => entry.name)).toEqual(['manifest.json', 'docker-compose.yml', 'saved.tgz']);
    expect(
      findings
        .filter((finding) => finding.id === 'member-special')
        .map((finding) => finding.file)
        .sort(),
    ).toEqual(['etc', 'passwd', 'pipe']);
  });

  it('never packs its own result, and replaces it only at the end', async () => {
    await archiveOnly();
    const first = await pack({ all: true }, DEAD);
    const second = await pack({ all: true }, DEAD);
    expect(second.digest).toBe(first.digest);
    await expect(pack({ output: path.join(ext, 'docker-compose.yml') }, DEAD)).rejects.toMatchObject({ wire: { code: 'OUTPUT_NOT_WRITABLE' } });
    expect(readFileSync(path.join(ext, 'docker-compose.yml'), 'utf8')).toContain('services');
  });
});
