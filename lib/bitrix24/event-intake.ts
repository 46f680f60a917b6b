import type { Clock } from '../core/clock';
import { InvalidError } from '../core/errors';
import { decodeForm, decodeJson } from './event-body';
import { normaliseEvent, openEnvelope, type Envelope } from './envelope';
import type { BitrixEvent } from './event';

/** The desk of one portal: knows its sender, and who wants its events. */
export interface EventDesk {
  accepts(envelope: Envelope): boolean;
  deliver(event: BitrixEvent): void;
}

export interface IntakeAnswer {
  status: 200 | 400 | 401;
  text: string;
}

export interface EventIntake {
  /** Several portals may share an address; the function that comes back takes this one off. */
  join(desk: EventDesk): () => void;
  receive(type: 'form' | 'json', body: string | { decoded: unknown }): IntakeAnswer;
  portals(): number;
}

/** From the bytes of a webhook to the desk of the portal that really sent them. */
export function createEventIntake(clock: Clock): EventIntake {
  const desks = new Set<EventDesk>();
  return {
    join(desk) {
      desks.add(desk);
      return () => void desks.delete(desk);
    },
    receive(type, body) {
      const envelope = open(type, body);
      if (!envelope) return { status: 400, text: 'not an event of Bitrix24' };
      // Every desk is asked, so that the time taken says nothing about which one knew the token.
      const [desk] = [...desks].filter((candidate) => candidate.accepts(envelope));
      if (!desk) return { status: 401, text: 'unknown sender' };
      const receivedAt = new Date(clock.now()).toISOString();
      for (const event of normaliseEvent(envelope, 'webhook', receivedAt)) desk.deliver(event);
      return { status: 200, text: '' };
    },
    portals: () => desks.size,
  };
}

function open(type: 'form' | 'json', body: string | { decoded: unknown }): Envelope | undefined {
  try {
    if (typeof body !== 'string') return openEnvelope(body.decoded);
    return openEnvelope(type === 'form' ? decodeForm(body) : decodeJson(body));
  } catch (thrown) {
    if (thrown instanceof InvalidError) return undefined;
    throw thrown;
  }
}
