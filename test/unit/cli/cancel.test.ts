import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cancelOnSignals } from '../../../electron/cli/cancel.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The handlers that were added, called as Node would: emitting the signal itself would reach the test runner too. */
function handlers(): { signal: AbortSignal; stop(): void; second: ReturnType<typeof vi.fn>; send(name: NodeJS.Signals): void } {
  const before = new Set<unknown>(process.listeners('SIGINT'));
  const second = vi.fn();
  const cancel = cancelOnSignals(second);
  const [handle] = (process.listeners('SIGINT') as ((name: NodeJS.Signals) => void)[]).filter((listener) => !before.has(listener));
  return { ...cancel, second, send: (name) => handle!(name) };
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s cancels', (name) => {
  const { signal, stop, send, second } = handlers();
  send(name);
  expect(signal.aborted).toBe(true);
  expect(second).not.toHaveBeenCalled();
  stop();
});

it('takes one key press that arrives twice, from the terminal and from a parent, for one', () => {
  const { stop, send, second } = handlers();
  send('SIGINT');
  vi.advanceTimersByTime(100);
  send('SIGINT');
  expect(second).not.toHaveBeenCalled();
  stop();
});

it('ends at once on a second SIGINT, but not on a SIGTERM after it', () => {
  const { stop, send, second } = handlers();
  send('SIGINT');
  vi.advanceTimersByTime(400);
  send('SIGTERM');
  expect(second).not.toHaveBeenCalled();
  send('SIGINT');
  expect(second).toHaveBeenCalledTimes(1);
  stop();
});

it('does not wait for ever for a cleanup that hangs', () => {
  const { stop, send, second } = handlers();
  send('SIGTERM');
  vi.advanceTimersByTime(5000);
  expect(second).toHaveBeenCalledTimes(1);
  stop();
});

it('leaves no handler behind', () => {
  const before = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM') + process.listenerCount('SIGHUP');
  const { stop, send, second } = handlers();
  send('SIGINT');
  stop();
  vi.advanceTimersByTime(10_000);
  expect(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM') + process.listenerCount('SIGHUP')).toBe(before);
  expect(second).not.toHaveBeenCalled();
});
