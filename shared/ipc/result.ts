import { GangwayError, type WireError } from '../errors/codes.ts';

/** The answer to one call. Errors cross as data, since a thrown error loses its code on the way. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: WireError };

/** How a long verb ended. Cancelled is an outcome of its own, not a failure. */
export type Outcome<T> = { status: 'done'; value: T } | { status: 'failed'; error: WireError } | { status: 'cancelled' };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** Turns anything thrown into the wire form; an unknown error keeps its message but becomes INTERNAL. */
export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof GangwayError) return thrown.wire;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'INTERNAL', message, ...(thrown instanceof Error && thrown.stack ? { detail: thrown.stack } : {}) };
}

/** Runs a verb's body and folds how it ended into an Outcome: an error after the signal fired is a cancel. */
export async function toOutcome<T>(signal: { readonly aborted: boolean }, body: () => Promise<T>): Promise<Outcome<T>> {
  try {
    const value = await body();
    return { status: 'done', value };
  } catch (thrown) {
    if (signal.aborted) return { status: 'cancelled' };
    return { status: 'failed', error: toWireError(thrown) };
  }
}

/** Runs a short question and folds a throw into a Result. */
export async function toResult<T>(body: () => Promise<T> | T): Promise<Result<T>> {
  try {
    return ok(await body());
  } catch (thrown) {
    return { ok: false, error: toWireError(thrown) };
  }
}
