import { describe, expect, it } from 'vitest';
import { filesNamedBy, imagesOf, parseCompose } from '../../../../shared/extension/compose.ts';
import type { ComposeModel } from '../../../../shared/extension/compose-model.ts';
import { formatPort, parsePort, parseVolume } from '../../../../shared/extension/compose-short.ts';

const FULL = `name: bot
version: "3.8"
x-common: &common
  restart: unless-stopped
  network_mode: bridge
services:
  app:
    <<: *common
    image: \${REGISTRY:-local}/app:1
    ports:
      - "21000:21000"
      - 127.0.0.1:8080:80/udp
      - 9000
      - target: 50
        published: "21050"
        protocol: udp
    volumes:
      - ./config:/config:ro
      - data:/data
      - type: bind
        source: models
        target: /models
        read_only: true
      - /data/.extensions/bot/maps:/maps
      - /dev:/host/dev
    env_file: [.app.env, {path: extra.env, required: false}]
    environment:
      - A=1
      - B
    devices: ["/dev/serial/by-id/x:/dev/x:rw", "/dev/y"]
    configs: [settings]
    secrets: [{source: key}]
    deploy:
      resources:
        limits: {memory: 512m}
        reservations: {devices: [{driver: nvidia, capabilities: [gpu]}]}
    healthcheck: {test: [CMD, true]}
  other:
    build: {context: ./other, dockerfile: D.txt, args: {X: 1}, target: final}
    environment: {C: 3, D: }
    mem_limit: 1g
    runtime: nvidia
    privileged: true
    extends: {file: base.yml, service: base}
configs:
  settings: {file: ./settings.json}
secrets:
  key: {file: ../outside/key}
include: [more.yml]
volumes: {data: }
`;

const read = (text: string): ComposeModel => {
  const { model, findings } = parseCompose(text, 'docker-compose.yml');
  expect(findings).toEqual([]);
  return model as ComposeModel;
};

describe('parseCompose', () => {
  it('reads short and long syntax, merge keys applied', () => {
    const model = read(FULL);
    const [app, other] = model.services;
    expect(model.name?.text).toBe('bot');
    expect(app).toMatchObject({
      name: 'app',
      line: 7,
      networkMode: { text: 'bridge' },
      restart: { text: 'unless-stopped' },
      image: { line: 9 },
      memoryLimit: { text: '512m' },
      gpu: true,
      hasHealthcheck: true,
    });
    expect(app?.ports.map(({ hostIp, host, container, protocol, line }) => [hostIp, host, container, protocol, line])).toEqual([
      ['', '21000', '21000', 'tcp', 11],
      ['127.0.0.1', '8080', '80', 'udp', 12],
      ['', '', '9000', 'tcp', 13],
      ['', '21050', '50', 'udp', 14],
    ]);
    expect(app?.volumes.map(({ type, source, target, readOnly }) => [type, source, target, readOnly])).toEqual([
      ['bind', './config', '/config', true],
      ['volume', 'data', '/data', false],
      ['bind', 'models', '/models', true],
      ['bind', '/data/.extensions/bot/maps', '/maps', false],
      ['bind', '/dev', '/host/dev', false],
    ]);
    expect(app?.envFiles.map(({ path, required }) => [path, required])).toEqual([
      ['.app.env', true],
      ['extra.env', false],
    ]);
    expect(app?.environment.map(({ name, value }) => [name, value])).toEqual([
      ['A', '1'],
      ['B', null],
    ]);
    expect(app?.devices.map(({ host, container, permissions }) => [host, container, permissions])).toEqual([
      ['/dev/serial/by-id/x', '/dev/x', 'rw'],
      ['/dev/y', '/dev/y', ''],
    ]);
    expect(other).toMatchObject({
      build: { context: './other', dockerfile: 'D.txt', args: { X: '1' }, target: 'final' },
      memoryLimit: { text: '1g' },
      gpu: true,
      privileged: true,
      extends: { service: 'base', file: 'base.yml' },
    });
    expect(other?.environment.map(({ name, value }) => [name, value])).toEqual([
      ['C', '3'],
      ['D', null],
    ]);
  });

  it.each([
    ['services:\n  app:\n    image: a\n    ports:\n      # - "1:1"\n    restart: always\n', 'compose-type', 4],
    ['services:\n  app:\n    image: a\n    volumes:\n      /a:/b\n', 'compose-type', 5],
    ['services:\n  app: [x]\n', 'compose-type', 2],
    ['services:\n  app:\n', 'compose-type', 2],
    ['services: []\n', 'compose-type', 1],
    ['version: "3"\n', 'compose-services', 1],
    ['- a\n', 'compose-yaml', 1],
    ['', 'compose-yaml', 1],
    ['services:\n  a: {image: x}\n  a: {image: y}\n', 'compose-key-duplicate', 3],
  ])('finds in %j what Compose refuses', (text, id, line) => {
    expect(parseCompose(text, 'f').findings).toContainEqual(expect.objectContaining({ id, line, severity: 'error' }));
  });

  it('offers to write an empty list, and the fix mends it', () => {
    const text = 'services:\n  app:\n    image: a\n    ports: # none\n    restart: always\n';
    const edit = parseCompose(text, 'f').findings[0]?.fix?.edits[0];
    const fixed = text.slice(0, edit?.offset) + edit?.text + text.slice(edit?.offset);
    expect(fixed).toContain('ports: [] # none');
    expect(parseCompose(fixed, 'f').findings).toEqual([]);
  });

  it('accepts what Compose accepts: an empty command, !reset, no value for deploy', () => {
    read('services:\n  app:\n    image: a\n    command:\n    ports: !reset\n    deploy:\n');
  });
});

