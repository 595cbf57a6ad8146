import { toWireError } from '../../shared/ipc/result.ts';
import type { EngineStatus } from '../../shared/docker/build.ts';

/** Asks for the engine's state now and then while a window is open, and tells when it is another than before. */
export class EngineWatch {
  private timer: NodeJS.Timeout | undefined;
  private last = '';
  private readonly ask: () => Promise<EngineStatus>;
  private readonly changed: (status: EngineStatus) => void;
  private readonly interval: number;

  constructor(ask: () => Promise<EngineStatus>, changed: (status: EngineStatus) => void, interval = 5000) {
    this.ask = ask;
    this.changed = changed;
    this.interval = interval;
  }

  start(): void {
    if (this.timer) return;
    this.timer = setInterval(() => void this.check(), this.interval);
    void this.check();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Asks at once, e.g. after a job failed on the engine. */
  async check(): Promise<void> {
    const status = await this.ask().catch((thrown: unknown): EngineStatus => {
      const { code, message, hint } = toWireError(thrown);
      return { state: 'unavailable', code, message, ...(hint === undefined ? {} : { hint }) };
    });
    const now = JSON.stringify(status);
    if (now === this.last) return;
    this.last = now;
    this.changed(status);
  }
}
