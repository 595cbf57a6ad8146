import { describe, expect, it } from 'vitest';
import { mapBuildFailure, type BuildFailure } from '../../../../shared/docker/build-failure.ts';
import { expectedSteps, lineOfCommand, lineOfStep, parseStepName } from '../../../../shared/docker/build-failure-step.ts';
import { neededStages, parseDockerfile } from '../../../../shared/docker/dockerfile.ts';

const TEXT = `FROM golang:1 AS build
WORKDIR /src
COPY go.mod .
RUN go build \\
    ./...
FROM python:3.11
ENV A=1
COPY app/ /app
RUN pip install x
COPY --from=build /src/x /x
`;
const dockerfile = parseDockerfile(TEXT);
const map = (message: string, step?: BuildFailure['step']): ReturnType<typeof mapBuildFailure> =>
  mapBuildFailure({ message, step, dockerfile, file: '/p/Dockerfile', image: 'ping:1', platform: 'linux/arm64' });

describe('the line of a step', () => {
  it.each([
    ['[build 1/4] FROM docker.io/library/golang:1', 1],
    ['[build 2/4] WORKDIR /src', 2],
    ['[build 3/4] COPY go.mod .', 3],
    ['[build 4/4] RUN go build     ./...', 4],
    ['[linux/arm64 build 4/4] RUN go build', 4],
    ['[stage-1 1/4] FROM docker.io/library/python:3.11', 6],
    ['[stage-1 2/4] COPY app/ /app', 8],
    ['[stage-1 3/4] RUN pip install x', 9],
    ['[stage-1 4/4] COPY --from=build /src/x /x', 10],
    ['RUN pip install x', 9],
    ['exporting to image', null],
    ['[internal] load metadata for docker.io/library/golang:1', null],
  ])('%s is %s', (name, line) => expect(lineOfStep(dockerfile, name)).toBe(line));

  it('is found by its number where its text is expanded or cut', () => {
    const other = parseDockerfile('FROM scratch\nARG X\nCOPY a /\nRUN echo $X\n');
    expect(lineOfStep(other, '[2/2] RUN echo expanded')).toBe(4);
  });
  it('is found by its text where the numbers do not fit', () => {
    expect(lineOfStep(dockerfile, '[7/9] RUN pip install x')).toBe(9);
    expect(lineOfCommand(dockerfile, 'COPY   --from=build /src/x /x')).toBe(10);
  });
  it('names are taken apart, with platforms and wide numbers', () => {
    expect(parseStepName('[linux/arm/v7 build  2/12] RUN x')).toEqual({ stage: 'build', number: 2, of: 12, command: 'RUN x' });
    expect(parseStepName('[ 2/12] ONBUILD COPY . .')).toEqual({ stage: null, number: 2, of: 12, command: 'COPY . .' });
  });
  it('count as the engine counts them', () => {
    expect(expectedSteps(dockerfile, neededStages(dockerfile))).toBe(9);
    expect(expectedSteps(dockerfile, neededStages(dockerfile, 'build'))).toBe(5);
    expect(expectedSteps(parseDockerfile('FROM scratch AS a\nCOPY x /\nFROM a\nRUN y\n'), new Set([0, 1]))).toBe(3);
  });
});

const step = (name: string, tail: string[] = [], error = ''): NonNullable<BuildFailure['step']> => ({ name, error, tail });

