import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Runs a program to its end and resolves with stdout; rejects with what it printed on stderr. */
export function run(
  program: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; timeout?: number; input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const { input, ...rest } = options;
    const child = execFile(program, args, { maxBuffer: 256 * 1024 * 1024, timeout: 300_000, ...rest }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || stdout.trim() || error.message}`, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/** Whether a program is on PATH or in the folders of the system's own. */
export const onPath = (name: string): boolean =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => folder !== '' && existsSync(`${folder}/${name}`));

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Like run, but synchronous and without throwing: true where it ended with 0. */
export const succeeds = (program: string, args: string[]): boolean => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
