import { GangwayError } from '../../../shared/errors/codes.ts';
import { invalid } from './tar-fields.ts';
import { type TarEntry, TarReader } from './tar-reader.ts';

/** One entry as it goes by. The body can be read once, and only until the next entry is asked for. */
export interface PulledEntry extends TarEntry {
  /** Without a leading "./" or a trailing "/"; empty for the folder that the archive was made in. */
  name: string;
  body(): AsyncGenerator<Buffer>;
}

/** Entries of one archive, at most. */
const MOST_ENTRIES = 100_000;

/**
 * Reads a tar from a stream of bytes, entry by entry, as TarReader understands it; kinds of entries that we do not know and sparse files are
 * refused. Reads to the very end, so that a checksum after it is verified too.
 * @throws GangwayError ARCHIVE_INVALID, ARCHIVE_TRUNCATED
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PulledEntry> {
  const parts = new Parts(chunks);
  try {
    for (let part = await parts.next(); part; part = await parts.next()) {
      if (part.is !== 'entry') continue;
      const { entry } = part;
      const body = new Body(parts);
      yield { ...entry, name: entry.name.replace(/^(\.\/+)+/, '').replace(/\/+$/, ''), body: () => body.read() };
      await body.finish();
    }
  } finally {
    await parts.close();
  }
}

type Part = { is: 'entry'; entry: TarEntry } | { is: 'bytes'; bytes: Buffer } | { is: 'end' } | { is: 'failure'; error: unknown };

/** Pulls at the pushed reader: of each chunk the parts that it holds, before the next one is asked for. */
class Parts {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #reader: TarReader;
  #found: Part[] = [];
  #given = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
    this.#reader = new TarReader((entry) => {
      if (this.#reader.entries > MOST_ENTRIES) throw invalid(`it holds more than ${MOST_ENTRIES} entries`);
      if (entry.type === 'other') throw invalid(`the entry ${JSON.stringify(entry.name.slice(0, 200))} is of an unknown kind`);
      if (entry.sparse) throw invalid('it holds a sparse file, which an extension cannot');
      this.#found.push({ is: 'entry', entry });
      return { write: (bytes) => void this.#found.push({ is: 'bytes', bytes }), end: () => void this.#found.push({ is: 'end' }) };
    });
  }

  /** Null at the end of the stream, where the tar may end. */
  async next(): Promise<Part | null> {
    while (this.#given === this.#found.length) {
      this.#found = [];
      this.#given = 0;
      const { done, value } = await this.#iterator.next();
      if (done) {
        if (!this.#reader.between) throw new GangwayError('ARCHIVE_TRUNCATED', 'The archive ends in the middle of an entry.');
        if (!this.#reader.begun) throw new GangwayError('ARCHIVE_TRUNCATED', 'There is nothing in the archive.');
        return null;
      }
      try {
        this.#reader.write(Buffer.isBuffer(value) ? value : Buffer.from(value));
      } catch (error) {
        // Entries before it in the same chunk come first.
        this.#found.push({ is: 'failure', error });
      }
    }
    const part = this.#found[this.#given++]!;
    if (part.is === 'failure') throw part.error;
    return part;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** The bytes of one entry. Reads take turns: who reads the body may let go of it while a read is still under way. */
class Body {
  readonly #parts: Parts;
  #ended = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async *read(): AsyncGenerator<Buffer> {
    for (let chunk = await this.#next(); chunk; chunk = await this.#next()) yield chunk;
  }

  async finish(): Promise<void> {
    while (await this.#next());
  }

  #next(): Promise<Buffer | null> {
    const next = this.#turn.then(async () => {
      const part = this.#ended ? null : await this.#parts.next();
      if (part?.is === 'bytes') return part.bytes;
      this.#ended = true;
      return null;
    });
    this.#turn = next.catch(() => undefined);
    return next;
  }
}
