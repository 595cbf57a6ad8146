import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * One small JSON file, replaced as a whole or not at all. A file that cannot be understood is set aside as
 * "<name>.corrupt-<time>", so that nothing a person wrote is lost, and counts as absent.
 */
export class JsonFile<T> {
  private readonly path: string;
  private readonly parse: (raw: unknown) => T | null;
  private queue: Promise<unknown> = Promise.resolve();

  /** @param parse null where the content is not what it should be */
  constructor(path: string, parse: (raw: unknown) => T | null) {
    this.path = path;
    this.parse = parse;
  }

  /** Null where the file is absent, or was set aside. */
  async read(): Promise<T | null> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    const value = this.understood(text);
    // Another process may have been quicker.
    if (value === null) await rename(this.path, `${this.path}.corrupt-${Date.now()}`).catch(() => undefined);
    return value;
  }

  /** Writes one after the other; each is on disk when its promise resolves. Readable by the user alone. */
  write(value: T): Promise<void> {
    const written = this.queue.then(() => this.replace(value));
    this.queue = written.catch(() => undefined);
    return written;
  }

  private understood(text: string): T | null {
    try {
      return this.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  private async replace(value: T): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const part = `${this.path}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
    try {
      const file = await open(part, 'wx', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, this.path);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }
}
