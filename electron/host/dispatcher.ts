import { GangwayError } from '../../shared/errors/codes.ts';
import type { CallName, Calls } from '../../shared/ipc/contract.ts';
import { toResult, type Result } from '../../shared/ipc/result.ts';
import { CALL_SCHEMAS, isCallName } from '../../shared/ipc/schemas.ts';

/** Who asks: grants and dialogs belong to a window. */
export interface CallContext {
  windowId: number;
}

export type Handlers = { readonly [N in CallName]: (request: Calls[N]['request'], context: CallContext) => Promise<Calls[N]['answer']> | Calls[N]['answer'] };

/** One question of a page: parsed, then answered. Whatever is sent, a Result comes back. */
export function createDispatcher(handlers: Handlers): (name: unknown, request: unknown, context: CallContext) => Promise<Result<unknown>> {
  return (name, request, context) =>
    toResult(() => {
      if (!isCallName(name)) throw new GangwayError('BAD_REQUEST', `There is no call named ${shown(name)}.`);
      return answer(handlers, name, request, context);
    });
}

function answer<N extends CallName>(handlers: Handlers, name: N, request: unknown, context: CallContext): Promise<Calls[N]['answer']> | Calls[N]['answer'] {
  return handlers[name](parseRequest(CALL_SCHEMAS[name], request, name), context);
}

interface Schema<T> {
  safeParse(raw: unknown): { success: true; data: T } | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

/** @throws GangwayError BAD_REQUEST that names the field, never its value: it may be a secret */
export function parseRequest<T>(schema: Schema<T>, request: unknown, name: string): T {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.map(String).join('.') || '(request)'}: ${issue.message}`)
    .join('\n');
  throw new GangwayError('BAD_REQUEST', `The request of ${name} is not of its form.`, { detail });
}

const shown = (name: unknown): string => (typeof name === 'string' ? JSON.stringify(name.slice(0, 60)) : typeof name);
