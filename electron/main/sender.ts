import { APP_ORIGIN } from '../../shared/ipc/channels.ts';

/** The part of an IPC event that tells who sent it. */
export interface SenderEvent {
  senderFrame: { parent: unknown; origin: string } | null;
  sender: { id: number };
}

/**
 * Whether a message comes from the page itself: the main frame, of our origin, of a window that we opened. The frame is
 * null when it went away or navigated meanwhile.
 */
export function isTrustedSender(event: SenderEvent, isKnown: (contentsId: number) => boolean): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && frame.origin === APP_ORIGIN && isKnown(event.sender.id);
}
