import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCompose } from '../../../../shared/extension/compose.ts';
import { checkDraft } from '../../../../shared/extension/draft-checks.ts';
import { planFiles } from '../../../../shared/extension/draft-files.ts';
import { draftFrom } from '../../../../shared/extension/draft-from.ts';
import { newService, serviceDraftOf } from '../../../../shared/extension/draft-service.ts';
import type { ExtensionDraft, ServiceDraft } from '../../../../shared/extension/draft.ts';
import { parseManifest } from '../../../../shared/extension/manifest.ts';
import { parseRecipe } from '../../../../shared/extension/recipe.ts';

import { dockerfile, fresh, withService } from '../../../fixtures/drafts.ts';

describe('draftFrom', () => {
  it('fills in for a lone Dockerfile a draft without errors', () => {
    const draft = fresh();
    expect(draft).toMatchObject({
      target: 'spot-core-io',
      platform: 'linux/arm64',
      extension: { name: 'my-bot-2', version: '0.1.0' },
      imageArchive: 'my-bot-2.tgz',
      output: 'my-bot-2.spx',
      packageDir: '.',
      images: [{ tag: 'my-bot-2:0.1.0', dockerfile: 'Dockerfile', context: '.' }],
      services: [
        {
          name: 'my-bot-2',
          image: 'my-bot-2:0.1.0',
          ports: [{ host: '21010', container: '21010', protocol: 'tcp' }],
          volumes: [],
          networkMode: 'bridge',
          restart: 'unless-stopped',
          memoryLimit: '512m',
          gpu: false,
        },
      ],
    });
    expect(checkDraft(draft).filter((problem) => problem.severity !== 'hint')).toEqual([]);
  });

  it('makes a service of each Dockerfile, named by suffix or folder', () => {
    const draft = draftFrom({
      name: 'bot',
      target: 'orbit',
      dockerfiles: [dockerfile('Dockerfile.server'), dockerfile('web/Dockerfile'), dockerfile('web/Dockerfile.l4t')],
    });
    expect(draft.services.map((service) => [service.name, service.image])).toEqual([
      ['server', 'server:0.1.0'],
      ['web', 'web:0.1.0'],
    ]);
    expect(draft.images.map((image) => image.dockerfile)).toEqual(['Dockerfile.server', 'web/Dockerfile']);
    expect(draft.platform).toBe('linux/amd64');
  });

  it('keeps what an existing extension says', () => {
    const { manifest } = parseManifest('{"extension_name": "Old_Name", "version": "1.0", "images": ["a.tar.gz"], "installation_target": "orbit"}', 'm');
    const { model } = parseCompose(
      'services:\n  app:\n    image: bot:${V}\n    network_mode: host\n    ports: ["127.0.0.1:80:80/udp"]\n    environment: [A=1, B]\n    deploy: {resources: {limits: {memory: 1g}}}\n    runtime: nvidia\n',
      'c',
    );
    const draft = draftFrom({ name: 'x', dockerfiles: [dockerfile('Dockerfile')], manifest, compose: model, variables: new Map([['V', '7']]) });
    expect(draft).toMatchObject({
      target: 'orbit',
      extension: { name: 'Old_Name', version: '1.0' },
      imageArchive: 'a.tar.gz',
      output: 'Old-Name.spx',
      images: [{ tag: 'bot:7', dockerfile: 'Dockerfile' }],
    });
    expect(draft.services[0]).toEqual({
      name: 'app',
      image: 'bot:${V}',
      ports: [{ host: '127.0.0.1:80', container: '80', protocol: 'udp' }],
      volumes: [],
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: '' },
      ],
      devices: [],
      networkMode: 'host',
      restart: '',
      memoryLimit: '1g',
      gpu: true,
    });
  });

  it('lets the recipe speak first, but a chosen target above it', () => {
    const { recipe } = parseRecipe('recipe: 1\ntarget: generic-ssh\nplatform: linux/riscv64\nimages: [{tag: a, dockerfile: D}]\nfiles: [x]\noutput: o.spx\n');
    expect(draftFrom({ name: 'x', dockerfiles: [], recipe })).toMatchObject({
      target: 'generic-ssh',
      platform: 'linux/riscv64',
      images: [{ tag: 'a', dockerfile: 'D' }],
      files: ['x'],
      output: 'o.spx',
    });
    expect(draftFrom({ name: 'x', dockerfiles: [], recipe, target: 'jetson' })).toMatchObject({ target: 'jetson', platform: 'linux/arm64' });
  });

  it('makes services of the images in a dropped archive', () => {
    const draft = draftFrom({ name: 'saved', dockerfiles: [], archiveImages: ['ghcr.io/x/ping:1', 'pong'], archives: [{ path: 'saved.tgz' }] });
    expect(draft.services.map((service) => [service.name, service.image])).toEqual([
      ['ping', 'ghcr.io/x/ping:1'],
      ['pong', 'pong'],
    ]);
    expect(draft).toMatchObject({ archives: ['saved.tgz'], imageArchive: 'saved.tgz', images: [] });
  });

  it('still gives a draft where it is ambiguous which Dockerfile builds what', () => {
    const { model } = parseCompose('services: {x: {image: a}, y: {image: b}}', 'c');
    expect(draftFrom({ name: 'x', dockerfiles: [dockerfile('Dockerfile')], compose: model }).images).toEqual([
      { tag: 'a', dockerfile: 'Dockerfile', context: '.' },
    ]);
  });
});

