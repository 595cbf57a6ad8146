import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { debianPackage, labCache } from './debian-pool.ts';
import { run } from './run.ts';

export type SamplePlatform = 'linux/arm64' | 'linux/arm/v7' | 'linux/arm/v6' | 'linux/amd64';

const ARCHITECTURES: Record<SamplePlatform, string> = { 'linux/arm64': 'arm64', 'linux/arm/v7': 'armhf', 'linux/arm/v6': 'armel', 'linux/amd64': 'amd64' };
const APPLETS = [
  'sh',
  'ls',
  'cat',
  'cp',
  'mv',
  'rm',
  'mkdir',
  'echo',
  'sleep',
  'true',
  'false',
  'uname',
  'env',
  'id',
  'dd',
  'head',
  'tail',
  'sed',
  'grep',
  'find',
  'chmod',
  'ln',
  'date',
  'sha256sum',
  'wc',
  'touch',
  'sync',
  'tr',
  'seq',
  'test',
  'stat',
  'tar',
];

/** A statically linked busybox of this platform, from Debian's package (cached). Absolute path. */
export async function busybox(platform: SamplePlatform): Promise<string> {
  const files = await debianPackage({ suite: 'bookworm', architecture: ARCHITECTURES[platform], name: 'busybox-static' });
  const found = [path.join(files, 'bin/busybox'), path.join(files, 'usr/bin/busybox')].find((file) => existsSync(file));
  if (!found) throw new Error('busybox-static holds no busybox');
  return found;
}

/**
 * A docker-archive (plain tar, about 2 MB, same bytes each time) of a busybox image for this platform, named `tag`. Its
 * architecture and variant are those of the platform.
 */
export async function sampleArchive(options: { platform: SamplePlatform; tag: string }): Promise<string> {
  const { platform, tag } = options;
  const key = createHash('sha256').update(`2 ${platform} ${tag}`).digest('hex').slice(0, 16);
  const file = path.join(labCache(), 'archives', `${key}.tar`);
  if (existsSync(file)) return file;
  const dir = await mkdtemp(path.join(tmpdir(), 'gangway-sample-'));
  try {
    const root = path.join(dir, 'root');
    for (const folder of ['bin', 'etc', 'tmp', 'root']) await mkdir(path.join(root, folder), { recursive: true });
    await copyFile(await busybox(platform), path.join(root, 'bin/busybox'));
    await chmod(path.join(root, 'bin/busybox'), 0o755);
    await chmod(path.join(root, 'tmp'), 0o1777);
    for (const applet of APPLETS) await symlink('busybox', path.join(root, 'bin', applet));
    await writeFile(path.join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    const image = path.join(dir, 'image');
    await mkdir(image);
    const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar'];
    await run('tar', [...same, '-cf', path.join(image, 'layer.tar'), '-C', root, '.']);
    const diffId = createHash('sha256')
      .update(await readFile(path.join(image, 'layer.tar')))
      .digest('hex');
    const [os, architecture, variant] = platform.split('/');
    const config = JSON.stringify({
      architecture,
      os,
      ...(variant ? { variant } : {}),
      created: '1970-01-01T00:00:00Z',
      config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'busybox-static' }],
    });
    const name = `${createHash('sha256').update(config).digest('hex')}.json`;
    await writeFile(path.join(image, name), config);
    await writeFile(path.join(image, 'manifest.json'), JSON.stringify([{ Config: name, RepoTags: [tag], Layers: ['layer.tar'] }]));
    await mkdir(path.dirname(file), { recursive: true });
    const part = `${file}.${process.pid}.part`;
    await run('tar', [...same, '-cf', part, '-C', image, '.']);
    await rename(part, file);
    return file;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Loads the sample into an engine, under this tag, by the docker command line. The test removes the tag. */
export async function sampleImage(options: { platform: SamplePlatform; tag: string; env: { DOCKER_HOST: string } }): Promise<void> {
  const file = await sampleArchive(options);
  await run('docker', ['load', '--input', file], { env: { ...process.env, ...options.env } });
}
