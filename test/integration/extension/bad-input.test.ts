import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildFolder, packageFolder } from '../../../electron/services/extension/package-folder.ts';
import { createLayerStore } from '../../../electron/services/images/create-layer-store.ts';
import type { PackageRequest } from '../../../electron/services/ports/requests.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import { sampleArchive } from '../../devlab/sample-image.ts';
import { skipUnless } from '../../devlab/skip-unless.ts';
import { listing, plainExtension, put, realDeps, recorder, removeTestImages, TAG_PREFIX, withBusybox } from './tools.ts';

const never = new AbortController().signal;
const DEAD = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
let folder: string;
let ext: string;
let deps: ReturnType<typeof realDeps>;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-bad-'));
  ext = path.join(folder, 'ext');
  mkdirSync(ext);
  deps = realDeps(folder);
});
afterEach(async () => {
  await deps.close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => removeTestImages());

const pack = (request: Partial<PackageRequest> = {}, used: Parameters<typeof packageFolder>[0] = deps): Promise<PackageResult> =>
  packageFolder(used, { folder: ext, ...request }, { signal: never, report: () => undefined });
const dead = (request: Partial<PackageRequest> = {}): Promise<PackageResult> => pack(request, realDeps(folder, DEAD));
/** RepoTags of each entry of an archive inside a package. */
function tagsInside(spx: string, archive: string): string[][] {
  const bytes = execFileSync('tar', ['xzOf', spx, archive], { maxBuffer: 1 << 28 });
  const manifest = JSON.parse(execFileSync('tar', ['xzOf', '-', 'manifest.json'], { input: bytes, encoding: 'utf8' })) as { RepoTags: string[] }[];
  return manifest.map((entry) => entry.RepoTags);
}

describe.skipIf(await skipUnless('busybox-arm64'))('saved archives that are not quite what the compose file says', () => {
  const tag = `${TAG_PREFIX}/saved:1`;
  async function saved(tagInside: string, compose = `services:\n  app:\n    image: ${tag}\n`): Promise<void> {
    put(ext, {
      'manifest.json': JSON.stringify({ extension_name: 'saved', description: 'x', version: '1.0.0', images: ['saved.tgz'] }),
      'docker-compose.yml': compose,
    });
    writeFileSync(path.join(ext, 'saved.tgz'), readFileSync(await sampleArchive({ platform: 'linux/arm64', tag: tagInside })));
  }

  it.each([`localhost/${tag}`, `docker.io/${tag}`, tag])('packs an image saved as %s under the name that the compose file uses', async (inside) => {
    await saved(inside);
    expect(tagsInside((await dead()).path, 'saved.tgz')).toEqual([[tag]]);
  });

  it('says which archive cannot be read, and what is wrong with it, however short it is', async () => {
    await saved(tag);
    writeFileSync(path.join(ext, 'saved.tgz'), 'hello');
    await expect(dead()).rejects.toMatchObject({ wire: { code: 'ARCHIVE_INVALID', message: expect.stringContaining('saved.tgz') } });
    writeFileSync(path.join(ext, 'saved.tgz'), readFileSync(await sampleArchive({ platform: 'linux/arm64', tag })).subarray(0, 300));
    await expect(dead()).rejects.toMatchObject({ wire: { code: expect.stringMatching(/^ARCHIVE_/) } });
  });

  it('writes into a folder under the name of the extension, one that is there and one that ends in a slash', async () => {
    await saved(tag);
    mkdirSync(path.join(folder, 'out'));
    expect((await dead({ output: path.join(folder, 'out') })).path).toBe(path.join(folder, 'out/saved.spx'));
    expect((await dead({ output: `${path.join(folder, 'new/below')}/` })).path).toBe(path.join(folder, 'new/below/saved.spx'));
  });

  it('tells before any work where the result cannot go, and leaves what lies there', async () => {
    await saved(tag);
    writeFileSync(path.join(folder, 'letter.txt'), 'dear');
    const { events, report } = recorder();
    for (const output of [
      path.join(folder, 'letter.txt'),
      path.join(folder, 'letter.txt/x.spx'),
      '/proc/x.spx',
      '/proc/none/x.spx',
      '/dev/null',
      path.join(folder, `${'x'.repeat(300)}.spx`),
    ]) {
      const packing = packageFolder(realDeps(folder, DEAD), { folder: ext, output }, { signal: never, report });
      await expect(packing, output).rejects.toMatchObject({ wire: { code: 'OUTPUT_NOT_WRITABLE' } });
    }
    // Only where /proc takes no file is known when it is tried.
    expect(events.filter((event) => event.type === 'phase' && event.phase === 'layers' && event.state === 'started').length).toBeLessThanOrEqual(2);
    expect(readFileSync(path.join(folder, 'letter.txt'), 'utf8')).toBe('dear');
    expect(listing(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('says how to put the layer store elsewhere where it cannot be written', async () => {
    await saved(tag);
    const store = createLayerStore({ root: '/proc/gangway/layers', maxBytes: 1e9 });
    await expect(pack({}, { ...realDeps(folder, DEAD), store })).rejects.toMatchObject({
      wire: { code: 'OUTPUT_NOT_WRITABLE', hint: expect.stringContaining('GANGWAY_CACHE_DIR') },
    });
  });

  it('says that a link out of the folder is not followed, and takes the archive where the recipe names it', async () => {
    await saved(tag);
    for (const name of ['saved.tgz', 'docker-compose.yml']) {
      renameSync(path.join(ext, name), path.join(folder, name));
      symlinkSync(path.join('..', name), path.join(ext, name));
    }
    await expect(dead()).rejects.toMatchObject({ wire: { code: 'FILE_UNREADABLE', message: expect.stringContaining('saved.tgz is a link') } });
    put(ext, { 'gangway.yaml': 'recipe: 1\narchives:\n  - ../saved.tgz\n' });
    await expect(dead()).rejects.toMatchObject({ wire: { code: 'CHECK_FAILED', message: expect.stringContaining('docker-compose.yml is a link') } });
    rmSync(path.join(ext, 'docker-compose.yml'));
    renameSync(path.join(folder, 'docker-compose.yml'), path.join(ext, 'docker-compose.yml'));
    expect(tagsInside((await dead()).path, 'saved.tgz')).toEqual([[tag]]);
  });

  it('warns of files that are left out although a service binds the whole folder', async () => {
    await saved(tag, `services:\n  app:\n    image: ${tag}\n    volumes:\n      - ./:/all:ro\n`);
    put(ext, { 'model.bin': 'weights' });
    expect((await dead()).findings).toContainEqual(expect.objectContaining({ id: 'file-left-out', file: 'model.bin' }));
    expect((await dead({ all: true })).findings.filter((finding) => finding.id === 'file-left-out')).toEqual([]);
  });

  it('does not ask for an env_file that may be missing', async () => {
    await saved(tag, `services:\n  app:\n    image: ${tag}\n    env_file:\n      - path: local.env\n        required: false\n`);
    expect((await dead()).findings.filter((finding) => finding.id === 'file-missing')).toEqual([]);
  });
});

describe.skipIf(await skipUnless('engine', 'busybox-arm64', 'emulation-arm64'))('building from hostile folders', () => {
  it('never packs an older copy of what it builds, out of an archive that the recipe names', async () => {
    const [own, other] = [`${TAG_PREFIX}/mixed-own:1`, `${TAG_PREFIX}/mixed-other:1`];
    await withBusybox(ext, 'linux/arm64');
    plainExtension(ext, own);
    put(ext, {
      'gangway.yaml': `recipe: 1\nimages:\n  - tag: ${own}\n    dockerfile: Dockerfile\narchives:\n  - old.tar\n  - other.tar\n`,
      'docker-compose.yml': `services:\n  a:\n    image: ${own}\n  b:\n    image: ${other}\n`,
    });
    for (const [name, tag] of [
      ['old', own],
      ['other', other],
    ] as const)
      writeFileSync(path.join(ext, `${name}.tar`), readFileSync(await sampleArchive({ platform: 'linux/arm64', tag })));
    const { path: spx } = await pack();
    expect(tagsInside(spx, 'hello.tgz').flat().sort()).toEqual([other, own].sort());
  });

  it('hides a secret that a step prints, and names places relative to the folder', async () => {
    await withBusybox(ext, 'linux/arm64');
    const tag = `${TAG_PREFIX}/loud:1`;
    plainExtension(ext, tag, {
      dockerfile:
        'FROM scratch\nCOPY busybox /bin/busybox\nRUN --mount=type=secret,id=token ["/bin/busybox", "sh", "-c", "/bin/busybox cat /run/secrets/token; exit 3"]\n',
    });
    writeFileSync(path.join(folder, 'token'), 'hunter2-and-more\n');
    const { events, report } = recorder();
    const request = { folder: ext, noCache: true, secrets: [{ id: 'token', src: path.join(folder, 'token') }] };
    const error = await buildFolder(deps, request, { signal: never, report }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ wire: { code: 'BUILD_STEP_FAILED', location: { file: 'Dockerfile', line: 3 } } });
    expect(JSON.stringify([events, (error as { wire: object }).wire])).not.toContain('hunter2');
    expect(events.some((event) => event.type === 'log' && event.text.includes('***'))).toBe(true);
    // Without it the mount is empty: that is said.
    const again = recorder();
    await buildFolder(deps, { folder: ext }, { signal: never, report: again.report }).catch(() => undefined);
    expect(again.events.flatMap((event) => (event.type === 'finding' ? [event.finding] : []))).toContainEqual(
      expect.objectContaining({ id: 'build-secret-not-given', file: 'Dockerfile', line: 3 }),
    );
  });

  it('takes files of every name, and does not send a sparse file of 10 GB that nothing copies', async () => {
    await withBusybox(ext, 'linux/arm64');
    const names = ['a b', 'q"uote', "q'uote", 'ü', '日本', 'new\nline', '$HOME', '-rf', '*star', '[br'];
    put(ext, Object.fromEntries(names.map((name) => [`files/${name}`, 'x'])));
    writeFileSync(path.join(ext, 'disk.img'), '');
    truncateSync(path.join(ext, 'disk.img'), 10 * 1024 ** 3);
    plainExtension(ext, `${TAG_PREFIX}/names:1`, {
      dockerfile:
        'FROM scratch\nCOPY busybox /bin/busybox\nCOPY files /files\nRUN ["/bin/busybox", "sh", "-c", "/bin/busybox ls -1A /files | /bin/busybox wc -l"]\n',
    });
    const { events, report } = recorder();
    await buildFolder(deps, { folder: ext, noCache: true }, { signal: never, report });
    expect(events.flatMap((event) => (event.type === 'log' ? [event.text.trim()] : []))).toContain(String(names.length));
  });

  it('says what is wrong with an ignore file, and with a Dockerfile that is a link out of the folder, before anything is built', async () => {
    plainExtension(ext, `${TAG_PREFIX}/never:1`);
    put(ext, { '.dockerignore': 'ok\n[\n' });
    await expect(pack()).rejects.toMatchObject({ wire: { code: 'DOCKERFILE_INVALID', location: { file: '.dockerignore', line: 2 } } });
    rmSync(path.join(ext, '.dockerignore'));
    renameSync(path.join(ext, 'Dockerfile'), path.join(folder, 'Dockerfile'));
    symlinkSync('../Dockerfile', path.join(ext, 'Dockerfile'));
    await expect(pack()).rejects.toMatchObject({ wire: { code: 'FILE_UNREADABLE', message: expect.stringContaining('link') } });
  });
});