describe('planFiles, for a new extension', () => {
  it('writes three files that read back as the draft', () => {
    const draft = withService({
      volumes: [{ source: './d', target: '/d', readOnly: true }],
      devices: [{ host: '/dev/x', container: '' }],
      environment: [{ name: 'A', value: 'yes: #1' }],
      gpu: true,
    });
    const { changes, findings } = planFiles({}, draft);
    expect(findings).toEqual([]);
    expect(changes.map((change) => [change.path, change.kind, change.before])).toEqual([
      ['manifest.json', 'create', null],
      ['docker-compose.yml', 'create', null],
      ['gangway.yaml', 'create', null],
    ]);
    const [manifest, compose, recipe] = changes.map((change) => change.after);
    expect(compose).toBe(`services:
  my-bot-2:
    image: my-bot-2:0.1.0
    network_mode: bridge
    restart: unless-stopped
    ports:
      - "21010:21010"
    volumes:
      - "./d:/d:ro"
    devices:
      - "/dev/x:/dev/x"
    environment:
      - "A=yes: #1"
    deploy:
      resources:
        limits:
          memory: 512m
        reservations:
          devices:
            - driver: nvidia
              capabilities: [gpu]
    oom_score_adj: 1000
`);
    const again = draftFrom({
      name: 'other',
      dockerfiles: [dockerfile('Dockerfile', 1)],
      manifest: parseManifest(manifest ?? '', 'm').manifest,
      compose: parseCompose(compose ?? '', 'c').model,
      recipe: parseRecipe(recipe ?? '').recipe,
    });
    expect(again).toEqual({ ...draft, services: [{ ...draft.services[0], devices: [{ host: '/dev/x', container: '/dev/x' }] }] });
  });

  it('changes nothing when it is asked a second time', () => {
    const files = Object.fromEntries(planFiles({}, fresh()).changes.map((change) => [change.path, change.after]));
    expect(planFiles(files, fresh())).toEqual({ changes: [], findings: [] });
  });

  it('writes no value of a secret-like build argument into the recipe', () => {
    const draft = fresh();
    const { changes, findings } = planFiles({}, { ...draft, images: [{ tag: 'a', args: { API_TOKEN: 'hunter2', MODE: 'x' } }] });
    expect(JSON.stringify([changes, findings])).not.toContain('hunter2');
    expect(findings).toEqual([expect.objectContaining({ id: 'recipe-secret-argument' })]);
  });

  it('puts manifest and compose file into the package folder', () => {
    expect(planFiles({}, { ...fresh(), packageDir: 'ext' }).changes.map((change) => change.path)).toEqual([
      'ext/manifest.json',
      'ext/docker-compose.yml',
      'gangway.yaml',
    ]);
  });
});

