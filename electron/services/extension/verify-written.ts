import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import zlib from 'node:zlib';
import { GangwayError } from '../../../shared/errors/codes.ts';

/** Where a member's tar header lies in the written file, deflated or stored as a segment of its own. */
export interface HeaderPlace {
  name: string;
  offset: number;
  length: number;
  header: Buffer;
}

/**
 * Reads a written package back: its length and digest must be those taken while writing, and every header must inflate to
 * what was meant. The contents are not inflated again: the digest covers their bytes.
 */
export async function verifyWritten(
  file: string,
  expected: { size: number; digest: string; headers: readonly HeaderPlace[] },
  signal: AbortSignal,
  progress: (done: number) => void,
): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(4 << 20);
    let size = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, size);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      size += bytesRead;
      progress(size);
    }
    if (size !== expected.size || `sha256:${hash.digest('hex')}` !== expected.digest) throw differs(file, 'its bytes differ from those written');
    for (const place of expected.headers) {
      const segment = Buffer.alloc(place.length);
      await handle.read(segment, 0, place.length, place.offset);
      const header = zlib.inflateRawSync(segment, { finishFlush: zlib.constants.Z_SYNC_FLUSH });
      if (!header.equals(place.header)) throw differs(file, `the entry ${place.name} is not where it should be`);
    }
  } finally {
    await handle.close();
  }
}

function differs(file: string, why: string): GangwayError {
  return new GangwayError('VERIFY_FAILED', `${file} was read back and ${why}.`, { data: { path: file }, remedy: { kind: 'retry' } });
}
