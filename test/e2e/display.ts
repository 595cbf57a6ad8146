import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** A display without a screen, on a number that Xvfb picks itself. `stop` ends it. */
export interface Display {
  name: string;
  stop(): void;
}

/** Ends Xvfb when its input closes: a test process that was killed can tell nobody, but its end of the pipe closes. */
const GUARDED = 'Xvfb -displayfd 3 -screen 0 "$1" -nolisten tcp -dpi 96 & pid=$!; exec 3>&-; read -r _; kill "$pid"; wait "$pid"';

/** Starts an Xvfb of its own, so that runs beside each other do not share focus or a number. Needs Xvfb on the PATH. */
export async function startDisplay(size = '1600x1000x24'): Promise<Display> {
  const child = spawn('sh', ['-c', GUARDED, 'sh', size], { stdio: ['pipe', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
    child.stdio[3]!.on('end', () => reject(new Error('Xvfb did not start: is it installed?')));
    child.stdio[3]!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.trim());
    });
  });
  child.removeAllListeners('exit');
  // Neither the process nor its pipe keeps the tests from ending.
  child.unref();
  for (const pipe of [child.stdin, child.stdio[3]]) (pipe as Socket).unref();
  return { name: `:${number}`, stop: () => void child.stdin!.end() };
}

/** The display of this process; it ends with it. Where there is no X, the screen that there is. */
let shared: Promise<Display> | null = null;
export function display(): Promise<Display> {
  if (process.platform !== 'linux') return Promise.resolve({ name: '', stop: () => undefined });
  shared ??= startDisplay();
  return shared;
}
