import { createReadStream } from 'node:fs';
import { pipeline, Transform, type Readable } from 'node:stream';

/** A file as a stream that tells how far it was read. Destroying it closes the file. */
export function measuredFile(file: string, progress: (done: number) => void): Readable {
  let done = 0;
  const count = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      progress(done);
      next(null, chunk);
    },
  });
  return pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), count, () => undefined);
}