describe('short syntax', () => {
  it.each(['80', '8080:80', '8000-8010:8000-8010/udp', '127.0.0.1::80', '127.0.0.1:8080:80', '[::1]:8080:80'])('writes the port %s as it was read', (raw) => {
    expect(formatPort(parsePort(raw))).toBe(raw);
  });
  it('does not split a drive letter or a variable', () => {
    expect(parseVolume('C:\\data:/data')).toMatchObject({ type: 'bind', source: 'C:\\data', target: '/data' });
    expect(parseVolume('${DIR:-./x}:/data:ro')).toMatchObject({ source: '${DIR:-./x}', target: '/data', readOnly: true });
  });
});

describe('filesNamedBy', () => {
  it('names everything that has to lie in the package, with the line that says so', () => {
    const files = filesNamedBy(read(FULL), { hasDotEnv: true, extensionName: 'bot' });
    expect(files.map(({ path, line, required }) => [path, line, required])).toEqual([
      ['.app.env', 26, true],
      ['extra.env', 26, false],
      ['config', 18, false],
      ['models', 20, false],
      ['maps', 24, false],
      ['base.yml', 44, true],
      ['settings.json', 46, true],
      [null, 48, true],
      ['more.yml', 49, true],
      ['.env', 9, true],
    ]);
  });
  it('leaves .env out where nothing uses a variable or none is there', () => {
    expect(filesNamedBy(read('services: {a: {image: x}}\n'), { hasDotEnv: true })).toEqual([]);
    expect(filesNamedBy(read('services: {a: {image: "$X"}}\n'), { hasDotEnv: false })).toEqual([]);
  });
  it('fills variables of a path in, and says nothing of one that it cannot know', () => {
    const model = read('services: {a: {image: x, volumes: ["./${D}/x:/x", "${E}:/y"]}}\n');
    expect(filesNamedBy(model, { hasDotEnv: false, variables: new Map([['D', 'data']]) }).map((file) => file.path)).toEqual(['data/x']);
  });
});

describe('imagesOf', () => {
  it('replaces variables, and gives null where one is not set', () => {
    expect(imagesOf(read(FULL)).map((one) => one.image)).toEqual(['local/app:1']);
    expect(imagesOf(read('services: {a: {image: "app:${V}"}}\n'))).toEqual([expect.objectContaining({ image: null, raw: 'app:${V}', line: 1 })]);
  });
});
