import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageInContext } from '../../../../electron/services/extension/package-in-context.ts';
import { parseDockerfile } from '../../../../shared/docker/dockerfile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gangway-context-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function lines(text: string, output = 'bot.spx'): Promise<(number | undefined)[]> {
  const build = {
    context: folder,
    dockerfile: path.join(folder, 'Dockerfile'),
    tags: ['bot:1'],
    platform: 'linux/arm64' as const,
    args: {},
    secrets: [],
    noCache: false,
    pull: false,
  };
  const findings = await packageInContext(path.join(folder, output), [build], () => parseDockerfile(text));
  return findings.map((finding) => finding.line);
}

describe('a package that lies in its own build context', () => {
  it.each(['COPY . /app', 'ADD ./ /app', 'COPY * /app/', 'COPY *.spx /x/', 'COPY / /app', 'COPY bot.spx /x'])('is told at "%s"', async (copy) => {
    expect(await lines(`FROM scratch\n${copy}\n`)).toEqual([2]);
  });

  it.each(['COPY src /app', 'COPY --from=build . /app', 'COPY *.py /app/', 'COPY $SOURCES /app'])('is not told at "%s"', async (copy) => {
    expect(await lines(`FROM scratch AS build\nFROM scratch\n${copy}\n`)).toEqual([]);
  });

  it('is found below a folder that is copied', async () => {
    expect(await lines('FROM scratch\nCOPY dist /x\n', 'dist/bot.spx')).toEqual([2]);
  });

  it('is no matter where .dockerignore leaves it out, or where it is written elsewhere', async () => {
    expect(await lines('FROM scratch\nCOPY . /\n', '../bot.spx')).toEqual([]);
    writeFileSync(path.join(folder, '.dockerignore'), '*.spx\n');
    expect(await lines('FROM scratch\nCOPY . /\n')).toEqual([]);
  });
});
