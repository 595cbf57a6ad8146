import { describe, expect, it } from 'vitest';
import { GangwayError } from '../../../../shared/errors/codes.ts';
import { parseCompose } from '../../../../shared/extension/compose.ts';
import type { ImagePlan, PlanImagesInput } from '../../../../shared/extension/image-plan.ts';
import { planImages } from '../../../../shared/extension/plan-images.ts';

/** "service=image" pairs. */
function compose(...services: string[]): PlanImagesInput['compose'] {
  return parseCompose(`services:\n${services.map((one) => `  ${one.split('=')[0]}:\n    image: ${one.split('=')[1]}\n`).join('')}`, 'docker-compose.yml').model;
}

function plan(input: Partial<Omit<PlanImagesInput, 'dockerfiles'>> & { dockerfiles?: string[] }): ImagePlan {
  const { dockerfiles = [], ...rest } = input;
  return planImages({
    folderName: 'bot',
    packageDir: '',
    recipe: null,
    manifest: { images: ['bot.tgz'] },
    compose: null,
    archivesPresent: [],
    platform: 'linux/arm64',
    ...rest,
    dockerfiles: dockerfiles.map((path) => ({ path, stages: [] })),
  });
}

const builds = (result: ImagePlan): string[] => result.builds.map((build) => `${build.dockerfile} -> ${build.tag}`);