const COMPOSE = `# our robot
x-log: &log
  driver: journald
services:
  # the main one
  app:
    image: "bot:1"  # pinned
    logging: *log
    ports:
      - "21000:21000"   # grpc
      - target: 50
        published: 21050
    environment: # settings
      A: 1
      # keep
      B: two
  other: {image: x}
  based: &b
    image: y
  uses:
    <<: *b
    restart: always
`;
const MANIFEST = '{\n\t"description": "d",\n\t"version": "1.0.0",\n\t"extension_name": "bot",\n\t"images": ["a.tgz", "b.tgz"],\n\t"custom": [1,2]\n}';

function existingDraft(): ExtensionDraft {
  return draftFrom({ name: 'x', dockerfiles: [], manifest: parseManifest(MANIFEST, 'm').manifest, compose: parseCompose(COMPOSE, 'c').model });
}
function edited(change: (services: ServiceDraft[]) => ServiceDraft[]): { text: string; ids: string[] } {
  const draft = existingDraft();
  const { changes, findings } = planFiles(
    { 'manifest.json': MANIFEST, 'docker-compose.yml': COMPOSE },
    { ...draft, services: change(structuredClone(draft.services)) },
  );
  return { text: changes.find((one) => one.path === 'docker-compose.yml')?.after ?? COMPOSE, ids: findings.map((finding) => finding.id) };
}
function change(index: number, part: Partial<ServiceDraft>): { text: string; ids: string[] } {
  return edited((services) => services.map((service, i) => (i === index ? { ...service, ...part } : service)));
}

