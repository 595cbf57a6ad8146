import { StringDecoder } from 'node:string_decoder';

/** Longest object that is taken: a trace of a huge graph stays far below. */
const MAX_OBJECT = 64 * 1024 * 1024;

/**
 * Cuts a stream of JSON objects that follow each other, one per line or pretty-printed or with nothing between, as the engine's
 * build answer and `docker buildx --progress=rawjson` are. Any chunk border will do. Text between objects is handed to `onText`.
 */
export class JsonSplitter {
  private readonly decoder = new StringDecoder('utf8');
  private text = '';
  private scanned = 0;
  private depth = 0;
  private start = 0;
  private inString = false;
  private escaped = false;

  constructor(
    private readonly onObject: (value: Record<string, unknown>) => void,
    private readonly onText: (text: string) => void = () => undefined,
  ) {}

  push(chunk: Buffer | string): void {
    this.text += typeof chunk === 'string' ? chunk : this.decoder.write(chunk);
    this.scan();
    if (this.text.length > MAX_OBJECT) throw new Error('the engine sent a message without an end');
  }

  end(): void {
    this.text += this.decoder.end();
    this.scan();
    if (this.text.trim() !== '') this.onText(this.text.trim());
    this.text = '';
  }

  private scan(): void {
    for (; this.scanned < this.text.length; this.scanned++) {
      const char = this.text.charCodeAt(this.scanned);
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (char === 0x5c) this.escaped = true;
        else if (char === 0x22) this.inString = false;
      } else if (this.depth > 0 && char === 0x22) this.inString = true;
      else if (char === 0x7b) {
        if (this.depth++ === 0) {
          const before = this.text.slice(this.start, this.scanned).trim();
          if (before !== '') this.onText(before);
          this.start = this.scanned;
        }
      } else if (char === 0x7d && this.depth > 0 && --this.depth === 0) this.object();
    }
    this.text = this.text.slice(this.start);
    this.scanned -= this.start;
    this.start = 0;
  }

  private object(): void {
    const source = this.text.slice(this.start, this.scanned + 1);
    this.start = this.scanned + 1;
    let value: unknown;
    try {
      value = JSON.parse(source);
    } catch {
      this.onText(source);
      return;
    }
    this.onObject(value as Record<string, unknown>);
  }
}
