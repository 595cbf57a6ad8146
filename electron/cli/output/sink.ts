import type { WriteStream } from 'node:tty';

/** A stream of the process as the output writes to it. */
export interface Sink {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Columns and rows of the terminal, as they are now; 80 by 24 where it is none. */
  size(): { columns: number; rows: number };
  /** Resolves when everything written has left the process, or nobody reads any more. */
  flush(): Promise<void>;
}

/**
 * Wraps stdout or stderr. When the reader goes away (`| head`), what follows is dropped silently: the job goes on to
 * its own end and its exit code, since a result half made for the sake of a closed pipe would help nobody.
 */
export function sinkOf(stream: NodeJS.WriteStream | WriteStream): Sink {
  let gone = false;
  stream.on('error', () => {
    gone = true;
  });
  return {
    write: (text) => {
      if (!gone) stream.write(text);
    },
    isTTY: stream.isTTY === true,
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
    flush: () =>
      new Promise((resolve) => {
        if (gone || stream.writableLength === 0) return resolve();
        stream.once('error', () => resolve());
        stream.write('', () => resolve());
      }),
  };
}