/** [what happened, the engine's words, the failing step, what is expected of the error] */
const TABLE: [string, string, BuildFailure['step'], Record<string, unknown>][] = [
  [
    'a step fails, BuildKit 0.8',
    'executor failed running [/bin/sh -c pip install x]: exit code: 1',
    step('[stage-1 3/4] RUN pip install x', ['no such package']),
    { code: 'BUILD_STEP_FAILED', location: { file: '/p/Dockerfile', line: 9 }, data: { exitCode: 1, command: 'pip install x', tail: ['no such package'] } },
  ],
  [
    'a step fails, newer BuildKit',
    'failed to solve: process "/bin/sh -c pip install x" did not complete successfully: exit code: 2',
    step('[stage-1 3/4] RUN pip install x'),
    { code: 'BUILD_STEP_FAILED', location: { line: 9 }, data: { exitCode: 2 } },
  ],
  [
    'a step fails, classic builder',
    "The command '/bin/sh -c pip install x' returned a non-zero code: 5",
    step('[9/10] RUN pip install x'),
    { code: 'BUILD_STEP_FAILED', location: { line: 9 }, data: { exitCode: 5 } },
  ],
  [
    'a step fails, Podman',
    'building at STEP "RUN pip install x": while running runtime: exit status 3',
    step('[stage-1 3/4] RUN pip install x'),
    { code: 'BUILD_STEP_FAILED', location: { line: 9 }, data: { exitCode: 3 } },
  ],
  [
    'a command is not there',
    'executor failed running [/bin/sh -c foo]: exit code: 127',
    step('[stage-1 3/4] RUN foo', ['/bin/sh: 1: foo: not found']),
    { code: 'BUILD_STEP_FAILED', hint: expect.stringContaining('not in the image') },
  ],
  [
    'memory runs out',
    'process "/bin/sh -c make" did not complete successfully: exit code: 137',
    step('[stage-1 3/4] RUN make', ['Killed']),
    { code: 'BUILD_STEP_FAILED', hint: expect.stringContaining('memory') },
  ],
  [
    'a script has CRLF',
    'executor failed running [/run.sh]: exit code: 126',
    step('[stage-1 3/4] RUN /run.sh', ['/bin/sh^M: bad interpreter']),
    { code: 'BUILD_STEP_FAILED', hint: expect.stringContaining('CRLF') },
  ],
  [
    'the network is away',
    'executor failed running [apt-get update]: exit code: 100',
    step('[stage-1 3/4] RUN apt-get update', ["Temporary failure resolving 'packages.example'"]),
    { code: 'BUILD_STEP_FAILED', hint: expect.stringContaining('network') },
  ],
  [
    'QEMU crashes',
    'executor failed running [x]: exit code: 139',
    step('[stage-1 3/4] RUN x', ['qemu: uncaught target signal 11 (Segmentation fault) - core dumped']),
    { code: 'BUILD_STEP_FAILED', hint: expect.stringContaining('emulator') },
  ],
  [
    'emulation is missing, BuildKit',
    'executor failed running [/bin/sh -c x]: exit code: 1',
    step('[stage-1 3/4] RUN x', ['standard_init_linux.go:228: exec user process caused: exec format error']),
    { code: 'EMULATION_MISSING', location: { line: 9 } },
  ],
  [
    'emulation is missing, newer',
    'process "/bin/sh -c x" did not complete successfully: exit code: 255',
    step('[stage-1 3/4] RUN x', ['exec /bin/sh: exec format error']),
    { code: 'EMULATION_MISSING' },
  ],
  [
    'a source is missing, 20.10',
    'failed to compute cache key: "/app" not found: not found',
    step('[stage-1 2/4] COPY app/ /app'),
    { code: 'BUILD_SOURCE_MISSING', location: { line: 8 }, data: { source: 'app' } },
  ],
  [
    'a source is missing, 26',
    'failed to solve: failed to compute cache key: failed to calculate checksum of ref abc::def: "/go.mod": not found',
    step('[build 3/4] COPY go.mod .'),
    { code: 'BUILD_SOURCE_MISSING', location: { line: 3 }, data: { source: 'go.mod' } },
  ],
  [
    'a source is missing, a file in its way',
    'failed to compute cache key: failed to walk /var/lib/docker/tmp/buildkit-mount12/app: lstat /var/lib/docker/tmp/buildkit-mount12/app: no such file or directory',
    step('[stage-1 2/4] COPY app/ /app'),
    { code: 'BUILD_SOURCE_MISSING', data: { source: 'app' } },
  ],
  [
    'a source is missing, classic',
    'COPY failed: file not found in build context or excluded by .dockerignore: stat app: file does not exist',
    undefined,
    { code: 'BUILD_SOURCE_MISSING', location: { line: 8 }, data: { source: 'app' } },
  ],
  [
    'a source is missing, Podman',
    'building at STEP "COPY app /app": checking on sources under "/x": copier: stat: "/app": no such file or directory',
    undefined,
    { code: 'BUILD_SOURCE_MISSING', data: { source: 'app' } },
  ],
  [
    'a base image is refused',
    "pull access denied for nobody/nothing, repository does not exist or may require 'docker login': denied",
    undefined,
    { code: 'PULL_FAILED', data: { image: 'nobody/nothing' }, message: expect.stringContaining('needs a login') },
  ],
  [
    'a base image does not exist',
    'failed to solve: python:3.11: failed to resolve source metadata for docker.io/library/python:3.11: docker.io/library/python:3.11: not found',
    undefined,
    { code: 'PULL_FAILED', location: { line: 6 }, data: { image: 'python:3.11' }, message: expect.stringContaining('does not exist') },
  ],
  [
    'a base image is not there for the platform',
    'failed to solve: golang:1: no match for platform in manifest: not found',
    undefined,
    { code: 'PULL_FAILED', message: expect.stringContaining('does not exist for linux/arm64') },
  ],
  [
    'the registry is away',
    'failed to do request: Head "https://registry-1.docker.io/v2/library/golang/manifests/1": dial tcp: lookup registry-1.docker.io: no such host',
    undefined,
    { code: 'PULL_FAILED', message: expect.stringContaining('could not be reached') },
  ],
  [
    'the registry is away when the second base image, or a syntax image, is asked for',
    'failed to do request: Head "https://registry-1.docker.io/v2/library/python/manifests/3.11": dial tcp: lookup registry-1.docker.io: no such host',
    undefined,
    { code: 'PULL_FAILED', message: expect.stringContaining('python:3.11'), location: { line: 6 } },
  ],
  [
    "a registry of one's own is away: its name belongs to the image",
    'failed to do request: Head "https://robots.example:5000/v2/team/base/manifests/2": dial tcp: lookup robots.example: no such host',
    undefined,
    { code: 'PULL_FAILED', message: expect.stringContaining('robots.example:5000/team/base:2'), data: { image: 'robots.example:5000/team/base:2' } },
  ],
  ['too many pulls', 'toomanyrequests: You have reached your pull rate limit', undefined, { code: 'PULL_FAILED', message: expect.stringContaining('limits') }],
  [
    'the Dockerfile does not parse, 20.10',
    'failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 3: unknown instruction: COPPY',
    undefined,
    { code: 'DOCKERFILE_INVALID', location: { line: 3 } },
  ],
  [
    'the Dockerfile does not parse, 26',
    'dockerfile parse error on line 3: unknown instruction: COPPY (did you mean COPY?)',
    undefined,
    { code: 'DOCKERFILE_INVALID', location: { line: 3 }, message: expect.stringContaining('did you mean COPY') },
  ],
  ['the stage is not there', 'failed to solve: target stage "nowhere" could not be found', undefined, { code: 'DOCKERFILE_INVALID' }],
  [
    'a secret is missing',
    'failed to solve: secret api_key: not found',
    step('[stage-1 3/4] RUN --mount=type=secret,id=api_key,required=true x'),
    { code: 'BUILD_SECRET_MISSING', data: { id: 'api_key' }, hint: expect.stringContaining('--secret id=api_key') },
  ],
  ['the disk is full', 'failed to solve: failed to copy files: write /x: no space left on device', undefined, { code: 'DISK_FULL' }],
  [
    'something else',
    'the moon is in the wrong place',
    undefined,
    { code: 'ENGINE_FAILED', message: 'The build of ping:1 failed: the moon is in the wrong place' },
  ],
];

