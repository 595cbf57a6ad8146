import { existsSync, mkdirSync } from 'node:fs';
import { isRoot, succeeds } from './run.ts';

const FOLDER = '/proc/sys/fs/binfmt_misc';

/**
 * Whether ARM programs run here: natively, or because QEMU is registered with the kernel. As root, mounts binfmt_misc and
 * registers what the package qemu-user-static brought.
 */
export async function binfmtReady(): Promise<{ arm64: boolean; arm: boolean }> {
  const registered = (name: string): boolean => existsSync(`${FOLDER}/${name}`);
  if (process.platform === 'linux' && isRoot() && !(registered('qemu-aarch64') && registered('qemu-arm'))) {
    if (!registered('register')) {
      mkdirSync(FOLDER, { recursive: true });
      succeeds('mount', ['-t', 'binfmt_misc', 'binfmt_misc', FOLDER]);
    }
    for (const name of ['qemu-aarch64', 'qemu-arm']) succeeds('update-binfmts', ['--enable', name]);
  }
  return { arm64: process.arch === 'arm64' || registered('qemu-aarch64'), arm: process.arch === 'arm' || registered('qemu-arm') };
}