describe('planFiles, for an existing extension', () => {
  it('leaves both files alone where the draft changes nothing', () => {
    expect(planFiles({ 'manifest.json': MANIFEST, 'docker-compose.yml': COMPOSE }, existingDraft()).changes.map((one) => one.path)).toEqual(['gangway.yaml']);
  });

  it('rewrites only the keys that change', () => {
    expect(change(0, { image: 'bot:2' })).toEqual({ text: COMPOSE.replace('"bot:1"', 'bot:2'), ids: [] });
    expect(change(0, { restart: 'no' })).toEqual({ text: COMPOSE.replace('# pinned\n', '# pinned\n    restart: "no"\n'), ids: [] });
    expect(change(0, { memoryLimit: '1g' }).text).toBe(
      COMPOSE.replace('      B: two\n', '      B: two\n    deploy:\n      resources:\n        limits:\n          memory: 1g\n'),
    );
    expect(
      change(0, {
        environment: [
          { name: 'A', value: '1' },
          { name: 'B', value: 'three' },
          { name: 'C', value: '' },
        ],
      }).text,
    ).toBe(COMPOSE.replace('B: two', 'B: three\n      C: ""'));
    expect(
      change(0, {
        ports: [
          { host: '21000', container: '21000', protocol: 'tcp' },
          { host: '21050', container: '50', protocol: 'tcp' },
          { host: '1', container: '1', protocol: 'udp' },
        ],
      }).text,
    ).toBe(COMPOSE.replace('published: 21050\n', 'published: 21050\n      - "1:1/udp"\n'));
    expect(change(0, { ports: [] }).text).toBe(
      COMPOSE.replace('    ports:\n      - "21000:21000"   # grpc\n      - target: 50\n        published: 21050\n', ''),
    );
  });

  it('adds and removes whole services', () => {
    expect(edited((services) => [...services, { ...newService('new', 'n:1'), memoryLimit: '' }]).text).toBe(
      `${COMPOSE}  new:\n    image: n:1\n    network_mode: bridge\n    restart: unless-stopped\n`,
    );
    expect(edited((services) => services.slice(1)).text).not.toContain('bot:1');
  });

  it('overrides a merged key in the service that changes, and in no other', () => {
    const { text, ids } = change(3, { image: 'z' });
    expect(ids).toEqual([]);
    expect(text).toBe(COMPOSE.replace('    restart: always\n', '    restart: always\n    image: z\n'));
  });

  it('refuses what it cannot change alone: flow style, and an anchor that others use', () => {
    expect(change(1, { image: 'z' })).toEqual({ text: COMPOSE, ids: ['compose-not-editable'] });
    expect(change(2, { image: 'z' })).toEqual({ text: COMPOSE, ids: ['compose-not-editable'] });
  });

  it('refuses broken files as they are', () => {
    const { changes, findings } = planFiles({ 'manifest.json': '{', 'docker-compose.yml': 'a: [' }, fresh());
    expect(changes.map((one) => one.path)).toEqual(['gangway.yaml']);
    expect(findings.map((finding) => finding.id)).toEqual(['manifest-not-editable', 'compose-not-editable']);
  });

  it('edits the manifest in its own format and keeps keys that it does not know', () => {
    const draft = existingDraft();
    const plan = (part: Partial<ExtensionDraft>): string | undefined =>
      planFiles({ 'manifest.json': MANIFEST, 'docker-compose.yml': COMPOSE }, { ...draft, ...part }).changes.find((one) => one.path === 'manifest.json')?.after;
    expect(plan({ extension: { ...draft.extension, version: '2.0.0' } })).toBe(MANIFEST.replace('1.0.0', '2.0.0'));
    expect(plan({ target: 'orbit', platform: 'linux/amd64' })).toBe(MANIFEST.replace('[1,2]', '[1,2],\n\t"installation_target": "orbit"'));
    expect(plan({ images: [{ tag: 'bot:1' }], imageArchive: 'c.tgz' })).toBe(MANIFEST.replace('["a.tgz", "b.tgz"]', '["c.tgz", "b.tgz"]'));
    expect(plan({ extension: { ...draft.extension, icon: 'i.png' } })).toBe(MANIFEST.replace('[1,2]', '[1,2],\n\t"icon": "i.png"'));
  });

  it('says of every edit what was asked for, and keeps all lines of other services, for any change', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{1,5}$/);
    const text = fc.oneof(word, fc.constantFrom('yes', 'a: b', '# x', '', '"', '1', 'null', "it's"));
    const list = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 4 });
    const service = fc.record({
      image: word,
      ports: list(
        fc.record({
          host: fc.constantFrom('21000', '21050', '5'),
          container: fc.constantFrom('21000', '50'),
          protocol: fc.constantFrom('tcp' as const, 'udp' as const),
        }),
      ),
      volumes: list(fc.record({ source: word, target: word.map((one) => `/${one}`), readOnly: fc.boolean() })),
      environment: fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'C', 'D'), value: text }), { selector: (one) => one.name, maxLength: 4 }),
      devices: list(fc.record({ host: word.map((one) => `/dev/${one}`), container: word.map((one) => `/dev/${one}`) })),
      networkMode: fc.constantFrom('' as const, 'bridge' as const, 'host' as const),
      restart: fc.constantFrom('' as const, 'no' as const, 'always' as const),
      memoryLimit: fc.constantFrom('', '512m', '1g'),
      gpu: fc.boolean(),
    });
    fc.assert(
      fc.property(service, fc.constantFrom(0, 3), (part, index) => {
        const { text: after, ids } = change(index, part);
        expect(ids).toEqual([]);
        const services = parseCompose(after, 'c').model?.services.map(serviceDraftOf) ?? [];
        const { environment, ...rest } = services[index] as ServiceDraft;
        const { environment: wanted, ...others } = part;
        expect(rest).toMatchObject(others);
        const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
        expect(environment.toSorted(byName)).toEqual(wanted.toSorted(byName));
        for (const line of ['# our robot', '  # the main one', '  other: {image: x}', '  based: &b', '    image: y', '    <<: *b', '    logging: *log'])
          expect(after.split('\n')).toContain(line);
      }),
      { numRuns: 200 },
    );
  });
});
