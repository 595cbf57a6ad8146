import { binfmtReady } from './binfmt.ts';
import { cliPlugins, engineRelease } from './docker-releases.ts';
import { localEngine } from './engines.ts';
import { PartMissing } from './missing.ts';
import { podmanRelease } from './podman.ts';
import { isRoot, onPath } from './run.ts';
import { busybox } from './sample-image.ts';

const PARTS = {
  root: async () => {
    if (!isRoot()) throw new PartMissing('root', 'this is not root');
  },
  engine: async () => {
    await (await localEngine()).stop();
  },
  'engine-20.10': async () => {
    await PARTS.root();
    await engineRelease('20.10');
  },
  'engine-26.1': async () => {
    await PARTS.root();
    await engineRelease('26.1');
  },
  podman: async () => {
    await podmanRelease();
  },
  'cli-plugins': async () => {
    await cliPlugins();
  },
  namespaces: async () => {
    await PARTS.root();
    await need('ip');
    await need('nsenter');
  },
  registry: async () => need('docker-registry'),
  openssl: async () => need('openssl'),
  'busybox-arm64': async () => {
    await busybox('linux/arm64');
  },
  'busybox-arm': async () => {
    await busybox('linux/arm/v7');
  },
  'emulation-arm64': async () => {
    if (!(await binfmtReady()).arm64) throw new PartMissing('emulation-arm64', 'QEMU is not registered (packages qemu-user-static, binfmt-support)');
  },
  'emulation-arm': async () => {
    if (!(await binfmtReady()).arm) throw new PartMissing('emulation-arm', 'QEMU is not registered (packages qemu-user-static, binfmt-support)');
  },
} satisfies Record<string, () => Promise<void>>;

export type Part = keyof typeof PARTS;

/**
 * For `describe.skipIf(await skipUnless('engine-26.1'))`: true where a part cannot be had here, which is said loudly. With
 * GANGWAY_REQUIRE_PARTS=1 (CI) a missing part is a failure.
 */
export async function skipUnless(...parts: Part[]): Promise<boolean> {
  for (const part of parts) {
    try {
      await PARTS[part]();
    } catch (error) {
      if (!(error instanceof PartMissing) || process.env.GANGWAY_REQUIRE_PARTS === '1') throw error;
      process.stderr.write(`\n*** SKIPPED, for want of ${part}: ${error.message}\n\n`);
      return true;
    }
  }
  return false;
}

function need(program: string): Promise<void> {
  return onPath(program) ? Promise.resolve() : Promise.reject(new PartMissing(program, 'is not installed'));
}
