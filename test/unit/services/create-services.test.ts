import { userInfo } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createServices } from '../../../electron/services/create-services.ts';

const storeOf = async (env: Record<string, string>): Promise<string> => {
  const services = createServices({ env, platform: 'linux', home: '/home/mira' });
  await services.close();
  return services.store.root;
};

describe('the layer store', () => {
  it("lies in the person's cache", async () => {
    expect(await storeOf({})).toBe('/home/mira/.cache/gangway/layers');
    expect(await storeOf({ GANGWAY_CACHE_DIR: '/big/disk' })).toBe('/big/disk/layers');
  });

  it.skipIf(process.getuid?.() !== 0)("is root's own under sudo, so that no layer of root's stops the person's next packing", async () => {
    const sudo = { SUDO_UID: '1000', SUDO_GID: '1000', XDG_CACHE_HOME: '/home/mira/.cache' };
    expect(await storeOf(sudo)).toBe(path.join(userInfo().homedir, '.cache/gangway/layers'));
    expect(await storeOf({ ...sudo, GANGWAY_CACHE_DIR: '/big/disk' })).toBe('/big/disk/layers');
  });
});
