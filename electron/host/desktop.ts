import { GangwayError } from '../../shared/errors/codes.ts';
import type { DesktopAsk, DesktopAsks, FromHost } from '../../shared/ipc/host-protocol.ts';
import type { Result } from '../../shared/ipc/result.ts';

/** What only the process with the windows can do: dialogs, the file manager, the browser, the theme. */
export class Desktop {
  private next = 1;
  private readonly waiting = new Map<number, (result: Result<unknown>) => void>();
  private readonly send: (message: FromHost) => void;

  constructor(send: (message: FromHost) => void) {
    this.send = send;
  }

  /** @throws GangwayError what main answered */
  async ask<K extends keyof DesktopAsks>(windowId: number, ask: K, request: DesktopAsks[K]['request']): Promise<DesktopAsks[K]['answer']> {
    const id = this.next++;
    const result = await new Promise<Result<unknown>>((resolve) => {
      this.waiting.set(id, resolve);
      this.send({ type: 'desktop', id, windowId, ask, request } as Extract<FromHost, { type: 'desktop' }> & DesktopAsk);
    });
    if (result.ok) return result.value as DesktopAsks[K]['answer'];
    const { code, message, ...more } = result.error;
    throw new GangwayError(code, message, more);
  }

  answered(id: number, result: Result<unknown>): void {
    this.waiting.get(id)?.(result);
    this.waiting.delete(id);
  }
}
