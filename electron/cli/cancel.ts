import { EXIT } from './spec.ts';

/** A terminal's Ctrl-C reaches the whole process group, and a parent such as npm passes it on once more: one key press. */
const SAME_KEY_PRESS = 300;
/** Every job promises to end within 2 s; one that does not is left to the operating system. */
const GRACE = 5000;

/**
 * Aborts the signal on SIGINT, SIGTERM or SIGHUP. A second SIGINT ends the process at once, and so does a cleanup that
 * hangs. `stop` takes the handlers away again.
 */
export function cancelOnSignals(onSecond: () => void = () => process.exit(EXIT.cancelled)): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let first = 0;
  let grace: NodeJS.Timeout | undefined;
  const handle = (name: NodeJS.Signals): void => {
    if (!controller.signal.aborted) {
      first = Date.now();
      controller.abort();
      grace = setTimeout(onSecond, GRACE);
      grace.unref();
    } else if (name === 'SIGINT' && Date.now() - first >= SAME_KEY_PRESS) onSecond();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, handle);
  return {
    signal: controller.signal,
    stop: () => {
      clearTimeout(grace);
      for (const name of names) process.off(name, handle);
    },
  };
}
