import { timingSafeEqual } from 'node:crypto';
import { at, textAt } from '../../core/fields';
import { InvalidError } from '../../core/errors';
import type { Arrival, BitrixEvent } from './event';
import { normaliseV1 } from './normalise-v1';
import { normaliseV2 } from './normalise-v2';

/** Who says that it sent an event. Claims until the token is checked. */
export interface Envelope {
  eventName: string;
  data: unknown;
  memberId: string;
  domain: string;
  clientEndpoint: string;
  scope: string;
  applicationToken: string;
  /** When the queue sent it; tells two presses of one button apart. */
  sentAt?: string;
}

export function openEnvelope(body: unknown): Envelope {
  const eventName = textAt(body, 'event')?.toUpperCase();
  const memberId = textAt(body, 'auth', 'member_id');
  const domain = textAt(body, 'auth', 'domain')?.toLowerCase();
  if (eventName === undefined || memberId === undefined || domain === undefined) {
    throw new InvalidError('INPUT_INVALID', 'not an event of Bitrix24', { params: { what: 'event' } });
  }
  return {
    eventName,
    data: at(body, 'data'),
    memberId,
    domain,
    clientEndpoint: textAt(body, 'auth', 'client_endpoint') ?? `https://${domain}/rest/`,
    scope: textAt(body, 'auth', 'scope') ?? '',
    // The one at the top: the nested `data.bot.auth` has a token too, which proves nothing about the sender.
    applicationToken: textAt(body, 'auth', 'application_token') ?? '',
    sentAt: textAt(body, 'ts') ?? '',
  };
}

/** Takes the same time whatever part of the token is right. */
export function sameToken(given: string, expected: string): boolean {
  const [own, others] = [Buffer.from(expected), Buffer.from(given)];
  // How long a token is, is no secret.
  return own.length > 0 && own.length === others.length && timingSafeEqual(own, others);
}

export function normaliseEvent(envelope: Envelope, via: Arrival['via'], receivedAt: string): BitrixEvent[] {
  const { eventName, data, memberId, domain, clientEndpoint, scope } = envelope;
  const portal = { memberId, domain, clientEndpoint, scope };
  const arrival: Arrival = { via, receivedAt, portal, sentAs: envelope.sentAt };
  return eventName.startsWith('ONIMBOTV2')
    ? normaliseV2(eventName, data, arrival)
    : normaliseV1(eventName, data, arrival);
}
