import { spawn } from 'node:child_process';

/** A display without a screen, on a number that Xvfb picks itself. `stop` ends it. */
export interface Display {
  name: string;
  stop(): void;
}

/** Starts an Xvfb of its own, so that runs beside each other do not share focus or a number. Needs Xvfb on the PATH. */
export async function startDisplay(size = '1600x1000x24'): Promise<Display> {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', size, '-nolisten', 'tcp', '-dpi', '96'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    child.stdio[3]!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.trim());
    });
  });
  child.removeAllListeners('exit');
  return { name: `:${number}`, stop: () => void child.kill() };
}

/** The display of this file: the one that is there, or an Xvfb that ends with the test process. */
let shared: Promise<Display> | null = null;
export function display(): Promise<Display> {
  shared ??= startDisplay().then((started) => {
    process.once('exit', started.stop);
    return started;
  });
  return shared;
}
