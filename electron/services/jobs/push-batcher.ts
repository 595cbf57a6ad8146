import type { JobBatch } from '../../../shared/ipc/contract.ts';
import type { JobMessage } from '../../../shared/jobs/job.ts';

/** Gathers messages for one window: one batch every 50 ms or 500 messages. One send per line costs twenty times as much. */
export class PushBatcher {
  private pending: JobMessage[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly send: (batch: JobBatch) => void;
  private readonly interval: number;
  private readonly most: number;

  constructor(send: (batch: JobBatch) => void, interval = 50, most = 500) {
    this.send = send;
    this.interval = interval;
    this.most = most;
  }

  add(message: JobMessage): void {
    this.pending.push(message);
    if (this.pending.length >= this.most) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), this.interval);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending.length === 0) return;
    const batch = this.pending;
    this.pending = [];
    this.send(batch);
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.pending = [];
  }
}
