import { existsSync } from 'node:fs';
import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { debianPackage, labCache } from './debian-pool.ts';
import { PartMissing } from './missing.ts';
import { onPath, run } from './run.ts';

export type EngineVersion = '20.10' | '26.1';

/** Folders to put before PATH so that `dockerd` is this version and finds its own containerd. Empty: the system's own. */
export async function engineRelease(version: EngineVersion): Promise<string[]> {
  const part = `Docker ${version}`;
  if (!onPath('dockerd')) throw new PartMissing(part, 'no dockerd on this system (package docker.io)');
  const installed = await run(existsSync('/usr/sbin/dockerd') ? '/usr/sbin/dockerd' : 'dockerd', ['--version']);
  if (installed.includes(` ${version}.`)) return [];
  // Debian 13 has 26.1; Debian 12's own runc serves it.
  if (version !== '26.1') throw new PartMissing(part, `this system has ${installed.trim()}`);
  const [engine, containerd] = await Promise.all(['docker.io', 'containerd'].map((name) => debianPackage({ suite: 'trixie', architecture: 'amd64', name })));
  return [path.join(engine!, 'usr/sbin'), path.join(engine!, 'usr/bin'), path.join(containerd!, 'usr/bin')];
}

/**
 * A folder for DOCKER_CONFIG whose cli-plugins are buildx 0.13 and Compose 2.26. Shared between runs: copy it before
 * writing a config.json beside them.
 */
export async function cliPlugins(): Promise<string> {
  const folder = path.join(labCache(), 'docker-config');
  await mkdir(path.join(folder, 'cli-plugins'), { recursive: true });
  for (const name of ['docker-buildx', 'docker-compose']) {
    const files = await debianPackage({ suite: 'trixie', architecture: 'amd64', name });
    const target = ['usr/libexec/docker/cli-plugins', 'usr/lib/docker/cli-plugins']
      .map((part) => path.join(files, part, name))
      .find((file) => existsSync(file));
    if (!target) throw new PartMissing(name, 'its package holds no plugin where one is expected');
    const link = path.join(folder, 'cli-plugins', name);
    if ((await readlink(link).catch(() => '')) === target) continue;
    await rm(link, { force: true });
    await symlink(target, link).catch(() => undefined);
  }
  return folder;
}
