import type { JobBatch } from '../../shared/ipc/contract.ts';
import type { WireError } from '../../shared/errors/codes.ts';

/** Which running jobs each window has seen messages of, so that they can be ended for it when the services crash. */
export class RunningJobs {
  private readonly windows = new Map<number, Map<string, number>>();

  /** A batch went to a window. */
  passed(windowId: number, batch: JobBatch): void {
    const jobs = this.windows.get(windowId) ?? new Map<string, number>();
    this.windows.set(windowId, jobs);
    for (const message of batch) {
      if (message.type === 'end') jobs.delete(message.jobId);
      else jobs.set(message.jobId, message.seq);
    }
  }

  forget(windowId: number): void {
    this.windows.delete(windowId);
  }

  /** The ends that the services can no longer send, as one batch per window. */
  endAll(at: number, error: WireError): { windowId: number; batch: JobBatch }[] {
    const ends = [...this.windows].map(([windowId, jobs]) => ({
      windowId,
      batch: [...jobs].map(([jobId, seq]) => ({ jobId, seq: seq + 1, type: 'end' as const, status: 'failed' as const, error, at })),
    }));
    this.windows.clear();
    return ends.filter(({ batch }) => batch.length > 0);
  }
}
