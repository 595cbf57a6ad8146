import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorOf, readMessages } from '../../../../electron/services/engine/message-stream.ts';
import { PullProgress } from '../../../../electron/services/engine/pull-progress.ts';

async function read(chunks: Buffer[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const message of readMessages(Readable.from(chunks))) found.push(message);
  return found;
}

describe("the engine's progress stream", () => {
  test('is the same whatever the chunk borders, also inside a letter of several bytes', async () => {
    const messages = [{ status: 'Pulling fs layer', id: 'a1' }, { status: 'Grüße 🚢' }, { errorDetail: { message: 'kaputt' }, error: 'kaputt' }];
    const bytes = Buffer.from(messages.map((message) => JSON.stringify(message)).join('\r\n'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), async (cuts) => {
        const at = [0, ...[...new Set(cuts)].sort((a, b) => a - b), bytes.length];
        expect(await read(at.slice(1).map((end, i) => bytes.subarray(at[i], end)))).toEqual(messages);
      }),
      { numRuns: 60 },
    );
  });

  test('keeps a line that is no JSON as text', async () => {
    expect(await read([Buffer.from('hello\n\n{"status":"x"}\n')])).toEqual([{ stream: 'hello' }, { status: 'x' }]);
  });

  test('a line without end is refused, not kept for ever', async () => {
    await expect(read([Buffer.alloc(5 * 1024 * 1024, 97)])).rejects.toThrow(/4 MiB/);
  });

  test('errors are found in either field', () => {
    expect(errorOf({ error: 'a' })).toBe('a');
    expect(errorOf({ error: 'a', errorDetail: { message: 'b' } })).toBe('b');
    expect(errorOf({ status: 'fine' })).toBeUndefined();
  });
});

describe('the progress of a pull', () => {
  test('adds up the layers and never goes back', () => {
    const progress = new PullProgress();
    const down = (id: string, current: number, total: number) => progress.take({ id, status: 'Downloading', progressDetail: { current, total } });
    expect(down('a', 10, 100)).toEqual({ done: 10, total: 100 });
    expect(down('b', 5, 50)).toEqual({ done: 15, total: 150 });
    expect(down('a', 3, 100)).toBeNull();
    expect(progress.take({ id: 'a', status: 'Download complete' })).toEqual({ done: 105, total: 150 });
    expect(progress.take({ id: 'a', status: 'Pull complete' })).toBeNull();
    expect(progress.take({ status: 'Status: Downloaded newer image' })).toBeNull();
    expect(progress.take({ id: 'c', status: 'Pull complete' })).toBeNull();
  });
});
