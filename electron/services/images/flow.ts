import type { Readable } from 'node:stream';
import type { Pushed } from './inflate.ts';

/**
 * Pushes every chunk of a stream on and pauses it while the other side is not ready; ends with the stream. Not `for await`: that reads a
 * stream by joining whatever is buffered into new memory, which for an image of 600 MB is a second of garbage collection.
 * Rejects with what either side threw, or where the stream closes before its end. `enough` is asked after every chunk: true ends
 * the flow well and destroys the stream.
 */
export function flow(source: Readable, to: Pushed, enough: () => boolean = () => false): Promise<void> {
  return new Promise((resolve, reject) => {
    let ended = false;
    const fail = (error: unknown): void => {
      source.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const go = (): void => {
      const wait = to.ready();
      if (wait) {
        source.pause();
        wait.then(go, fail);
      } else if (source.isPaused()) source.resume();
    };
    source.on('data', (chunk: Buffer) => {
      try {
        if (ended) return;
        to.write(chunk);
        if (enough()) {
          ended = true;
          source.destroy();
          resolve();
        } else go();
      } catch (error) {
        fail(error);
      }
    });
    source.on('end', () => {
      ended = true;
      resolve();
    });
    source.on('error', fail);
    source.on('close', () => {
      if (!ended) fail(source.errored ?? new Error('the stream was closed before its end'));
    });
    // A stream that its owner had paused does not flow by itself when somebody listens.
    go();
  });
}
