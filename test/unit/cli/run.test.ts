import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES } from '../../../electron/cli/spec.ts';
import type { SdkBuildRequest } from '../../../electron/services/ports/requests.ts';
import { GangwayError } from '../../../shared/errors/codes.ts';
import type { PackageResult } from '../../../shared/extension/package.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { runLine } from './harness.ts';

const warning = { id: 'compose-memory', severity: 'warning', file: 'docker-compose.yml', line: 2, column: 3, message: 'no memory limit' } as const;
const packed: PackageResult = {
  path: '/out/hello.spx',
  size: 1234,
  digest: 'sha256:aa',
  entries: [{ name: 'manifest.json', size: 10, kind: 'manifest' }],
  images: [{ tags: ['hello:1'], id: 'sha256:bb', platform: 'linux/arm64', size: 500 }],
  findings: [warning],
  phases: {},
};

describe('gangway', () => {
  it('prints its version', async () => {
    expect(await runLine(['--version'])).toMatchObject({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });

  it('prints help on stdout when asked, and on stderr as wrong usage when no command was given', async () => {
    const asked = await runLine(['--help']);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    for (const name of COMMAND_NAMES) expect(asked.stdout).toContain(`  ${name} `);
    expect(await runLine([])).toMatchObject({ code: 2, stdout: '', stderr: asked.stdout });
  });

  it.each(COMMAND_NAMES)('explains %s with examples, whatever else stands on the line', async (name) => {
    for (const words of [
      [name, '--help'],
      [name, '-h', '--json'],
      ['help', name],
    ]) {
      const { code, stdout, stderr } = await runLine(words);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: gangway ${name}`);
      expect(stdout).toContain('Examples:');
    }
  });

  it('suggests the command that was probably meant', async () => {
    expect(await runLine(['pakage', '.'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'gangway: There is no command "pakage".\nDid you mean: gangway package\n',
    });
    expect((await runLine(['--all', 'package'])).stderr).toContain('The command comes first');
  });

  it('tells wrong usage as one JSON line where JSON was asked for', async () => {
    expect((await runLine(['pakage', '--json'])).lines).toEqual([
      { type: 'error', code: 'USAGE', exitCode: 2, message: 'There is no command "pakage".', hint: 'Did you mean: gangway package' },
    ]);
  });
});

describe('how a job ends', () => {
  it('prints the path alone on stdout, and each finding once on stderr', async () => {
    const { code, stdout, stderr } = await runLine(['package', '.'], {
      packageFolder: async (_, { report }) => {
        report({ type: 'finding', finding: warning });
        return { status: 'done', value: packed };
      },
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '/out/hello.spx\n' });
    expect(stderr.split('warning: docker-compose.yml:2:3: no memory limit').length - 1).toBe(1);
    expect(stderr).toContain('image hello:1  linux/arm64');
  });

  it('ends JSON with the result and its code, findings before it', async () => {
    const { lines } = await runLine(['package', '.', '--json'], {
      packageFolder: async (_, { report }) => {
        report({ type: 'phase', phase: 'build', state: 'started' });
        report({ type: 'progress', phase: 'layers', done: 1, total: 2, unit: 'bytes' });
        report({ type: 'log', step: 's', stream: 'stderr', text: 'two\nlines' });
        return { status: 'done', value: packed };
      },
    });
    expect(lines).toEqual([
      { type: 'progress', about: 'phase', phase: 'build', state: 'started', overall: 0.07, at: expect.any(Number) },
      { type: 'progress', about: 'amount', phase: 'layers', done: 1, total: 2, unit: 'bytes', overall: expect.any(Number), at: expect.any(Number) },
      { type: 'log', step: 's', stream: 'stderr', text: 'two\nlines', at: expect.any(Number) },
      { type: 'finding', ...warning, at: expect.any(Number) },
      { type: 'result', code: 'OK', exitCode: 0, command: 'package', value: packed },
    ]);
  });

  it('tells a failure with title, message, place, tail and what to do, exit code 1', async () => {
    const error = {
      code: 'BUILD_STEP_FAILED',
      message: 'RUN make ended with 2',
      detail: `${Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\n')}\n`,
      location: { file: 'Dockerfile', line: 3 },
    } as const;
    const { code, stdout, stderr } = await runLine(['build', '.'], { buildFolder: async () => ({ status: 'failed', error }) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error: A build step failed\n  RUN make ended with 2\n  at Dockerfile:3\nWhat to do: ');
    expect(stderr).toContain('\n  | ... 10 lines above left out\n  | line 10\n');
    expect(stderr.trimEnd().split('\n').slice(-2)).toEqual(['  | line 29', '(BUILD_STEP_FAILED)']);
    const json = await runLine(['build', '.', '--json'], { buildFolder: async () => ({ status: 'failed', error }) });
    expect(json.lines.at(-1)).toEqual({ type: 'error', exitCode: 1, ...error });
  });

  it('tells a cancelled job apart from a failed one, exit code 130', async () => {
    expect(await runLine(['package', '.'], { packageFolder: async () => ({ status: 'cancelled' }) })).toMatchObject({ code: 130, stdout: '' });
    const { lines } = await runLine(['package', '.', '--json'], { packageFolder: async () => ({ status: 'cancelled' }) });
    expect(lines).toEqual([{ type: 'error', code: 'CANCELLED', exitCode: 130, message: 'Cancelled.' }]);
  });

  it('closes the services and fails with INTERNAL when a verb throws after all', async () => {
    let closed = 0;
    const { code, lines } = await runLine(['inspect', 'x', '--json'], {
      inspectFile: async () => {
        throw new Error('a bug');
      },
      close: async () => {
        closed++;
      },
    });
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({ type: 'error', code: 'INTERNAL', exitCode: 1, message: 'a bug' });
    expect(closed).toBe(1);
  });

  it('fails and says so when nothing is left that could end the job, instead of leaving without a word', async () => {
    const before = new Set<unknown>(process.listeners('beforeExit'));
    const { code, lines } = await runLine(['inspect', 'x', '--json'], {
      inspectFile: () => {
        setImmediate(() => {
          for (const listener of process.listeners('beforeExit')) if (!before.has(listener)) listener(0);
        });
        return new Promise(() => {});
      },
    });
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({ type: 'error', code: 'INTERNAL', exitCode: 1 });
    expect(process.listenerCount('beforeExit')).toBe(before.size);
  });

  it('keeps the code of an error that a short question throws', async () => {
    const { lines } = await runLine(['generate-extension-data', '-i', 'x.tgz', '--json'], {
      generateExtensionData: async () => {
        throw new GangwayError('FILE_NOT_FOUND', 'x.tgz is not there');
      },
    });
    expect(lines).toEqual([{ type: 'error', exitCode: 1, code: 'FILE_NOT_FOUND', message: 'x.tgz is not there' }]);
  });
});

describe('what each command asks for', () => {
  it('package takes --output relative to the current folder and the archive name as it is', async () => {
    let request: unknown;
    await runLine(['package', 'ext', '-o', 'dist/a.spx', '--image-archive', 'a.tgz', '--all'], {
      packageFolder: async (given) => {
        request = given;
        return { status: 'done', value: packed };
      },
    });
    expect(request).toMatchObject({ folder: path.resolve('/somewhere/ext'), output: path.resolve('/somewhere/dist/a.spx'), imageArchive: 'a.tgz', all: true });
    expect(await runLine(['package', '.', '--image-archive', 'sub/a.tgz'])).toMatchObject({ code: 2 });
  });

  it('build-extension hands over what was typed, and nothing for what was not', async () => {
    let request: SdkBuildRequest | undefined;
    const words = [
      'build-extension',
      '-f',
      'a/Dockerfile',
      'b/Dockerfile',
      '-t',
      'a:1',
      'b:1',
      '-i',
      'out.tgz',
      '-m',
      'ext',
      '--spx',
      'x.spx',
      '--amd64',
      '--additional-files',
      'data',
      '--extra-image-tags',
      'redis',
    ];
    await runLine(words, {
      buildSdkExtension: async (given) => {
        request = given;
        return { status: 'done', value: packed };
      },
    });
    expect(request).toEqual({
      cwd: '/somewhere',
      dockerfilePaths: ['a/Dockerfile', 'b/Dockerfile'],
      buildImageTags: ['a:1', 'b:1'],
      extraImageTags: ['redis'],
      imageArchive: 'out.tgz',
      packageDir: 'ext',
      spx: 'x.spx',
      amd64: true,
      additionalFiles: ['data'],
      skipComposeValidation: false,
    });
  });

  it('build-extension refuses lists of unequal length as wrong usage', async () => {
    const { code, stderr } = await runLine(['build-extension', '-f', 'a', 'b', '-t', 'a', '-i', 'o.tgz', '-m', '.', '--spx', 'x.spx']);
    expect(code).toBe(2);
    expect(stderr).toContain('--dockerfile-paths has 2 and --build-image-tags has 1');
  });

  it('generate-extension-data passes image, description and version on', async () => {
    let request: unknown;
    const { stdout } = await runLine(['generate-extension-data', '--image', 'a.tgz', '--description', 'It "works"', '-v', '2.0.0'], {
      generateExtensionData: async (given) => {
        request = given;
        return { files: ['/somewhere/manifest.json'] };
      },
    });
    expect(request).toEqual({ image: 'a.tgz', description: 'It "works"', version: '2.0.0', cwd: '/somewhere' });
    expect(stdout).toBe('/somewhere/manifest.json\n');
  });

  it('doctor prints a word per check with its fix, and ends with 1 where the main job cannot work', async () => {
    const checks = [
      { id: 'engine', title: 'Engine', state: 'ok', found: 'Docker 26.1' },
      {
        id: 'emulation-arm64',
        title: 'Emulation',
        state: 'error',
        found: 'not registered',
        fix: 'Install QEMU.',
        command: 'sudo apt install qemu-user-static',
      },
    ] as const;
    const report = { os: 'linux', ready: false, checks: [...checks] };
    const { code, stdout, stderr } = await runLine(['doctor'], { doctor: async () => report });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain(
      'ok    Engine     Docker 26.1\nfail  Emulation  not registered\n      fix: Install QEMU.\n      $ sudo apt install qemu-user-static\n',
    );
    const json = await runLine(['doctor', '--json'], { doctor: async () => report });
    expect(json.lines).toEqual([{ type: 'result', code: 'NOT_READY', exitCode: 1, command: 'doctor', value: report }]);
  });

  it('inspect shows entries, manifest, images and findings, with hostile names made harmless', async () => {
    const report = {
      size: 3_400_000,
      entries: [{ name: 'a\n\u001B[31mb', size: 1_200_000, kind: 'file' as const }],
      manifest: { extension_name: 'hello', images: ['h.tgz'] },
      archives: [
        {
          name: 'h.tgz',
          report: {
            format: 'docker-archive' as const,
            compression: 'gzip' as const,
            size: 999,
            images: [
              {
                id: 'sha256:0123456789abcdef',
                tags: ['hello:1'],
                os: 'linux',
                architecture: 'arm',
                variant: 'v7',
                size: 12,
                diffIds: ['sha256:fedcba9876543210'],
                layers: [{ diffId: 'sha256:fedcba9876543210', size: 12, storedSize: 10, createdBy: 'COPY a b' }],
                env: [],
                entrypoint: ['/hello'],
                cmd: [],
                user: '65534',
              },
            ],
          },
        },
      ],
      findings: [warning],
    };
    const { stdout } = await runLine(['inspect', 'x.spx'], { inspectFile: async () => ({ status: 'done', value: { kind: 'spx', report } }) });
    expect(stdout).toContain('  1.2 MB  a\\n\\x1b[31mb  file\n');
    expect(stdout).not.toContain('\u001B');
    expect(stdout).toContain('  extension_name  hello\n  images          ["h.tgz"]\n');
    expect(stdout).toContain('  hello:1  linux/arm/v7  0123456789ab  12 B\n    starts ["/hello"] as user 65534\n    12 B  fedcba987654  COPY a b\n');
    expect(stdout).toContain('warning: docker-compose.yml:2:3: no memory limit');
  });
});
