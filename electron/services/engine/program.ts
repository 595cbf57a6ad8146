import { execFile } from 'node:child_process';
import type { Environment } from './engine-host.ts';

/** The first line that a program prints (on either stream), or null where it is not there or fails. */
export function firstLineOf(program: string, args: string[], env: Environment, milliseconds: number): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, args, { env: { ...env }, timeout: milliseconds, windowsHide: true, maxBuffer: 256 * 1024 }, (error, stdout, stderr) => {
      const line = `${stdout}\n${stderr}`
        .split('\n')
        .map((one) => one.trim())
        .find((one) => one !== '');
      resolve(error || !line ? null : line);
    });
  });
}
