import { describe, expect, it } from 'vitest';
import { checkArchitecture } from '../../../../electron/services/extension/foreign-binaries.ts';
import type { StoredImage } from '../../../../electron/services/ports/layer-store.ts';

const image = (more: Partial<StoredImage>): StoredImage => ({
  id: 'sha256:1',
  tags: ['app:1'],
  os: 'linux',
  architecture: 'arm64',
  size: 1,
  diffIds: ['sha256:l'],
  layers: [{ diffId: 'sha256:l', size: 1, storedSize: 1 }],
  foreign: [],
  ...more,
});
const foreign = (path: string) => ({ path, machine: 'x86-64', expected: 'AArch64', layer: 'sha256:l', createdBy: `COPY ${path} /` });

describe('the architecture of images', () => {
  it("is refused by the image's own word, with both platforms named", () => {
    expect(() => checkArchitecture([image({ architecture: 'amd64' })], 'linux/arm64')).toThrow(
      expect.objectContaining({
        wire: expect.objectContaining({ code: 'WRONG_ARCHITECTURE', data: { image: 'app:1', have: 'linux/amd64', expected: 'linux/arm64' } }),
      }),
    );
  });

  it('is refused for a program of another machine, named with image, layer and instruction', () => {
    expect(() => checkArchitecture([image({ foreign: [foreign('usr/local/bin/app')] })], 'linux/arm64')).toThrow(
      expect.objectContaining({
        wire: expect.objectContaining({
          code: 'WRONG_ARCHITECTURE',
          data: expect.objectContaining({ path: '/usr/local/bin/app', layer: 'sha256:l', image: 'app:1', instruction: 'COPY usr/local/bin/app /' }),
        }),
      }),
    );
  });

  it.each([
    'usr/lib/python3/dist-packages/debugpy/attach_linux_amd64.so',
    'app/.venv/lib/python3.11/site-packages/debugpy/_vendored/attach_linux_amd64.so',
    'app/node_modules/serialport/prebuilds/linux-x64/node.napi.node',
    'usr/bin/qemu-aarch64-static',
    'usr/lib/x86_64-linux-gnu/libc.so.6',
  ])('only warns of %s, which packages carry for other machines', (path) => {
    const findings = checkArchitecture([image({ foreign: [foreign(path)] })], 'linux/arm64');
    expect(findings.map((finding) => [finding.id, finding.severity])).toEqual([['image-foreign-binary', 'warning']]);
    expect(findings[0]?.message).toContain(`/${path}`);
  });

  it('lets 32-bit ARM of a lower variant pass', () => {
    expect(checkArchitecture([image({ architecture: 'arm', variant: 'v6' })], 'linux/arm/v7')).toEqual([]);
    expect(() => checkArchitecture([image({ architecture: 'arm', variant: 'v7' })], 'linux/arm/v6')).toThrow('linux/arm/v6');
  });
});
