import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SniffingInflater } from './inflate.ts';
import type { StoreIntake, TakenLayer } from './layer-intake.ts';

export interface TapRegistryOptions {
  /** Takes the next upload. */
  intake: () => StoreIntake;
  /** Layers of the image that the store has: an upload that begins like one of them is held back. */
  stored: ReadonlySet<string>;
  /** A whole layer went into the store (or proved to be there). */
  taken: (layer: TakenLayer) => void;
}

/** Milliseconds without a byte after which a held upload is let go on: it may be a new layer that begins like a stored one. */
const STALL = 700;

/**
 * A registry that only listens: the push half of the OCI distribution API on 127.0.0.1, under a repository name that no one can guess, open
 * for one push. It claims to have nothing, so that the engine uploads; an upload that begins like a stored layer is read no
 * further, and back-pressure stops the engine's compressor without costing it CPU.
 */
export class TapRegistry {
  private readonly server: Server;
  private readonly secret = randomBytes(12).toString('hex');
  private readonly uploads = new Set<Upload>();
  private readonly timer: NodeJS.Timeout;
  private count = 0;
  private closing = false;
  /** When anything was last heard, in milliseconds of `performance.now()`; null: never yet. */
  heardAt: number | null = null;

  private constructor(private readonly options: TapRegistryOptions) {
    this.server = createServer((request, response) => {
      this.answer(request, response);
    });
    this.timer = setInterval(() => {
      this.letGo();
    }, 100);
    this.timer.unref();
  }

  static async open(options: TapRegistryOptions): Promise<TapRegistry> {
    const registry = new TapRegistry(options);
    await new Promise<void>((resolve, reject) => {
      registry.server.once('error', reject);
      registry.server.listen(0, '127.0.0.1', resolve);
    });
    return registry;
  }

  /** Repository to push to; the tag is always "tap". */
  get repository(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}/gangway-tap-${this.secret}/image`;
  }

  /** Stops listening, drops every connection and waits until no upload writes any more. */
  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.timer);
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    for (const upload of this.uploads) upload.go();
    this.server.closeAllConnections();
    await Promise.all([...this.uploads].map((upload) => upload.ended));
    await closed;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://tap');
    if (pathname === '/v2/' || pathname === '/v2') {
      this.end(request, response, 200, {});
      return;
    }
    const base = `/v2/gangway-tap-${this.secret}/image/`;
    if (!pathname.startsWith(base)) {
      this.end(request, response, 404, {});
      return;
    }
    this.heardAt = performance.now();
    const rest = pathname.slice(base.length);
    if (rest === 'blobs/uploads/' && request.method === 'POST') {
      const id = `u${this.count++}`;
      this.end(request, response, 202, { Location: `${base}blobs/uploads/${id}`, 'Docker-Upload-UUID': id, Range: '0-0' });
      return;
    }
    const id = /^blobs\/uploads\/(u\d+)$/.exec(rest)?.[1];
    if (id && request.method === 'PATCH') {
      this.receive(request).then(
        (bytes) => {
          response.writeHead(202, { Location: pathname, 'Docker-Upload-UUID': id, Range: `0-${Math.max(0, bytes - 1)}`, 'Content-Length': 0 }).end();
        },
        () => {
          request.destroy();
        },
      );
      return;
    }
    if (id && request.method === 'PUT') {
      const digest = searchParams.get('digest') ?? '';
      this.end(request, response, 201, { Location: `${base}blobs/${digest}`, 'Docker-Content-Digest': digest });
      return;
    }
    // HEAD of a blob: not here. PUT of a manifest: the push must not succeed, or the engine would note a digest for the tag.
    this.end(request, response, 404, {});
  }

  private end(request: IncomingMessage, response: ServerResponse, status: number, headers: Record<string, string>): void {
    request.on('error', () => undefined).resume();
    response.writeHead(status, { 'Content-Length': 0, ...headers }).end();
  }

  /** Reads one upload to its end; bytes that came over the wire. */
  private async receive(request: IncomingMessage): Promise<number> {
    const upload = new Upload(this.options.intake(), this.options.stored);
    this.uploads.add(upload);
    try {
      const { taken, bytes } = await upload.read(request, () => {
        this.heardAt = performance.now();
      });
      if (!this.closing) this.options.taken(taken);
      return bytes;
    } finally {
      this.uploads.delete(upload);
    }
  }

  private letGo(): void {
    if (this.heardAt === null || performance.now() - this.heardAt < STALL) return;
    const held = [...this.uploads].find((upload) => upload.held);
    if (held) {
      this.heardAt = performance.now();
      held.go();
    }
  }
}

/** One layer on its way from the engine. */
class Upload {
  /** Set while it is read no further. */
  held = false;
  /** Settles when nothing of it is written any more. */
  readonly ended: Promise<void>;
  private release: () => void = () => undefined;
  private finish: () => void = () => undefined;
  private released = false;

  constructor(
    private readonly intake: StoreIntake,
    private readonly stored: ReadonlySet<string>,
  ) {
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  /** Lets a held upload go on, for good. */
  go(): void {
    this.released = true;
    this.held = false;
    this.release();
  }

  async read(request: IncomingMessage, heard: () => void): Promise<{ taken: TakenLayer; bytes: number }> {
    const inflater = new SniffingInflater(this.intake);
    let bytes = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        heard();
        bytes += chunk.length;
        inflater.write(chunk);
        for (let wait = inflater.ready() ?? this.intake.ready(); wait; wait = inflater.ready() ?? this.intake.ready()) await wait;
        if (!this.released && this.intake.resembles(this.stored)) await this.hold();
      }
      await inflater.end();
      return { taken: await this.intake.finish(), bytes };
    } catch (error) {
      inflater.destroy();
      await this.intake.abort();
      throw error;
    } finally {
      this.finish();
    }
  }

  private async hold(): Promise<void> {
    this.held = true;
    await new Promise<void>((resolve) => {
      this.release = resolve;
    });
  }
}
