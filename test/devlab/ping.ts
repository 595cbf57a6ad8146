import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type PingTarget = { socketPath: string } | { host: string; port: number };

/** Whether an engine answers /_ping there, within two seconds. */
export function answers(target: PingTarget): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ ...target, path: '/_ping', timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
    call.end();
  });
}

/** Waits until it answers. `failed` ends the wait early with a reason. */
export async function untilAnswers(target: PingTarget, options: { milliseconds: number; failed: () => string | null }): Promise<void> {
  const end = Date.now() + options.milliseconds;
  while (Date.now() < end) {
    if (await answers(target)) return;
    const why = options.failed();
    if (why) throw new Error(why);
    await sleep(150);
  }
  throw new Error(`nothing answers after ${options.milliseconds} ms`);
}
