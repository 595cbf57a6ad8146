import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import type { AssembledArchive } from '../ports/layer-store.ts';
import { openOutput, outputError, type OutputFile, type Owner } from './output-file.ts';

/**
 * Writes an image archive as a file of its own, not yet under its name: plain where the name ends in .tar, else gzip. The caller
 * commits or discards it.
 */
export async function writeArchivePart(
  archive: AssembledArchive,
  target: string,
  owner: Owner | null,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<OutputFile & { size: number }> {
  const output = await openOutput(target, { inputs: [], owner, mode: 0o644 });
  try {
    let read = 0;
    let size = 0;
    const count = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of source) {
        read += chunk.length;
        progress(read, archive.size);
        yield chunk;
      }
    };
    const write = async (source: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of source) {
        for (let at = 0; at < chunk.length; ) at += (await output.handle.write(chunk, at)).bytesWritten;
        size += chunk.length;
      }
    };
    if (target.endsWith('.tar')) await pipeline(archive.stream(), count, zlib.createGunzip({ chunkSize: 1 << 20 }), write, { signal });
    else await pipeline(archive.stream(), count, write, { signal });
    return { ...output, size };
  } catch (error) {
    await output.discard();
    throw outputError(error, target);
  }
}