function failure(run: () => unknown): GangwayError {
  try {
    run();
  } catch (error) {
    if (error instanceof GangwayError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('planImages without a recipe', () => {
  it('builds the one image that is not public from the one Dockerfile, and fetches the others', () => {
    const result = plan({ compose: compose('web=bot:1', 'cache=redis:7', 'db=ghcr.io/x/db:2'), dockerfiles: ['Dockerfile'] });
    expect(builds(result)).toEqual(['Dockerfile -> bot:1']);
    expect(result.builds[0]).toMatchObject({ context: '.', services: ['web'] });
    expect(result.fromEngineOrPull.map((one) => one.reference)).toEqual(['redis:7', 'ghcr.io/x/db:2']);
    expect(result.archives).toEqual([expect.objectContaining({ name: 'bot.tgz', references: ['bot:1', 'redis:7', 'ghcr.io/x/db:2'], files: [] })]);
  });

  it('takes "owner/name" as one\'s own where there is no plain name', () => {
    expect(builds(plan({ compose: compose('web=me/bot:1'), dockerfiles: ['Dockerfile'] }))).toEqual(['Dockerfile -> me/bot:1']);
    expect(builds(plan({ compose: compose('web=me/bot:1', 'app=app'), dockerfiles: ['Dockerfile'] }))).toEqual(['Dockerfile -> app']);
  });

  it.each([
    [
      ['Dockerfile.server', 'Dockerfile.client'],
      ['server=x:1', 'client=y:1'],
      ['Dockerfile.server -> x:1', 'Dockerfile.client -> y:1'],
    ],
    [
      ['server.Dockerfile', 'client.Dockerfile'],
      ['a=bot_server:1', 'b=bot_client:1'],
      ['server.Dockerfile -> bot_server:1', 'client.Dockerfile -> bot_client:1'],
    ],
    [
      ['ping_image/Dockerfile', 'ping_write/Dockerfile'],
      ['ping_image=ping-image-dockerization-arm64', 'ping_write=ping-write-dockerization-arm64'],
      ['ping_image/Dockerfile -> ping-image-dockerization-arm64', 'ping_write/Dockerfile -> ping-write-dockerization-arm64'],
    ],
    [
      ['Dockerfile', 'Dockerfile.server'],
      ['main=bot:1', 'server=srv:1'],
      ['Dockerfile.server -> srv:1', 'Dockerfile -> bot:1'],
    ],
    [
      ['battery/Dockerfile', 'web_cam/Dockerfile'],
      ['battery_service=battery_service', 'web_cam_image_service=web_cam_image_service'],
      ['battery/Dockerfile -> battery_service', 'web_cam/Dockerfile -> web_cam_image_service'],
    ],
    [
      ['Dockerfile.server', 'Dockerfile.ping'],
      ['server=a:1', 'ping-server=b:1'],
      ['Dockerfile.server -> a:1', 'Dockerfile.ping -> b:1'],
    ],
  ])('matches %j by suffix or folder name', (dockerfiles, services, expected) => {
    expect(builds(plan({ dockerfiles, compose: compose(...services) })).sort()).toEqual([...expected].sort());
  });

  it.each([
    ['linux/arm64', 'Dockerfile.l4t'],
    ['linux/amd64', 'Dockerfile'],
  ] as const)('prefers for %s the Dockerfile of that machine: %s', (platform, file) => {
    const result = plan({ platform, dockerfiles: ['Dockerfile', 'Dockerfile.l4t'], compose: compose('app=bot:1') });
    expect(builds(result)).toEqual([`${file} -> bot:1`]);
  });

  it('keeps machine and part apart in one suffix', () => {
    const dockerfiles = ['Dockerfile.server', 'Dockerfile.server.arm64', 'Dockerfile.client'];
    expect(builds(plan({ dockerfiles, compose: compose('server=s', 'client=c') })).sort()).toEqual(['Dockerfile.client -> c', 'Dockerfile.server.arm64 -> s']);
  });

  it('honours build sections, relative to the compose file', () => {
    const model = parseCompose(
      'services:\n  web:\n    image: web:1\n    build: {context: ../src, dockerfile: docker/D, args: {A: "${V}"}, target: final}\n  api: {build: ./api}\n',
      'f',
    ).model;
    const result = plan({ packageDir: 'extension', compose: model, variables: new Map([['V', 'x']]), manifest: { extension_name: 'Bot', images: ['a.tgz'] } });
    expect(result.builds).toMatchObject([
      { tag: 'web:1', context: 'src', dockerfile: 'src/docker/D', args: { A: 'x' }, stage: 'final' },
      { tag: 'bot-api', context: 'extension/api', dockerfile: 'extension/api/Dockerfile' },
    ]);
  });

  it('says which Dockerfiles there are to choose from where names do not tell', () => {
    const one = failure(() => plan({ dockerfiles: ['a/Dockerfile', 'b/Dockerfile'], compose: compose('web=bot:1') }));
    expect(one.code).toBe('IMAGE_AMBIGUOUS');
    expect(one.message).toContain('a/Dockerfile, b/Dockerfile');
    expect(one.wire.remedy).toEqual({ kind: 'choose', field: 'images.0.dockerfile', options: ['a/Dockerfile', 'b/Dockerfile'] });
    const two = failure(() => plan({ dockerfiles: ['Dockerfile'], compose: compose('x=one:1', 'y=two:1') }));
    expect(two.message).toContain('one:1, two:1');
    expect(two.wire.detail).toContain('tag: one:1\n    dockerfile: Dockerfile');
  });

  it('does not guess between two services that are equally like a Dockerfile', () => {
    expect(failure(() => plan({ dockerfiles: ['Dockerfile.server'], compose: compose('a_server=x:1', 'b_server=y:1') })).code).toBe('IMAGE_AMBIGUOUS');
  });

  it('lets a saved archive settle which image needs no Dockerfile, but never takes an image from it that a Dockerfile builds', () => {
    const archivesPresent = [{ path: 'saved.tgz', tags: ['helper:1', 'bot:1'] }];
    const settled = plan({
      dockerfiles: ['Dockerfile'],
      compose: compose('web=bot:1', 'h=helper:1'),
      archivesPresent: [{ path: 'saved.tgz', tags: ['helper:1'] }],
    });
    expect(builds(settled)).toEqual(['Dockerfile -> bot:1']);
    expect(settled.fromArchives).toEqual([expect.objectContaining({ path: 'saved.tgz', references: ['helper:1'] })]);
    const both = plan({ dockerfiles: ['Dockerfile.bot'], compose: compose('web=bot:1', 'h=helper:1'), archivesPresent });
    expect(builds(both)).toEqual(['Dockerfile.bot -> bot:1']);
    expect(both.fromArchives[0]?.references).toEqual(['helper:1']);
  });

  it('takes everything from the archive that the manifest lists where nothing is built', () => {
    const result = plan({ compose: compose('web=bot:1'), archivesPresent: [{ path: 'bot.tgz' }] });
    expect(result).toMatchObject({
      builds: [],
      fromEngineOrPull: [],
      fromArchives: [{ path: 'bot.tgz', references: null }],
      archives: [{ name: 'bot.tgz', references: [], files: [{ path: 'bot.tgz', only: null }] }],
    });
  });

  it("does not take the last packing's archive for a source of what is missing", () => {
    const old = plan({ dockerfiles: ['Dockerfile'], compose: compose('web=bot:1', 'c=redis:7'), archivesPresent: [{ path: 'bot.tgz' }] });
    expect(old).toMatchObject({ fromArchives: [], archives: [{ references: ['bot:1', 'redis:7'], files: [] }] });
    const read = plan({
      dockerfiles: ['Dockerfile'],
      compose: compose('web=bot:1', 'c=redis:7'),
      archivesPresent: [{ path: 'bot.tgz', tags: ['bot:1', 'redis:7'] }],
    });
    expect(read).toMatchObject({ fromEngineOrPull: [], archives: [{ references: ['bot:1'], files: [{ path: 'bot.tgz', only: ['redis:7'] }] }] });
  });

  it('packs no archive where the manifest lists none and nothing is built', () => {
    const result = plan({ manifest: { version: '1' }, compose: compose('web=nginx:1') });
    expect(result).toMatchObject({ archives: [], fromEngineOrPull: [], findings: [{ id: 'images-all-public', severity: 'hint' }] });
  });

  it('names images after the folder where there is no compose file yet', () => {
    expect(builds(plan({ folderName: 'My Bot', manifest: null, dockerfiles: ['Dockerfile'] }))).toEqual(['Dockerfile -> my-bot:latest']);
    expect(builds(plan({ folderName: 'bot', manifest: null, dockerfiles: ['Dockerfile.a', 'Dockerfile.b'] }))).toEqual([
      'Dockerfile.a -> bot-a:latest',
      'Dockerfile.b -> bot-b:latest',
    ]);
  });

  it('says that a Dockerfile builds nothing of the compose file', () => {
    expect(plan({ dockerfiles: ['Dockerfile', 'tests/Dockerfile'], compose: compose('tests=t:1', 'x=redis') }).findings).toEqual([
      expect.objectContaining({ id: 'dockerfile-unused', file: 'Dockerfile' }),
    ]);
  });
});

describe('planImages and several archives', () => {
  const manifest = { images: ['web_cam_image_service.tgz', 'battery_service.tgz'] };
  it('puts each image into the archive of its name', () => {
    const result = plan({ manifest, compose: compose('cam=web_cam_image_service', 'battery_service=bat:1') });
    expect(result.archives.map((one) => [one.name, one.references])).toEqual([
      ['web_cam_image_service.tgz', ['web_cam_image_service']],
      ['battery_service.tgz', ['bat:1']],
    ]);
  });
  it('puts what is named like none into the first, and reports one that stays empty', () => {
    const result = plan({ manifest, compose: compose('x=zebra:1') });
    expect(result.archives.map((one) => one.references)).toEqual([['zebra:1'], []]);
    expect(result.findings).toEqual([expect.objectContaining({ id: 'archive-without-images', severity: 'error' })]);
  });
  it('takes an archive that lies there as it is where nothing else goes into it', () => {
    const result = plan({ manifest, compose: compose('x=zebra:1'), archivesPresent: [{ path: 'battery_service.tgz', tags: ['bat:1'] }] });
    expect(result.archives[1]?.files).toEqual([{ path: 'battery_service.tgz', only: null }]);
    expect(result.findings).toEqual([]);
  });
  it('obeys --image-archive', () => {
    expect(plan({ manifest, imageArchiveOption: 'all.tgz', compose: compose('x=zebra:1') }).archives.map((one) => one.name)).toEqual(['all.tgz']);
  });
});

describe('planImages with a recipe', () => {
  it('does what the recipe says, with the context at the Dockerfile and the Dockerfile in the context', () => {
    const result = plan({
      dockerfiles: ['Dockerfile', 'x/Dockerfile'],
      compose: compose('web=bot:1', 'c=other:1'),
      recipe: {
        recipe: 1,
        images: [
          { tag: 'bot:1', dockerfile: 'x/Dockerfile' },
          { tag: 'z:1', context: 'ctx', args: { A: '1' }, stage: 's', secrets: [{ id: 'k', env: 'K' }] },
        ],
        extra_images: ['redis:7', 'other'],
      },
    });
    expect(result.builds).toMatchObject([
      { dockerfile: 'x/Dockerfile', context: 'x', services: ['web'] },
      { dockerfile: 'ctx/Dockerfile', context: 'ctx', args: { A: '1' }, stage: 's', secrets: [{ id: 'k', env: 'K' }] },
    ]);
    expect(result.fromEngineOrPull.map((one) => one.reference)).toEqual(['other:1', 'redis:7', 'other']);
  });
  it('takes saved archives that the recipe names whole', () => {
    const result = plan({
      compose: compose('web=bot:1'),
      recipe: { recipe: 1, archives: ['../s/bot.tgz'] },
      archivesPresent: [{ path: '../s/bot.tgz', tags: ['bot:1', 'more:1'] }],
    });
    expect(result).toMatchObject({ fromArchives: [{ path: '../s/bot.tgz', references: null }], fromEngineOrPull: [] });
    const built = plan({
      compose: compose('web=bot:1'),
      recipe: { recipe: 1, images: [{ tag: 'bot:1' }], archives: ['a.tgz'] },
      archivesPresent: [{ path: 'a.tgz', tags: ['bot:1', 'more:1'] }],
    });
    expect(built.fromArchives).toEqual([expect.objectContaining({ references: ['more:1'] })]);
  });
});
