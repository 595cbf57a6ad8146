import type { Readable } from 'node:stream';

/** One line of the engine's progress streams (pull, push, load). */
export interface EngineMessage {
  status?: string;
  id?: string;
  stream?: string;
  progressDetail?: { current?: number; total?: number };
  aux?: unknown;
  error?: string;
  errorDetail?: { message?: string };
}

const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * Reads newline-delimited JSON. Objects that lie on one line without a break between them (old engines) are not expected;
 * a line that is no JSON is handed on as `stream` text, so that nothing the engine says is lost.
 */
export async function* readMessages(stream: Readable): AsyncGenerator<EngineMessage> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest += decoder.decode(chunk, { stream: true });
    let end = rest.indexOf('\n');
    let start = 0;
    while (end >= 0) {
      const line = rest.slice(start, end).trim();
      if (line !== '') yield parse(line);
      start = end + 1;
      end = rest.indexOf('\n', start);
    }
    rest = rest.slice(start);
    if (rest.length > LONGEST_LINE) throw new Error('the engine sent a line of more than 4 MiB');
  }
  if (rest.trim() !== '') yield parse(rest.trim());
}

function parse(line: string): EngineMessage {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // falls through: kept as text
  }
  return { stream: line };
}

/** The error that a message carries, if it does. */
export const errorOf = (message: EngineMessage): string | undefined => message.errorDetail?.message ?? message.error;
