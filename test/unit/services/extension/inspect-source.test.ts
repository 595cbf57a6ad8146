import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectSource } from '../../../../electron/services/extension/inspect-source.ts';
import { kindOfFile } from '../../../../electron/services/extension/inspect-file.ts';
import { writePackage } from '../../../../electron/services/extension/spx-writer.ts';
import { readArchive } from '../../../../electron/services/images/read-archive.ts';
import type { SourceReport } from '../../../../shared/extension/draft.ts';
import { imageArchive } from './image-archive.ts';

const never = new AbortController().signal;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-source-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string | Buffer): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const inspect = (source: string): Promise<SourceReport> => inspectSource({ readArchive, home: '/home/nobody' }, source, never);

describe('a dropped source', () => {
  it('that is a Dockerfile is its folder, with what the Dockerfile says', async () => {
    const file = put(
      'My App/Dockerfile',
      'ARG VERSION=1\nFROM arm64v8/python:3.10-slim AS base\nEXPOSE 21001\nFROM base\nARG BOSDYN_CLIENT_PASSWORD\nCOPY . /app\n',
    );
    put('My App/main.py', 'x'.repeat(1000));
    put('My App/junk.log', 'x'.repeat(5000));
    put('My App/.dockerignore', '*.log\n');
    const report = await inspect(file);
    expect(report).toMatchObject({ kind: 'dockerfile', name: 'Dockerfile', hasManifest: false, hasCompose: false, hasRecipe: false });
    expect(report.dockerfiles).toMatchObject([
      { path: 'Dockerfile', baseImages: ['arm64v8/python:3.10-slim'], stages: ['base'], exposedPorts: [{ port: 21001, protocol: 'tcp' }] },
    ]);
    expect(report.dockerfiles[0]?.args.map(({ name, secretLike }) => [name, secretLike])).toEqual([
      ['VERSION', false],
      ['BOSDYN_CLIENT_PASSWORD', true],
    ]);
    expect(report.context).toMatchObject({ files: 3, ignored: 1, truncated: false, largest: expect.arrayContaining([{ path: 'main.py', bytes: 1000 }]) });
    expect(report.draft).toMatchObject({
      target: 'spot-core-io',
      platform: 'linux/arm64',
      extension: { name: 'my-app', version: '0.1.0' },
      images: [{ dockerfile: 'Dockerfile' }],
    });
  });

  it('is a Dockerfile by its content too', async () => {
    const report = await inspect(put('build.txt', '# syntax=docker/dockerfile:1\nFROM scratch\nCOPY a /\n'));
    expect(report).toMatchObject({ kind: 'dockerfile', dockerfiles: [{ path: 'build.txt' }] });
  });

  it('shows where a Dockerfile does not parse', async () => {
    const report = await inspect(put('Dockerfile', 'FROM scratch\nCOPPY a b\n'));
    expect(report.dockerfiles[0]?.findings).toMatchObject([
      { severity: 'error', file: 'Dockerfile', line: 2, column: 1, message: expect.stringContaining('COPY') },
    ]);
  });

  it('shows what a Dockerfile names and its context has not, its secrets and scripts with Windows line ends', async () => {
    put('app/Dockerfile', 'FROM scratch\nARG TARGETARCH\nARG API_TOKEN\nCOPY gone run.sh secret.log /\n');
    put('app/run.sh', '#!/bin/sh\r\ntrue\r\n');
    put('app/secret.log', '');
    put('app/.dockerignore', '*.log\n');
    const report = await inspect(path.join(folder, 'app/Dockerfile'));
    expect(report.dockerfiles[0]?.args.map(({ name }) => name)).toEqual(['API_TOKEN']);
    expect(report.dockerfiles[0]?.findings.map(({ severity, id, file, line }) => `${severity} ${id} ${file}:${line}`)).toEqual([
      'warning dockerfile-secret-argument Dockerfile:3',
      'error dockerfile-source-missing Dockerfile:4',
      'error dockerfile-source-ignored Dockerfile:4',
      'warning script-line-ends run.sh:1',
    ]);
    expect(report.findings).toEqual([]);
  });

  it('looks for what a Dockerfile copies in the context that the recipe names', async () => {
    put('ext/docker/Dockerfile', 'ARG WHAT=gone\nFROM scratch\nARG WHAT\nCOPY $WHAT /\n');
    put('ext/other/Dockerfile', 'FROM scratch\nCOPY elsewhere /\n');
    put('ext/here', '');
    put('ext/bin/start.sh', '#!/bin/sh\r\n');
    put('ext/gangway.yaml', 'recipe: 1\nimages:\n  - tag: app:1\n    dockerfile: docker/Dockerfile\n    context: .\n    args:\n      WHAT: here\n');
    const report = await inspect(path.join(folder, 'ext'));
    const found = report.dockerfiles.map(({ path: file, findings }) => [file, findings.map(({ id, file: where }) => `${id} ${where}`)]);
    expect(found).toEqual([
      ['docker/Dockerfile', ['script-line-ends bin/start.sh']],
      ['other/Dockerfile', []],
    ]);
  });

  it('says once that a context cannot be read', async () => {
    put('Dockerfile', 'FROM scratch\nCOPY gone /\n');
    put('.dockerignore', '[\n');
    const report = await inspect(folder);
    expect([...report.findings, ...(report.dockerfiles[0]?.findings ?? [])].map(({ id }) => id)).toEqual(['context-unreadable']);
  });

  it('that is an extension folder, or its manifest, is taken as it stands', async () => {
    put('ext/Dockerfile', 'FROM scratch\n');
    put('ext/manifest.json', '{"extension_name":"named","version":"2.0.0","description":"D","images":["named.tgz"],"icon":"icon.png"}');
    put('ext/docker-compose.yml', 'services:\n  one:\n    image: named:2\n');
    for (const source of ['ext', 'ext/manifest.json', 'ext/docker-compose.yml']) {
      const report = await inspect(path.join(folder, source));
      expect(report).toMatchObject({
        kind: 'extension',
        name: 'ext',
        hasManifest: true,
        hasCompose: true,
        draft: { extension: { name: 'named', version: '2.0.0' }, images: [{ tag: 'named:2', dockerfile: 'Dockerfile' }], imageArchive: 'named.tgz' },
      });
    }
  });

  it('with a broken manifest is understood all the same, and the place is shown', async () => {
    put('ext/Dockerfile', 'FROM scratch\n');
    put('ext/manifest.json', '{\n  "version": "1.0.0"\n  "images": []\n}');
    const report = await inspect(path.join(folder, 'ext'));
    expect(report.findings).toMatchObject([{ severity: 'error', file: 'manifest.json', line: 3 }]);
  });

  it('that is a saved image gets a folder beside it, by content whatever its name', async () => {
    const file = put('camera.tgz', await imageArchive({ tag: 'camera:3', architecture: 'arm64' }));
    const report = await inspect(file);
    expect(report).toMatchObject({
      kind: 'image-archive',
      archive: { format: 'docker-archive', images: [{ tags: ['camera:3'], architecture: 'arm64' }] },
      draft: { archives: ['../camera.tgz'], imageArchive: 'camera.tgz', services: [{ image: 'camera:3' }], images: [] },
    });
    mkdirSync(path.join(folder, 'camera'));
    put('camera/other.txt', 'belongs to somebody');
    expect((await inspect(file)).draft.archives).toEqual(['../camera.tgz']);
    expect(await kindOfFile(put('renamed.spx', await imageArchive({ tag: 'x:1', architecture: 'arm64' })), never)).toBe('archive');
  });

  it('that is an .spx is listed, by content whatever its name', async () => {
    const manifest = Buffer.from('{"extension_name":"done","version":"1.0.0","images":["done.tgz"]}');
    const image = await imageArchive({ tag: 'done:1', architecture: 'arm64' });
    const bytes = (name: string, content: Buffer) => ({ name, kind: 'file' as const, executable: false, source: { from: 'bytes' as const, bytes: content } });
    const { path: spx } = await writePackage(
      {
        output: path.join(folder, 'done.bin'),
        owner: null,
        members: [bytes('manifest.json', manifest), bytes('done.tgz', image), bytes('docker-compose.yml', Buffer.from('services:\n  a:\n    image: done:1\n'))],
      },
      { signal: never },
    );
    const report = await inspect(spx);
    expect(report).toMatchObject({ kind: 'spx', hasManifest: true, hasCompose: true, draft: { extension: { name: 'done' } } });
    expect(report.package).toMatchObject({
      entries: [{ kind: 'manifest' }, { name: 'done.tgz', kind: 'image-archive' }, { kind: 'compose' }],
      archives: [{ name: 'done.tgz', report: { images: [{ tags: ['done:1'] }] } }],
    });
  });

  it('that is nothing of these is refused in words', async () => {
    mkdirSync(path.join(folder, 'empty'));
    await expect(inspect(path.join(folder, 'empty'))).rejects.toMatchObject({ wire: { code: 'FOLDER_EMPTY' } });
    put('notes/readme.md', 'hello');
    await expect(inspect(path.join(folder, 'notes'))).rejects.toMatchObject({ wire: { code: 'FOLDER_EMPTY' } });
    await expect(inspect(path.join(folder, 'notes/readme.md'))).rejects.toMatchObject({ wire: { code: 'SOURCE_NOT_UNDERSTOOD' } });
    await expect(inspect('/dev/null')).rejects.toMatchObject({ wire: { code: 'SOURCE_NOT_UNDERSTOOD' } });
    await expect(inspect('/')).rejects.toMatchObject({ wire: { code: 'CONTEXT_TOO_WIDE' } });
    await expect(inspect(path.join(folder, 'none'))).rejects.toMatchObject({ wire: { code: 'FILE_NOT_FOUND' } });
    symlinkSync('/dev/zero', path.join(folder, 'Dockerfile'));
    await expect(inspect(path.join(folder, 'Dockerfile'))).rejects.toMatchObject({ wire: { code: 'SOURCE_NOT_UNDERSTOOD' } });
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
    await expect(inspect(path.join(folder, 'pipe'))).rejects.toMatchObject({ wire: { code: 'SOURCE_NOT_UNDERSTOOD' } });
    const socket = createServer().listen(path.join(folder, 'sock'));
    await new Promise((resolve) => socket.once('listening', resolve));
    await expect(inspect(path.join(folder, 'sock'))).rejects.toMatchObject({ wire: { code: 'SOURCE_NOT_UNDERSTOOD' } });
    socket.close();
  });
});
