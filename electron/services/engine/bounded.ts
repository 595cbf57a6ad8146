/**
 * Runs a body with a signal of its own that fires when the caller's fires or the time is over. Rejects at that moment even if
 * the body does not listen. `late` makes the error of the second case.
 */
export async function bounded<T>(
  body: (signal: AbortSignal) => Promise<T>,
  options: { milliseconds: number; signal?: AbortSignal; late: () => Error },
): Promise<T> {
  const { signal } = options;
  signal?.throwIfAborted();
  const inner = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    const stop = (reason: unknown): void => {
      reject(reason);
      inner.abort(reason);
    };
    timer = setTimeout(() => stop(options.late()), options.milliseconds);
    onAbort = () => stop(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([body(inner.signal), stopped]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}
