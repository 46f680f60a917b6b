import { RefusedError } from '../../lib/core/errors';

/** The flow that an event was handed to, as far as a reply node is concerned. */
export interface Delivery {
  /** Which hand-out of the event it is. */
  attempt?: number | undefined;
  /** The event is answered. */
  replied(): void;
  /** Whether no other instance has the event by now. Rejects when nobody can be asked. */
  isOurs?: (() => Promise<boolean>) | undefined;
}

const underWay = new Map<string, Delivery>();

/** From when the event is handed out; the function that comes back ends it. */
export function announceDelivery(eventId: string, delivery: Delivery): () => void {
  underWay.set(eventId, delivery);
  return () => {
    // The event may have been handed out again meanwhile.
    if (underWay.get(eventId) === delivery) underWay.delete(eventId);
  };
}

/** After the last piece of an answer. An event that nobody has announced is of no interest to anybody. */
export function noteReply(eventId: string): void {
  underWay.get(eventId)?.replied();
}

/**
 * Before what must not be done twice: rejects when another instance has this hand-out of the event by now. Where nobody
 * can be asked, everybody may be well, and a client who waits matters more.
 */
export async function assertOurs(eventId: string, attempt: number): Promise<void> {
  const delivery = underWay.get(eventId);
  if (!delivery?.isOurs || delivery.attempt !== attempt) return;
  if (await delivery.isOurs().catch(() => true)) return;
  throw new RefusedError('EVENT_PASSED_ON', 'another instance has taken this event over');
}
