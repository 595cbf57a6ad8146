import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../../shared/doctor/report.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import { GANGWAY, Lab, root, run, traces } from './lab.ts';

const NO_ENGINE = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
let lab: Lab;

beforeAll(async () => {
  if (!existsSync(GANGWAY)) execFileSync(process.execPath, ['scripts/build.mjs', '--cli'], { cwd: root, stdio: 'inherit' });
  lab = await Lab.open();
});
afterAll(() => lab.close());

describe('usage', () => {
  it('loads nothing but its own first file for help', () => {
    const imports = [...readFileSync(GANGWAY, 'utf8').matchAll(/^import\s.*?["']([^"']+)["'];?$/gm)].map(([, name]) => name!);
    expect(imports.filter((name) => !name.startsWith('node:') && !name.startsWith('./chunks/'))).toEqual([]);
    const chunks = imports.filter((name) => name.startsWith('./chunks/')).map((name) => readFileSync(path.join(path.dirname(GANGWAY), name), 'utf8'));
    for (const chunk of chunks) expect(chunk).not.toMatch(/from\s*["'](dockerode|tar-stream|js-yaml|zod|protobufjs|ssh2)["']/);
  });

  it('ends with 0 for help and 2 for wrong usage, nothing on stdout then', async () => {
    expect(await lab.gangway(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect(await lab.gangway(['package'])).toMatchObject({ code: 2, stdout: '' });
    expect(await lab.gangway(['package', '.', '--outptu', 'x'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--output') });
  });

  it('takes a file in the place of the folder for a slip, and says what was probably meant', async () => {
    const { folder } = await lab.sample('slip');
    expect(await lab.gangway(['build', path.join('slip', 'Dockerfile')])).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean: slip\n') });
    expect(await lab.gangway(['package', path.join(folder, 'Dockerfile')], { cwd: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean: .\n'),
    });
    await lab.write('there.spx', '');
    expect(await lab.gangway(['package', 'there.spx'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean: gangway inspect there.spx\n'),
    });
  });

  it('ends quietly when the reader of its output goes away', async () => {
    for (const words of ['--help', 'package . --json', 'doctor']) {
      const script = `node "$0" ${words} | head -n 1 >/dev/null; exit "\${PIPESTATUS[0]}"`;
      const { stderr } = await run('bash', ['-c', script, GANGWAY], { cwd: lab.folder, env: lab.env(NO_ENGINE) }).catch(
        (error: { stderr: string; code: number }) => {
          expect(error.code).toBe(1);
          return error;
        },
      );
      expect(stderr).not.toMatch(/EPIPE|at .*\.js:/);
    }
  });
});

describe('package', () => {
  it('builds the sample for arm64, prints the path alone, and the image runs', async () => {
    const { folder, tag } = await lab.sample('hello');
    const out = lab.path('out', 'hello.spx');
    await rm(path.dirname(out), { recursive: true, force: true });
    const ended = await lab.gangway(['package', folder, '-o', out]);
    expect(ended).toMatchObject({ code: 0, stdout: `${out}\n` });
    const { stdout: names } = await run('tar', ['-tzf', out]);
    expect(names.split('\n').filter(Boolean).sort()).toEqual(['docker-compose.yml', 'hello-spot.tgz', 'icon.png', 'manifest.json']);
    await run('docker', ['rmi', '--force', tag]);
    await run('bash', ['-c', `tar -xzOf "${out}" hello-spot.tgz | docker load`]);
    const { stdout: machine } = await run('docker', ['run', '--rm', '--name', `${lab.prefix}-once`, '--platform', 'linux/arm64', tag, 'once']);
    expect(machine).toBe('aarch64\n');
  });

  it('ends --json with the result, progress before it and nothing else on stdout', async () => {
    const { folder, tag } = await lab.sample('json');
    const ended = await lab.gangway(['package', folder, '-o', lab.path('json.spx'), '--json', '--platform', 'linux/arm/v7', '--no-cache']);
    const lines = ended.lines();
    expect(lines.at(-1)).toMatchObject({ type: 'result', code: 'OK', exitCode: 0, command: 'package' });
    const value = lines.at(-1)!.value as PackageResult;
    expect(value).toMatchObject({ path: lab.path('json.spx'), size: (await stat(lab.path('json.spx'))).size });
    expect(value.images).toMatchObject([{ tags: [tag], platform: 'linux/arm/v7' }]);
    expect(new Set(lines.slice(0, -1).map((line) => line.type))).toEqual(
      new Set([
        'progress',
        ...(lines.some((line) => line.type === 'log') ? ['log'] : []),
        ...(lines.some((line) => line.type === 'finding') ? ['finding'] : []),
      ]),
    );
    const overall = lines.flatMap((line) => (typeof line.overall === 'number' ? [line.overall] : []));
    expect(overall).toEqual([...overall].sort((a, b) => a - b));
    expect(overall.at(-1)).toBeGreaterThan(0.9);
    expect(ended.stderr).toBe('');
  });

  it('fails with the step, the line of the Dockerfile and exit code 1, and leaves no .spx', async () => {
    const { folder } = await lab.sample('failing');
    await lab.change(folder, 'Dockerfile', 'USER', 'RUN ["/nothing-here"]\nUSER');
    const ended = await lab.gangway(['package', folder, '-o', lab.path('failing.spx'), '--json']);
    const line = readFileSync(path.join(folder, 'Dockerfile'), 'utf8').split('\n').indexOf('RUN ["/nothing-here"]') + 1;
    expect(ended.code).toBe(1);
    expect(ended.lines().at(-1)).toMatchObject({ type: 'error', code: 'BUILD_STEP_FAILED', exitCode: 1, location: { line } });
    expect(existsSync(lab.path('failing.spx'))).toBe(false);
    const human = await lab.gangway(['package', folder, '-o', lab.path('failing.spx')]);
    expect(human).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`error: A build step failed(.|\\n)*Dockerfile:${line}(.|\\n)*What to do: `)),
    });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 130 within two seconds of %s in mid-build, and leaves nothing', async (signal) => {
    const { folder } = await lab.sample(`cancel-${signal.toLowerCase()}`);
    // Never ends by itself.
    await lab.change(folder, 'Dockerfile', 'USER', 'RUN ["/hello"]\nUSER');
    const before = await traces(lab);
    let sent = 0;
    const ended = await lab.gangway(['package', folder, '-o', lab.path('cancelled.spx'), '--json', '--no-cache'], {
      started: (child) => {
        child.stdout!.on('data', (text: string) => {
          if (sent > 0 || !text.includes('hello from Spot')) return;
          sent = performance.now();
          child.kill(signal);
        });
      },
    });
    expect(performance.now() - sent).toBeLessThan(2000);
    expect(ended.code).toBe(130);
    expect(ended.lines().at(-1)).toEqual({ type: 'error', code: 'CANCELLED', exitCode: 130, message: 'Cancelled.' });
    expect(await traces(lab)).toEqual(before);
    expect((await readdir(lab.folder)).filter((name) => name.startsWith('cancelled'))).toEqual([]);
    expect(readdirSync(lab.path('.cache'), { recursive: true }).filter((name) => String(name).endsWith('.part'))).toEqual([]);
  });
});

describe('build', () => {
  it('prints tag, id and platform of each image', async () => {
    const { folder, tag } = await lab.sample('build');
    const ended = await lab.gangway(['build', folder, '--target', 'raspberry-pi-64']);
    expect(ended.code).toBe(0);
    const [shownTag, id, platform] = ended.stdout.trim().split(/\s+/);
    expect([shownTag, platform]).toEqual([tag, 'linux/arm64']);
    const { stdout } = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', tag]);
    expect(stdout.trim()).toBe(id);
  });

  it('hands a secret to the step that asks for it, and shows its value nowhere', async () => {
    const { folder, tag } = await lab.sample('secret');
    await lab.change(folder, 'Dockerfile', 'USER', 'RUN --mount=type=secret,id=token,required=true ["/hello", "once"]\nUSER');
    const ended = await lab.gangway(['build', folder, '--secret', 'id=token,env=TOKEN', '--json', '--no-cache'], { env: { TOKEN: 'hunter2-of-the-test' } });
    expect(ended).toMatchObject({ code: 0 });
    const { stdout } = await run('docker', ['history', '--no-trunc', tag]);
    expect(ended.stdout + ended.stderr + stdout).not.toContain('hunter2-of-the-test');
    const without = await lab.gangway(['build', folder, '--secret', 'id=token,env=TOKEN', '--json', '--no-cache']);
    expect(without.lines().at(-1)).toMatchObject({ type: 'error', code: 'BUILD_SECRET_MISSING', exitCode: 1 });
  });
});

it("warns about the robot's password as a build argument, and does not say it", async () => {
  const { folder } = await lab.sample('password');
  const ended = await lab.gangway(['build', folder, '--build-arg', 'BOSDYN_CLIENT_PASSWORD=hunter2-of-the-test', '--json']);
  const warnings = ended.lines().filter((line) => line.type === 'finding');
  expect(warnings).toMatchObject([{ severity: 'warning', message: expect.stringContaining('--secret id=BOSDYN_CLIENT_PASSWORD') }]);
  expect(ended.stdout + ended.stderr).not.toContain('hunter2-of-the-test');
});

describe('inspect', () => {
  it('shows a package and the archive inside it, without an engine', async () => {
    const { folder, tag } = await lab.sample('inspect');
    expect((await lab.gangway(['package', folder, '-o', lab.path('i.spx')])).code).toBe(0);
    const shown = await lab.gangway(['inspect', lab.path('i.spx')], { env: NO_ENGINE });
    expect(shown.code).toBe(0);
    for (const text of ['hello-spot.tgz', tag, 'linux/arm64', 'starts ["/hello"] as user 65534', 'installation_target']) expect(shown.stdout).toContain(text);
    const [[last]] = [(await lab.gangway(['inspect', lab.path('i.spx'), '--json'], { env: NO_ENGINE })).lines().slice(-1)];
    expect(last).toMatchObject({
      type: 'result',
      value: { kind: 'spx', report: { manifest: { extension_name: 'hello-spot' }, archives: [{ name: 'hello-spot.tgz' }] } },
    });
    await run('bash', ['-c', `tar -xzf "${lab.path('i.spx')}" -C "${lab.folder}" hello-spot.tgz`]);
    const archive = await lab.gangway(['inspect', 'hello-spot.tgz', '--json'], { env: NO_ENGINE });
    expect(archive.lines().at(-1)).toMatchObject({
      value: { kind: 'archive', report: { format: 'docker-archive', images: [{ tags: [tag], architecture: 'arm64' }] } },
    });
  });

  it('says what is wrong with a file that is none', async () => {
    const file = await lab.write('nothing.spx', 'not a package');
    const ended = await lab.gangway(['inspect', file, '--json'], { env: NO_ENGINE });
    expect(ended.code).toBe(1);
    expect(ended.lines().at(-1)).toMatchObject({ type: 'error', exitCode: 1, code: expect.stringMatching(/^(ARCHIVE|SOURCE)_/) });
    for (const [name, text] of [
      ['small.tgz', 'x'],
      ['large.tar', 'no tar at all\n'.repeat(500)],
    ] as const) {
      const other = await lab.gangway(['inspect', await lab.write(name, text), '--json'], { env: NO_ENGINE });
      expect({ name, code: other.code, last: other.lines().at(-1) }).toMatchObject({
        name,
        code: 1,
        last: { type: 'error', code: expect.stringMatching(/^ARCHIVE_/) },
      });
    }
    expect((await lab.gangway(['inspect', 'gone.spx', '--json'])).lines().at(-1)).toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('without an engine', () => {
  it('says so, with what to do, when something is to be built', async () => {
    const { folder } = await lab.sample('no-engine');
    const ended = await lab.gangway(['build', folder], { env: NO_ENGINE });
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/error: No container engine answers[\s\S]*What to do: /) });
    expect((await lab.gangway(['build', folder, '--json'], { env: NO_ENGINE })).lines().at(-1)).toMatchObject({ type: 'error', code: 'ENGINE_UNREACHABLE' });
  });

  it('packs from a saved image archive all the same', async () => {
    const { folder, tag } = await lab.sample('archive');
    expect((await lab.gangway(['build', folder])).code).toBe(0);
    await run('bash', ['-c', `docker save "${tag}" | gzip > "${path.join(folder, 'hello-spot.tgz')}"`]);
    await rm(path.join(folder, 'Dockerfile'));
    const ended = await lab.gangway(['package', folder, '-o', lab.path('archive.spx')], { env: NO_ENGINE });
    expect(ended).toMatchObject({ code: 0, stdout: `${lab.path('archive.spx')}\n` });
  });

  it('doctor finds it, says how to mend it and ends with 1', async () => {
    const ended = await lab.gangway(['doctor'], { env: NO_ENGINE });
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/^fail {2}.*\n {6}fix: /m);
  });
});

it('doctor ends with 0 where the main job works', async () => {
  const ended = await lab.gangway(['doctor', '--json']);
  const last = ended.lines().at(-1)!;
  const report = last.value as DoctorReport;
  expect(report.checks.find((check) => check.id === 'engine')).toMatchObject({ state: 'ok' });
  expect(ended.code).toBe(report.ready ? 0 : 1);
  expect((await lab.gangway(['doctor'])).stdout).toMatch(/^ok /m);
});
