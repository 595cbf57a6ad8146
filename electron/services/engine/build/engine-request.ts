import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { EngineHandle as Docker } from '../transport.ts';
import { JsonSplitter } from './json-splitter.ts';

/** An answer of the engine with a status that is no success, or an error inside a build's stream. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
}

// docker-modem's own handling of an error status waits for ever when the engine dies inside the answer.
const ANY_STATUS: Record<number, true> = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [i + 100, true]));

export interface PostOptions {
  query: Readonly<Record<string, string | string[] | undefined>>;
  body?: Readable;
  headers?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** POSTs to the engine and resolves with the answer's stream. @throws EngineRefusal with the engine's own words */
export async function post(docker: Docker, path: string, options: PostOptions): Promise<IncomingMessage> {
  const query = Object.fromEntries(Object.entries(options.query).filter(([, value]) => value !== undefined));
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    docker.modem.dial(
      {
        path: `${path}?`,
        method: 'POST',
        isStream: true,
        statusCodes: ANY_STATUS,
        abortSignal: options.signal,
        options: { _query: query, _body: {} },
        ...(options.body ? { file: options.body } : {}),
        ...(options.headers ? { headers: options.headers } : {}),
      },
      (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result as IncomingMessage)),
    );
  });
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  const text = await wholeText(answer);
  let words = text;
  try {
    const parsed = JSON.parse(text) as { message?: unknown };
    if (typeof parsed.message === 'string') words = parsed.message;
  } catch {
    // not JSON: the text itself is what was said
  }
  throw new EngineRefusal(words.trim() === '' ? `the engine answered with status ${status}` : words.trim());
}

/**
 * Hands every message of a build's answer on, to its end; "error" is kept back, as it stands inside a stream whose status was 200.
 * @throws EngineRefusal with the engine's words; the signal's reason, after the stream was destroyed
 */
export async function readBuildAnswer(
  answer: AsyncIterable<Buffer> & { destroy(): unknown },
  signal: AbortSignal,
  take: (message: Record<string, unknown>) => void,
): Promise<void> {
  let failure = '';
  const splitter = new JsonSplitter((message) => {
    const detail = (message.errorDetail as { message?: unknown } | undefined)?.message ?? message.error;
    if (typeof detail === 'string') failure = detail;
    else take(message);
  });
  const stop = (): void => void answer.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of answer) splitter.push(chunk);
    splitter.end();
  } finally {
    signal.removeEventListener('abort', stop);
  }
  signal.throwIfAborted();
  if (failure !== '') throw new EngineRefusal(failure);
}

/** At most 1 MiB of an answer. */
async function wholeText(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer as AsyncIterable<string>) {
    text += chunk;
    if (text.length > 1 << 20) break;
  }
  return text;
}
