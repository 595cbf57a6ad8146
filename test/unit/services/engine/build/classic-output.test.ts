import { describe, expect, it } from 'vitest';
import type { BuildStep, ReportEvent } from '../../../../../shared/jobs/report.ts';
import { buildxArguments } from '../../../../../electron/services/engine/build/buildx-build.ts';
import { ClassicSteps } from '../../../../../electron/services/engine/build/classic-output.ts';

function read(text: string, size = text.length): { steps: BuildStep[]; lines: string[]; shares: number[]; classic: ClassicSteps } {
  const events: ReportEvent[] = [];
  const classic = new ClassicSteps(
    'ping:1',
    (event) => void events.push({ ...structuredClone(event), at: 0 } as ReportEvent),
    () => 7,
  );
  for (let at = 0; at < text.length; at += size) classic.take(text.slice(at, at + size));
  const steps = new Map<string, BuildStep>();
  for (const event of events) if (event.type === 'step') steps.set(event.step.id, event.step);
  return {
    classic,
    steps: [...steps.values()],
    lines: events.flatMap((event) => (event.type === 'log' ? [event.text] : [])),
    shares: events.flatMap((event) => (event.type === 'progress' ? [event.done / event.total!] : [])),
  };
}

const DOCKER =
  'Step 1/3 : FROM scratch\n ---> \nStep 2/3 : COPY a /\n ---> Using cache\n ---> 0123456789ab\nStep 3/3 : RUN make\n ---> Running in abcdef012345\ncompiling\nlinked\nRemoving intermediate container abcdef012345\n ---> fedcba987654\nSuccessfully built fedcba987654\nSuccessfully tagged ping:1\n';
const PODMAN =
  '[1/2] STEP 1/2: FROM scratch AS a\n[1/2] STEP 2/2: RUN x\nhello\n--> 0123456789ab\n[2/2] STEP 1/2: FROM scratch\n[2/2] STEP 2/2: COPY --from=a /x /\n--> Using cache fedcba987654fedcba987654fedcba987654fedcba987654fedcba987654abcd\nCOMMIT ping:1\n--> fedcba987654\nSuccessfully tagged localhost/ping:1\n';

describe("the classic builder's text", () => {
  it("becomes steps with their states, and output without the builder's own lines", () => {
    const { steps, classic, lines } = read(DOCKER);
    expect(classic.finish('done')).toEqual({ total: 3, cached: 1 });
    expect(steps.map(({ name, state }) => [name, state]).slice(0, 2)).toEqual([
      ['[1/3] FROM scratch', 'done'],
      ['[2/3] COPY a /', 'cached'],
    ]);
    expect(lines.filter((line) => line.trim() !== '--->')).toEqual(['compiling\n', 'linked\n']);
  });
  it('may be cut anywhere', () => {
    for (const size of [1, 3, 10]) expect(read(DOCKER, size).steps).toEqual(read(DOCKER).steps);
  });
  it('of Podman has stages', () => {
    const { steps, classic, shares, lines } = read(PODMAN);
    expect(classic.finish('done')).toEqual({ total: 4, cached: 1 });
    expect(steps.map(({ name }) => name)).toEqual([
      '[stage-0 1/2] FROM scratch AS a',
      '[stage-0 2/2] RUN x',
      '[stage-1 1/2] FROM scratch',
      '[stage-1 2/2] COPY --from=a /x /',
    ]);
    expect(lines).toEqual(['hello\n']);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
  it('names the step that fails, with the end of its output', () => {
    const { classic } = read('Step 1/2 : FROM a\nStep 2/2 : RUN make\n ---> Running in abcdef012345\none\ntwo\n');
    expect(classic.finish('failed')).toEqual({ total: 2, cached: 0 });
    expect(classic.failed()).toEqual({ name: '[2/2] RUN make', error: '', tail: ['one', 'two'] });
  });
});

describe('the arguments of docker buildx', () => {
  const request = {
    context: '/c',
    dockerfile: '/d/Dockerfile',
    tags: ['a:1', 'b'],
    platform: 'linux/arm64' as const,
    args: { VERSION: '1', API_TOKEN: 'hush' },
    secrets: [
      { id: 'e', env: 'NAME' },
      { id: 'f', src: '/p/a,b' },
    ],
    noCache: true,
    pull: true,
    stage: 'run',
    builder: 'remote',
  };
  it('say everything, and no value of a secret', () => {
    const args = buildxArguments(request, '/m');
    expect(args.join(' ')).toBe(
      'buildx build --builder remote --progress=rawjson --provenance=false --sbom=false --load --metadata-file /m --platform linux/arm64 --file /d/Dockerfile --tag a:1 --tag b --target run --no-cache --pull --build-arg VERSION=1 --build-arg API_TOKEN --secret id=e,env=NAME --secret id=f,"src=/p/a,b" -- /c',
    );
  });
});
