import { createHash } from 'node:crypto';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findEngineAddresses } from '../../../../electron/services/engine/engine-address.ts';
import { type AddressInput, parseEngineHost } from '../../../../electron/services/engine/engine-host.ts';

type Given = { platform: NodeJS.Platform; env?: Record<string, string>; there?: string[]; files?: Record<string, string> };

const HOMES: Partial<Record<NodeJS.Platform, string>> = { linux: '/home/ada', darwin: '/Users/ada', win32: 'C:\\Users\\Ada' };

function input({ platform, env = {}, there = [], files = {} }: Given): AddressInput {
  return {
    env,
    platform,
    home: HOMES[platform] ?? '/',
    path: platform === 'win32' ? path.win32 : path.posix,
    exists: (place) => there.includes(place),
    readFile: (file) => {
      const text = files[file];
      if (text === undefined) throw new Error(`ENOENT ${file}`);
      return text;
    },
  };
}

const find = (given: Given): string[] => findEngineAddresses(input(given)).addresses.map((address) => address.shown);
const code = (given: Given): string => {
  try {
    findEngineAddresses(input(given));
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

describe('without a word from anyone', () => {
  test("Linux: the system's socket comes before the rootless one, Docker Desktop's and Podman's", () => {
    const there = [
      '/run/podman/podman.sock',
      '/run/user/1000/podman/podman.sock',
      '/home/ada/.docker/desktop/docker.sock',
      '/run/user/1000/docker.sock',
      '/var/run/docker.sock',
      '/home/ada/.rd/docker.sock',
      '/home/ada/.colima/default/docker.sock',
    ];
    expect(find({ platform: 'linux', env: { XDG_RUNTIME_DIR: '/run/user/1000' }, there })).toEqual([
      'unix:///var/run/docker.sock',
      'unix:///run/user/1000/docker.sock',
      'unix:///home/ada/.docker/desktop/docker.sock',
      'unix:///home/ada/.colima/default/docker.sock',
      'unix:///home/ada/.rd/docker.sock',
      'unix:///run/user/1000/podman/podman.sock',
      'unix:///run/podman/podman.sock',
    ]);
  });

  test('macOS: Docker Desktop, Colima, Rancher Desktop and the Podman machine are found in the home folder', () => {
    for (const socket of [
      '/Users/ada/.docker/run/docker.sock',
      '/Users/ada/.colima/default/docker.sock',
      '/Users/ada/.rd/docker.sock',
      '/Users/ada/.local/share/containers/podman/machine/podman.sock',
      '/T/podman/podman-machine-default-api.sock',
    ]) {
      expect(find({ platform: 'darwin', env: { TMPDIR: '/T' }, there: [socket] })).toEqual([`unix://${socket}`]);
    }
  });

  test('Windows: the pipes of Docker Desktop and of the Podman machine', () => {
    const there = ['//./pipe/podman-machine-default', '//./pipe/dockerDesktopLinuxEngine', '//./pipe/docker_engine'];
    expect(find({ platform: 'win32', there })).toEqual([
      'npipe:////./pipe/docker_engine',
      'npipe:////./pipe/dockerDesktopLinuxEngine',
      'npipe:////./pipe/podman-machine-default',
    ]);
  });

  test('nothing there: no address, and every place that was looked at', () => {
    const found = findEngineAddresses(input({ platform: 'linux' }));
    expect(found.addresses).toEqual([]);
    expect(found.looked).toContain('/var/run/docker.sock');
    expect(found.chosen).toBe(false);
  });
});

describe('DOCKER_HOST', () => {
  test('wins over a context and over every socket that is there', () => {
    const given: Given = { platform: 'linux', env: { DOCKER_HOST: 'unix:///run/mine.sock', DOCKER_CONTEXT: 'gone' }, there: ['/var/run/docker.sock'] };
    expect(findEngineAddresses(input(given))).toMatchObject({ chosen: true, addresses: [{ kind: 'socket', path: '/run/mine.sock' }] });
  });

  test.each([
    ['tcp://192.0.2.7:4243', 4243, undefined],
    ['tcp://192.0.2.7', 2375, undefined],
    ['192.0.2.7:2375', 2375, undefined],
    ['http://192.0.2.7:80', 80, undefined],
    ['https://192.0.2.7', 2376, { verify: true }],
  ])('%s is port %i', (host, port, tls) => {
    const [address] = findEngineAddresses(input({ platform: 'linux', env: { DOCKER_HOST: host } })).addresses;
    expect(address).toMatchObject({ kind: 'tcp', host: '192.0.2.7', port });
    expect(address?.kind === 'tcp' ? address.tls : null).toEqual(tls);
  });

  test('an IPv6 address keeps its colons and loses its brackets', () => {
    expect(parseEngineHost('tcp://[2001:db8::7]:2376', { platform: 'linux', origin: 'DOCKER_HOST' })).toMatchObject({ host: '2001:db8::7', port: 2376 });
  });

  test('DOCKER_TLS_VERIFY reads the certificates of DOCKER_CERT_PATH, on Windows by its own separators', () => {
    const files = { 'D:\\certs\\ca.pem': 'CA', 'D:\\certs\\cert.pem': 'CERT', 'D:\\certs\\key.pem': 'KEY' };
    const [address] = findEngineAddresses(
      input({ platform: 'win32', env: { DOCKER_HOST: 'tcp://h:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: 'D:\\certs' }, files }),
    ).addresses;
    expect(address).toMatchObject({ tls: { ca: 'CA', cert: 'CERT', key: 'KEY', verify: true } });
  });

  test('npipe works on Windows in either spelling and is refused elsewhere', () => {
    expect(find({ platform: 'win32', env: { DOCKER_HOST: 'npipe:////./pipe/docker_engine' } })).toEqual(['npipe:////./pipe/docker_engine']);
    expect(find({ platform: 'win32', env: { DOCKER_HOST: 'npipe://\\\\.\\pipe\\docker_engine' } })).toEqual(['npipe:////./pipe/docker_engine']);
    expect(code({ platform: 'linux', env: { DOCKER_HOST: 'npipe:////./pipe/docker_engine' } })).toBe('ENGINE_CONTEXT_INVALID');
  });

  test.each(['ssh://spot@192.0.2.7', 'fd://', 'tcp://', 'tcp://h:99999', 'gopher://x', 'tcp://h:2375/path'])('%s is refused', (host) => {
    expect(code({ platform: 'linux', env: { DOCKER_HOST: host } })).toBe('ENGINE_CONTEXT_INVALID');
  });

  test('ssh:// is sent to the devices, and a password in it is not repeated', () => {
    try {
      find({ platform: 'linux', env: { DOCKER_HOST: 'ssh://spot:hunter2@192.0.2.7' } });
      expect.unreachable();
    } catch (error) {
      const { wire } = error as { wire: { message: string; hint: string } };
      expect(wire.hint).toContain('device');
      expect(JSON.stringify(wire)).not.toContain('hunter2');
    }
  });

  test.each([
    'tcp://me:hunter2@192.0.2.7:2375',
    'tcp://me:hun/ter2@192.0.2.7:2375',
    'me:hunter2@192.0.2.7:2375',
    'tcp://me:hunter2@192.0.2.7:99999',
    'gopher://me:hunter2@x',
  ])('credentials in %s are never shown', (host) => {
    let said: string;
    try {
      said = JSON.stringify(find({ platform: 'linux', env: { DOCKER_HOST: host } }));
    } catch (error) {
      said = JSON.stringify((error as { wire: unknown }).wire);
    }
    expect(said).not.toMatch(/hun|ter2|me:/);
  });

  test('an "@" in the path of a socket is part of it', () => {
    expect(find({ platform: 'linux', env: { DOCKER_HOST: 'unix:///run/user@1000/docker.sock' } })).toEqual(['unix:///run/user@1000/docker.sock']);
  });
});

describe('Docker contexts', () => {
  const id = createHash('sha256').update('colima').digest('hex');
  const meta = (host: string, more = {}): string => JSON.stringify({ Name: 'colima', Endpoints: { docker: { Host: host, ...more } } });

  test('the current context of config.json is used, and named', () => {
    const files = {
      '/Users/ada/.docker/config.json': '{"currentContext":"colima"}',
      [`/Users/ada/.docker/contexts/meta/${id}/meta.json`]: meta('unix:///Users/ada/.colima/default/docker.sock'),
    };
    expect(find({ platform: 'darwin', files, there: ['/var/run/docker.sock'] })).toEqual(['unix:///Users/ada/.colima/default/docker.sock (context colima)']);
  });

  test('DOCKER_CONTEXT wins over config.json, and "default" means no context', () => {
    const files = { '/home/ada/.docker/config.json': '{"currentContext":"colima"}' };
    expect(find({ platform: 'linux', env: { DOCKER_CONTEXT: 'default' }, files, there: ['/var/run/docker.sock'] })).toEqual(['unix:///var/run/docker.sock']);
  });

  test("on Windows and under DOCKER_CONFIG the folders are joined by that system's rules; TLS files belong to the context", () => {
    const files = {
      [`D:\\cfg\\contexts\\meta\\${id}\\meta.json`]: meta('tcp://192.0.2.7:2376', { SkipTLSVerify: true }),
      [`D:\\cfg\\contexts\\tls\\${id}\\docker\\ca.pem`]: 'CA',
    };
    const [address] = findEngineAddresses(input({ platform: 'win32', env: { DOCKER_CONFIG: 'D:\\cfg', DOCKER_CONTEXT: 'colima' }, files })).addresses;
    expect(address).toMatchObject({ kind: 'tcp', tls: { ca: 'CA', verify: false } });
  });

  test('a context that does not exist, names no engine, is not JSON or goes over ssh is refused', () => {
    const at = `/home/ada/.docker/contexts/meta/${id}/meta.json`;
    const env = { DOCKER_CONTEXT: 'colima' };
    for (const files of [{}, { [at]: '{}' }, { [at]: '{' }, { [at]: meta('ssh://root@192.0.2.7') }] as Record<string, string>[])
      expect(code({ platform: 'linux', env, files })).toBe('ENGINE_CONTEXT_INVALID');
  });

  test('a config.json that is not JSON is passed over, as the docker command line does', () => {
    expect(find({ platform: 'linux', files: { '/home/ada/.docker/config.json': '{' }, there: ['/var/run/docker.sock'] })).toEqual([
      'unix:///var/run/docker.sock',
    ]);
  });
});
