import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../../shared/checks/run-checks.ts';
import { parseDockerfile } from '../../../shared/docker/dockerfile.ts';
import { parseCompose } from '../../../shared/extension/compose.ts';
import { parseManifest } from '../../../shared/extension/manifest.ts';

const resources = fileURLToPath(new URL('../../../resources', import.meta.url));
const folders = ['samples', 'starters'].flatMap((kind) => readdirSync(path.join(resources, kind)).map((name) => `${kind}/${name}`));
const read = (folder: string, file: string): string => readFileSync(path.join(resources, folder, file), 'utf8');
const python = spawnSync('python3', ['--version']).status === 0;

it('there is the sample and a starter for each kind of extension', () => {
  expect(folders.sort()).toEqual(['samples/hello-spot', 'starters/gpu', 'starters/grpc-image-service', 'starters/python-service', 'starters/ros2-node']);
});

describe.each(folders)('%s', (folder) => {
  const manifest = parseManifest(read(folder, 'manifest.json'), 'manifest.json');
  const compose = parseCompose(read(folder, 'docker-compose.yml'), 'docker-compose.yml');
  const dockerfile = parseDockerfile(read(folder, 'Dockerfile'), { platform: 'linux/arm64' });

  it('passes every check for Spot CORE I/O, without so much as a warning', () => {
    const archives = (manifest.manifest?.images ?? []).map((name) => ({
      name,
      tags: [...new Set(compose.model!.services.map((service) => service.image!.text))],
    }));
    expect(runChecks({ target: 'spot-core-io', manifest, compose, archives })).toEqual([]);
  });

  it('limits its memory, and listens only where the robot lets in', () => {
    for (const service of compose.model!.services) {
      expect(service.memoryLimit?.text ?? '').toMatch(/^\d+[mg]$/);
      for (const port of service.ports) expect(Number(port.host)).toSatisfy((number: number) => number >= 21000 && number <= 22000 && number !== 21443);
    }
  });

  it('has a Dockerfile that parses and copies only what is there and not ignored', () => {
    expect(dockerfile.errors).toEqual([]);
    expect(dockerfile.crlf).toBe(false);
    const sources = dockerfile.copies.filter((copy) => copy.from === undefined).flatMap((copy) => copy.sources);
    expect(sources.length).toBeGreaterThan(0);
    const kept = read(folder, '.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    for (const source of sources) {
      expect(kept).toContain(source.split('/')[0]);
      // The sample's programs are made by the build of Gangway itself.
      if (!source.startsWith('bin/')) expect(existsSync(path.join(resources, folder, source))).toBe(true);
    }
  });

  it('has the icon that its manifest names: a square PNG that decodes', () => {
    const icon = readFileSync(path.join(resources, folder, manifest.manifest!.icon!));
    expect(icon.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    const [width, height] = [icon.readUInt32BE(16), icon.readUInt32BE(20)];
    expect([width, height]).toEqual([256, 256]);
    const data = icon.indexOf('IDAT');
    expect(inflateSync(icon.subarray(data + 4, data + 4 + icon.readUInt32BE(data - 4))).length).toBe(height * (width * 4 + 1));
  });

  it('says in its README how it is packed, with the file name that comes out', () => {
    const readme = read(folder, 'README.md');
    expect(readme).toContain('gangway package ');
    expect(read('..', 'docs/starters.md') + readme).toContain(manifest.manifest!.extension_name);
  });

  it('holds no Windows line ends, no tabs and no trailing spaces', () => {
    for (const file of filesOf(folder).filter((name) => !name.endsWith('.png') && !name.startsWith('bin/')))
      expect(read(folder, file), file).not.toMatch(/\r|\t| $/m);
  });

  it.skipIf(!python)('has Python sources that compile', () => {
    for (const file of filesOf(folder).filter((name) => name.endsWith('.py'))) {
      const { stderr, status } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: read(folder, file), encoding: 'utf8' });
      expect({ file, stderr, status }).toEqual({ file, stderr: '', status: 0 });
    }
  });
});

it('the ports of the starters differ, so that all can run on one computer', () => {
  const ports = folders.flatMap((folder) =>
    parseCompose(read(folder, 'docker-compose.yml'), 'docker-compose.yml').model!.services.flatMap((service) => service.ports.map((port) => port.host)),
  );
  expect(new Set(ports).size).toBe(ports.length);
});

function filesOf(folder: string): string[] {
  const root = path.join(resources, folder);
  return (readdirSync(root, { recursive: true }) as string[])
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => statSync(path.join(root, name)).isFile());
}
