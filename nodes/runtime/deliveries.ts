/** The flow that an event was handed to, as far as a reply node is concerned. */
export interface Delivery {
  /** The event is answered. */
  replied(): void;
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
