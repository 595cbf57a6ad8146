import type { JobMessage } from '../../../shared/jobs/job.ts';

/**
 * What a page that comes late needs to draw a job: everything but what a later message supersedes, and of the output the
 * last lines. Holds about `limit` messages; what it dropped of the output stands as one `dropped` message in its place.
 */
export class ReplayBuffer {
  private messages: JobMessage[] = [];
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(message: JobMessage): void {
    this.messages.push(message);
    // A quarter at a time, so that the cost per message stays constant.
    if (this.messages.length > this.limit + this.limit / 4) this.compact();
  }

  /** From the first kept message; numbers rise, and leave out what was superseded. */
  replay(): JobMessage[] {
    return [...this.messages];
  }

  private compact(): void {
    this.messages = withoutSuperseded(this.messages);
    this.messages = withoutOldest(this.messages, this.messages.length - this.limit);
  }
}

function withoutSuperseded(messages: JobMessage[]): JobMessage[] {
  const seen = new Set<string>();
  const kept: JobMessage[] = [];
  for (let i = messages.length - 1; i >= 0; i--) {
    const message = messages[i]!;
    const key = supersededBy(message);
    if (key !== null && seen.has(key)) continue;
    if (key !== null) seen.add(key);
    kept.push(message);
  }
  return kept.reverse();
}

/** Messages of the same key are states of one thing, of which only the last counts. */
function supersededBy(message: JobMessage): string | null {
  if (message.type !== 'report') return null;
  if (message.event.type === 'progress') return `progress ${message.event.phase}`;
  if (message.event.type === 'step') return `step ${message.event.step.id}`;
  return null;
}

/** Takes out the oldest `excess` log events; phases, steps and findings always stay, being bounded by what is built. */
function withoutOldest(messages: JobMessage[], excess: number): JobMessage[] {
  let left = excess;
  let count = 0;
  let last: JobMessage | undefined;
  const kept: JobMessage[] = [];
  for (const message of messages) {
    const isLog = message.type === 'report' && message.event.type === 'log';
    if (message.type !== 'dropped' && !(isLog && left > 0)) {
      kept.push(message);
      continue;
    }
    count += message.type === 'dropped' ? message.count : 1;
    if (isLog) left--;
    last = message;
  }
  if (!last) return kept;
  // Where the last of them stood, so that numbers still rise.
  const { jobId, seq } = last;
  const place = kept.findIndex((message) => message.seq > seq);
  kept.splice(place < 0 ? kept.length : place, 0, { jobId, seq, type: 'dropped', count });
  return kept;
}
