import type { EngineMessage } from './message-stream.ts';

/** Adds up the layers of a pull. The sum never falls, though a layer's size is known only once its download starts. */
export class PullProgress {
  readonly #layers = new Map<string, { done: number; total: number }>();
  #shown = -1;

  /** Bytes downloaded so far and known to come; null when this message changed nothing worth a report. */
  take(message: EngineMessage): { done: number; total: number } | null {
    const { id, status, progressDetail: detail } = message;
    if (!id || !status) return null;
    const layer = this.#layers.get(id);
    if (status === 'Downloading' && detail?.current !== undefined) {
      const total = Math.max(detail.total ?? 0, detail.current, layer?.total ?? 0);
      this.#layers.set(id, { done: Math.max(detail.current, layer?.done ?? 0), total });
    } else if (layer && ['Verifying Checksum', 'Download complete', 'Extracting', 'Pull complete'].includes(status)) {
      layer.done = layer.total;
    } else return null;
    let [done, total] = [0, 0];
    for (const one of this.#layers.values()) {
      done += one.done;
      total += one.total;
    }
    if (done === this.#shown) return null;
    this.#shown = done;
    return { done, total };
  }
}
