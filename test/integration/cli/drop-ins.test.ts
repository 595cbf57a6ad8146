import { readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, run } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

describe('gangway build-extension', () => {
  it('does what build_extension.py does with the same words', async () => {
    const { folder, tag } = await lab.sample('sdk');
    const words = [
      'build-extension',
      '--dockerfile-paths',
      'sdk/Dockerfile',
      '--build-image-tags',
      tag,
      '--image-archive',
      'hello-spot.tgz',
      '--package-dir',
      folder,
      '--spx',
      'sdk.spx',
    ];
    const ended = await lab.gangway(words, { env: { SOURCE_DATE_EPOCH: '1700000000' } });
    expect(ended).toMatchObject({ code: 0, stdout: `${lab.path('sdk.spx')}\n` });
    const { stdout: names } = await run('tar', ['-tzf', lab.path('sdk.spx')]);
    expect(names.trim().split('\n')).toEqual(['manifest.json', 'hello-spot.tgz', 'docker-compose.yml', 'icon.png']);
    const { stdout: manifest } = await run('tar', ['-xzOf', lab.path('sdk.spx'), 'manifest.json']);
    expect(JSON.parse(manifest)).toMatchObject({ extension_name: 'hello-spot', installation_target: 'spot', date: expect.stringContaining('2023-11-14') });
    expect(await readdir(lab.folder)).toContain('hello-spot.tgz');
  });

  it('takes short and shortened options, and fails on an icon that is asked for and not there', async () => {
    const { folder, tag } = await lab.sample('short');
    const ended = await lab.gangway([
      'build-extension',
      '-f',
      path.join(folder, 'Dockerfile'),
      '-t',
      tag,
      '-i',
      'hello-spot.tgz',
      '-m',
      folder,
      '--sp=short.spx',
      '--ic',
      'gone.png',
      '--json',
    ]);
    expect(ended.code).toBe(1);
    expect(ended.lines().at(-1)).toMatchObject({ type: 'error', code: 'FILE_NOT_FOUND', message: expect.stringContaining('gone.png') });
  });

  it('refuses unequal lists and missing options with exit code 2', async () => {
    expect(await lab.gangway(['build-extension', '-f', 'a', 'b', '-t', 'a', '-i', 'x.tgz', '-m', '.', '--spx', 'x.spx'])).toMatchObject({
      code: 2,
      stdout: '',
    });
    expect(await lab.gangway(['build-extension', '-f', 'a', '-t', 'a'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('required: --image-archive/-i, --package-dir/-m, --spx'),
    });
  });
});

describe('gangway generate-extension-data', () => {
  it('writes a manifest and a compose file that name the archive and its real tag', async () => {
    const { folder, tag } = await lab.sample('generate');
    expect((await lab.gangway(['build', folder])).code).toBe(0);
    const there = lab.path('generated');
    await mkdir(there);
    await run('bash', ['-c', `docker save "${tag}" | gzip > "${path.join(there, 'my.image.tar.gz')}"`]);
    const ended = await lab.gangway(['generate-extension-data', '--image', 'my.image.tar.gz', '-d', 'It says "hello"', '-v', '2.1.0'], { cwd: there });
    expect(ended).toMatchObject({ code: 0, stdout: `${path.join(there, 'manifest.json')}\n${path.join(there, 'docker-compose.yml')}\n` });
    const manifest = JSON.parse(readFileSync(path.join(there, 'manifest.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({ description: 'It says "hello"', version: '2.1.0', images: ['my.image.tar.gz'] });
    expect(readFileSync(path.join(there, 'docker-compose.yml'), 'utf8')).toContain(tag);
    expect(await lab.gangway(['package', there, '-o', lab.path('generated.spx')], { env: { DOCKER_HOST: 'unix:///nonexistent' } })).toMatchObject({ code: 0 });
  });
});
