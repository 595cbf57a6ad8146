import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gangway-bootstrap-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a line of script against a module of scripts/bootstrap in a child of its own. */
function inChild(module: string, script: string, env: NodeJS.ProcessEnv = {}): { status: number | null; stdout: string; stderr: string } {
  const url = pathToFileURL(join(root, 'scripts/bootstrap', module)).href;
  return spawnSync(process.execPath, ['--input-type=module', '-e', `import * as it from ${JSON.stringify(url)};\n${script}`], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

describe.runIf(process.platform === 'linux')('system packages', () => {
  it('says what is missing and why, and prints the line instead of running it when declined', () => {
    const { stdout, stderr } = inChild('system.mjs', `it.PARTS.engine.present = () => false; console.log(JSON.stringify(it.ensureSystem(['engine'])));`, {
      GANGWAY_NO_APT: '1',
    });
    expect(JSON.parse(stdout)).toEqual(['engine']);
    expect(stderr).toContain('engine: builds the images');
    expect(stderr).toMatch(/sudo apt-get install -y --no-install-recommends docker\.io|named docker\.io/);
  });

  it('says nothing when all is there', () => {
    const { stdout, stderr } = inChild(
      'system.mjs',
      `for (const part of Object.values(it.PARTS)) part.present = () => true; console.log(JSON.stringify(it.ensureSystem(Object.keys(it.PARTS))));`,
    );
    expect(stdout.trim()).toBe('[]');
    expect(stderr).toBe('');
  });
});

describe.runIf(process.platform === 'linux')('what a killed engine left', () => {
  const remove = (pid: number, name: string): boolean => {
    const file = join(folder, 'docker.pid');
    writeFileSync(file, String(pid));
    expect(inChild('engine.mjs', `it.removeIfStale(${JSON.stringify(file)}, ${JSON.stringify(name)});`)).toMatchObject({ status: 0, stderr: '' });
    return !existsSync(file);
  };

  it('is removed where the process is gone, or another one has its number', () => {
    expect(remove(2 ** 22 + 1, 'dockerd')).toBe(true);
    expect(remove(process.pid, 'dockerd')).toBe(true);
  });

  it('is kept where the engine runs', () => {
    const own = /\((.*)\)/.exec(readFileSync(`/proc/${process.pid}/stat`, 'utf8'))![1]!;
    expect(remove(process.pid, own)).toBe(false);
  });
});

describe('dependencies', () => {
  it('are stale when the lock file changed after they were installed', () => {
    mkdirSync(join(folder, 'node_modules'));
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(folder, file));
    const fresh = `console.log(it.dependenciesAreFresh(${JSON.stringify(folder)}));`;
    expect(inChild('dependencies.mjs', fresh).stdout.trim()).toBe('false');
    // What ensureDependencies leaves behind, without a whole installation.
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'npm'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const { status, stderr } = inChild('dependencies.mjs', `it.ensureDependencies(${JSON.stringify(folder)});`, { PATH: `${bin}:${process.env.PATH}` });
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('npm ci') });
    expect(inChild('dependencies.mjs', fresh).stdout.trim()).toBe('true');
    writeFileSync(join(folder, 'package-lock.json'), '{}');
    expect(inChild('dependencies.mjs', fresh).stdout.trim()).toBe('false');
  });

  it('says so when npm cannot install them', () => {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(folder, file));
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'npm'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { status, stderr } = inChild('dependencies.mjs', `it.ensureDependencies(${JSON.stringify(folder)});`, { PATH: `${bin}:${process.env.PATH}` });
    expect(status).toBe(1);
    expect(stderr).toContain('npm ci failed');
  });
});

describe.runIf(process.platform === 'linux')('npm start without a display', () => {
  it('packs the sample in the terminal and prints the line for a folder of the reader', () => {
    const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '', GANGWAY_CACHE_DIR: join(folder, 'cache') };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/start.mjs')], { cwd: folder, encoding: 'utf8', env });
    expect(stderr).toContain('no display');
    expect(status).toBe(0);
    expect(stdout).toContain(join(folder, 'hello-spot.spx'));
    expect(statSync(join(folder, 'hello-spot.spx')).size).toBeGreaterThan(100);
    expect(stderr).toMatch(/gangway\.js package YOUR-FOLDER/);
  });
});
