import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { nativePlatforms, parseBinfmtEntry, platformsFromBinfmt } from '../../../../electron/services/engine/binfmt.ts';
import { readWorkers } from '../../../../electron/services/engine/buildkit-workers.ts';
import { emulation } from '../../../../electron/services/engine/emulation.ts';
import { builderOf, isSameKernel, productName, storeOf } from '../../../../electron/services/engine/engine-info.ts';
import { engineInfo } from '../../../fixtures/engine-info.ts';
import type { EngineInfo } from '../../../../shared/docker/build.ts';
import type { Platform } from '../../../../shared/docker/platform.ts';

describe('what the engine says of itself', () => {
  test('the containerd image store is known by its snapshotter', () => {
    expect(storeOf({ DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']] })).toBe('containerd');
    expect(
      storeOf({
        DriverStatus: [
          ['Backing Filesystem', 'extfs'],
          ['Native Overlay Diff', 'true'],
        ],
      }),
    ).toBe('graph');
    expect(storeOf({ DriverStatus: null })).toBe('graph');
  });

  test.each([
    ['2', 'docker', 'linux', '1.45', 'buildkit'],
    [null, 'docker', 'linux', '1.41', 'buildkit'],
    ['1', 'docker', 'linux', '1.41', 'classic'],
    ['1', 'docker', 'windows', '1.45', 'classic'],
    [null, 'podman', 'linux', '1.41', 'classic'],
    [null, 'docker', 'linux', '1.38', 'classic'],
  ] as const)('Builder-Version %s of %s on %s with API %s builds with %s', (header, flavour, os, api, builder) => {
    expect(builderOf(header, flavour, os, api)).toBe(builder);
  });

  test('the product is named where it can be told', () => {
    expect(productName({ OperatingSystem: 'Docker Desktop', Name: 'docker-desktop' }, 'docker')).toBe('Docker Desktop');
    expect(productName({ OperatingSystem: 'Rancher Desktop WSL Distribution' }, 'docker')).toBe('Rancher Desktop');
    expect(productName({ OperatingSystem: 'Ubuntu 24.04.1 LTS', Name: 'colima-work' }, 'docker')).toBe('Colima');
    expect(productName({ OperatingSystem: 'fedora' }, 'podman')).toBe('Podman');
    expect(productName({ OperatingSystem: 'Debian GNU/Linux 12 (bookworm)', Name: 'bench' }, 'docker')).toBe('Docker');
  });

  const link = { address: { kind: 'socket' as const, path: '/var/run/docker.sock', shown: '' } };
  const at = { platform: 'linux' as const, kernel: '6.1.0-13-amd64', hostname: 'bench' };
  const raw = { Name: 'bench', KernelVersion: '6.1.0-13-amd64', OperatingSystem: 'Debian GNU/Linux 12 (bookworm)' };

  test('only an engine on this very kernel and host shares it', () => {
    expect(isSameKernel(link, raw, at)).toBe(true);
    expect(isSameKernel(link, { ...raw, OperatingSystem: 'Docker Desktop' }, at)).toBe(false);
    expect(isSameKernel(link, { ...raw, KernelVersion: '6.6.12-linuxkit' }, at)).toBe(false);
    expect(isSameKernel(link, { ...raw, Name: 'host-of-this-container' }, at)).toBe(false);
    expect(isSameKernel(link, raw, { ...at, platform: 'darwin' })).toBe(false);
    expect(isSameKernel({ address: { kind: 'tcp', host: '127.0.0.1', port: 2375, shown: '' } }, raw, at)).toBe(false);
  });
});

describe('what runs where', () => {
  const entry = (magic: string, flags = 'PF', state = 'enabled'): string =>
    `${state}\ninterpreter /usr/libexec/qemu-binfmt/x\nflags: ${flags}\noffset 0\nmagic ${magic}\nmask ff\n`;
  const ARM64 = '7f454c460201010000000000000000000200b700';
  const ARM = '7f454c4601010100000000000000000002002800';

  test('registrations are read by their ELF header, whatever their name', () => {
    expect(parseBinfmtEntry(entry(ARM64))).toEqual({ enabled: true, fixed: true, platforms: ['linux/arm64'] });
    expect(parseBinfmtEntry(entry(ARM))).toMatchObject({ platforms: ['linux/arm/v7', 'linux/arm/v6'] });
    expect(parseBinfmtEntry(entry('7f454c460202010000000000000000000200b700'))).toMatchObject({ platforms: [] });
    expect(parseBinfmtEntry(entry('504b0304')).platforms).toEqual([]);
  });

  test('an interpreter that was not opened at registration does not exist inside a container', () => {
    expect(parseBinfmtEntry(entry(ARM64, 'OC')).fixed).toBe(false);
    expect(parseBinfmtEntry(entry(ARM64, 'F', 'disabled')).enabled).toBe(false);
  });

  test('of a folder of registrations only those count that are on and work inside a container', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'gangway-binfmt-'));
    try {
      const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text);
      await write('register', '');
      await write('one', entry(ARM64));
      await write('two', entry(ARM, 'OC'));
      await write('three', entry('7f454c460201010000000000000000000200f300', 'F', 'disabled'));
      expect(await platformsFromBinfmt(folder)).toEqual([]);
      await write('status', 'enabled\n');
      expect(await platformsFromBinfmt(folder)).toEqual(['linux/arm64']);
      await write('status', 'disabled\n');
      expect(await platformsFromBinfmt(folder)).toEqual([]);
      expect(await platformsFromBinfmt('/nowhere')).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('64-bit ARM runs 32-bit code only where the processor says so', async () => {
    expect(await nativePlatforms('aarch64', async () => true)).toContain('linux/arm/v7');
    expect(await nativePlatforms('arm64', async () => false)).toEqual(['linux/arm64']);
    expect(await nativePlatforms('x86_64')).toEqual(['linux/amd64', 'linux/386']);
    expect(await nativePlatforms('s390x')).toEqual([]);
  });

  test("BuildKit's list of workers is read from its bytes, and broken bytes are refused", () => {
    const field = (number: number, body: Buffer | string): Buffer =>
      Buffer.concat([Buffer.from([number * 8 + 2, Buffer.from(body).length]), Buffer.from(body)]);
    const platform = (architecture: string, os: string, variant = ''): Buffer =>
      field(3, Buffer.concat([field(1, architecture), field(2, os), ...(variant ? [field(3, variant)] : [])]));
    const message = field(1, Buffer.concat([field(1, 'id'), platform('amd64', 'linux'), Buffer.from([32, 5]), platform('arm', 'linux', 'v7')]));
    expect(readWorkers(message)).toEqual(['linux/amd64', 'linux/arm/v7']);
    expect(() => readWorkers(message.subarray(0, message.length - 3))).toThrow(/ends within/);
  });

  const ask = (wanted: Platform, more: Partial<EngineInfo>, builder: Platform[] | null = null) =>
    emulation(wanted, { info: engineInfo(more), system: { platform: 'linux', packages: 'apt' }, askBuilder: async () => builder });

  test("the kernel's own list decides where it is known", async () => {
    expect(await ask('linux/arm64', { platforms: ['linux/amd64', 'linux/arm64'] })).toEqual({ runs: true, how: 'emulated' });
    expect(await ask('linux/amd64', { platforms: [] })).toEqual({ runs: true, how: 'native' });
    expect(await ask('linux/arm/v7', { platforms: ['linux/amd64', 'linux/arm64'] })).toMatchObject({ runs: false, how: 'missing' });
    const missing = await ask('linux/arm64', { platforms: ['linux/amd64'] });
    expect(missing).toMatchObject({ runs: false, how: 'missing' });
    expect(missing.fix).toContain('sudo apt-get install -y qemu-user-static binfmt-support');
  });

  test('elsewhere BuildKit is asked, and its silence about 32-bit ARM beside arm64 is no answer', async () => {
    expect(await ask('linux/arm64', {}, ['linux/amd64', 'linux/arm64'])).toMatchObject({ how: 'emulated' });
    expect(await ask('linux/arm64', {}, ['linux/amd64'])).toMatchObject({ runs: false, how: 'missing' });
    expect(await ask('linux/arm/v7', {}, ['linux/amd64', 'linux/arm64'])).toMatchObject({ runs: true, how: 'unknown' });
    expect(await ask('linux/arm/v6', {}, ['linux/arm/v7'])).toMatchObject({ how: 'emulated' });
  });

  test('an engine that cannot be asked is not refused; Docker Desktop has it built in', async () => {
    expect(await ask('linux/arm64', { builder: 'classic' }, ['linux/amd64'])).toMatchObject({ runs: true, how: 'unknown' });
    expect(await ask('linux/arm64', { name: 'Docker Desktop' })).toEqual({ runs: true, how: 'emulated' });
  });

  test('the native answer needs no question', async () => {
    const askBuilder = vi.fn(async () => null);
    await emulation('linux/arm64', { info: engineInfo({ architecture: 'arm64' }), system: { platform: 'darwin' }, askBuilder });
    expect(askBuilder).not.toHaveBeenCalled();
  });
});
