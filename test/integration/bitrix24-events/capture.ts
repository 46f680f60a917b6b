import type { Bot, BotInit, Chat, Portal } from '../../../sandbox/bitrix24';
import { decodeForm } from '../../../lib/bitrix24/events/event-body';
import { normaliseEvent, openEnvelope } from '../../../lib/bitrix24/events/envelope';
import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
import { normaliseFetched, readFetched } from '../../../lib/bitrix24/events/fetched';
import type { Started } from '../sandbox-portal/support';

export type Way = 'v1' | 'v2' | 'fetch';
export const ways: readonly Way[] = ['v1', 'v2', 'fetch'];

export const receivedAt = '2026-02-26T08:19:23.000Z';
const memberId = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

/** Portals that start the same and count the same, so that one script makes the same happenings on each. */
export interface Studio {
  portal: Portal;
  bot: Bot;
  /** What the bot has heard until now. */
  heard: () => BitrixEvent[];
  /** A second goes by. */
  later: () => void;
}

export async function openStudio(start: Started, way: Way): Promise<Studio> {
  const handler = await start.handler();
  let time = Date.parse(receivedAt);
  const portal = await start.portal({ memberId, clock: { now: () => time } });
  const bot = portal.addBot({ ...botOf(way), ...(way === 'fetch' ? {} : { webhookUrl: handler.url }) });
  const sender = {
    memberId,
    domain: portal.domain,
    clientEndpoint: `${portal.origin}/rest/`,
    scope: '',
  };
  const fetched = (): BitrixEvent[] =>
    bot.queue.map((item) => normaliseFetched(readFetched(overTheWire(item)), sender, receivedAt));
  const hooked = (): BitrixEvent[] => handler.heard.flatMap(({ body }) => readForm(body));
  return {
    portal,
    bot,
    heard: way === 'fetch' ? fetched : hooked,
    later: () => {
      time += 1000;
    },
  };
}

export function readForm(body: string): BitrixEvent[] {
  return normaliseEvent(openEnvelope(decodeForm(body)), 'webhook', receivedAt);
}

function botOf(way: Way): BotInit {
  return {
    api: way === 'v1' ? 'v1' : 'v2',
    type: 'bot',
    supportsOpenChannels: true,
    botToken: 'token-of-the-capture',
    eventMode: way === 'fetch' ? 'fetch' : 'webhook',
    commands: [{ command: 'order', extranet: true }],
  };
}

function overTheWire(item: unknown): unknown {
  return JSON.parse(JSON.stringify(item));
}

/** A client in an Open Channel who is known to the CRM. */
export function supportChat(portal: Portal): Chat {
  return portal.openChannel({
    client: { firstName: 'Ann', lastName: 'Lee' },
    crm: { stored: true, type: 'DEAL', id: 9, deal: 9, contact: 3 },
  });
}