describe('what a failed build becomes', () => {
  it.each(TABLE)('when %s', (_, message, failed, expected) => {
    expect(map(message, failed)).toMatchObject(expected);
  });

  it("keeps the engine's words and the end of the output as detail", () => {
    expect(
      map(
        'executor failed running [x]: exit code: 1',
        step(
          '[stage-1 3/4] RUN x',
          Array.from({ length: 50 }, (_, i) => `line ${i}`),
        ),
      ).detail,
    ).toMatch(/^line 30\n[\s\S]*line 49\n\nexecutor failed running \[x\]: exit code: 1$/);
  });

  it('takes a file that a program does not find for no missing source', () => {
    expect(
      map(
        'executor failed running [/bin/sh -c pip install -r nowhere.txt]: exit code: 1',
        step('[stage-1 3/4] RUN pip install -r nowhere.txt', ['ERROR: open "nowhere.txt": not found']),
      ).code,
    ).toBe('BUILD_STEP_FAILED');
  });
});

it('takes a --from that names no stage for a slip of the hand', () => {
  const slip = parseDockerfile('FROM scratch AS build\nFROM scratch\nCOPY --from=biuld /x /x\n');
  const message =
    'failed to load cache key: failed to do request: Head "https://registry-1.docker.io/v2/library/biuld/manifests/latest": dial tcp: no such host';
  const error = mapBuildFailure({ message, step: undefined, dockerfile: slip, file: '/p/Dockerfile', image: 'ping:1', platform: 'linux/arm64' });
  expect(error).toMatchObject({ code: 'PULL_FAILED', location: { line: 3 }, hint: expect.stringContaining('No stage of the Dockerfile is called biuld') });
});
