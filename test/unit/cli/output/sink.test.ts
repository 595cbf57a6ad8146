import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { sinkOf } from '../../../../electron/cli/output/sink.ts';

it('drops what follows once the reader is gone, and still says that it is flushed', async () => {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (written.length > 0) return done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      written.push(chunk.toString());
      done();
    },
  });
  const sink = sinkOf(stream as unknown as NodeJS.WriteStream);
  for (let i = 0; i < 100; i++) sink.write(`${i}\n`);
  await sink.flush();
  await new Promise((resolve) => setImmediate(resolve));
  sink.write('more');
  await sink.flush();
  expect(written).toEqual(['0\n']);
});
