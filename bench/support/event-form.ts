/** The form of a real event, as the portal of the sandbox makes it, with gaps for what differs from event to event. */
import assert from 'node:assert/strict';
import { startPortal } from '../../sandbox/bitrix24';

export const bot = { id: 55, code: 'helper', token: 'bot-token-of-the-flow' };

/** One part that stands, one that is filled in, and so on. */
export interface FormTemplate {
  readonly standing: readonly string[];
  readonly gaps: readonly Gap[];
}

export type Gap = 'message' | 'chat' | 'user' | 'text';

/** By its number an event is known again in whatever is made of its text. */
export const textOfEvent = (event: number): string =>
  `event${event}x Здравствуйте! Где мой заказ и когда его привезут?`;
export const eventsNamedIn = (text: string): number[] =>
  [...text.matchAll(/event(\d+)x/g)].map(([, number]) => Number(number));

export async function eventTemplate(host: string): Promise<FormTemplate> {
  const portal = await startPortal({ limits: 'off' });
  try {
    const fields = {
      code: bot.code,
      botToken: bot.token,
      type: 'openline',
      isSupportOpenline: true,
      eventMode: 'webhook',
      webhookUrl: 'http://127.0.0.1:9/',
      properties: { name: 'Helper' },
    };
    const registered = await fetch(`${portal.webhookUrl}imbot.v2.Bot.register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ fields }),
    });
    assert.equal(registered.status, 200);
    const [own] = portal.state.bots.values();
    assert.ok(own);
    const { deliveries } = await portal.clientSays(portal.openChannel({ bots: [own] }), {
      text: 'text',
      hold: true,
    });
    const { body } = portal.wireForm(deliveries[0] ?? assert.fail('nothing to send'));
    return cut(
      body
        .split('&')
        .map((pair) => withGaps(pair, encodeURIComponent(portal.domain), host))
        .join('&'),
    );
  } finally {
    await portal.stop();
  }
}

const gapsAt: Readonly<Record<string, string>> = {
  'data[bot][id]': String(bot.id),
  'data[message][id]': '{message}',
  'data[message][chatId]': '{chat}',
  'data[message][authorId]': '{user}',
  'data[message][text]': '{text}',
  'data[chat][id]': '{chat}',
  'data[chat][dialogId]': 'chat{chat}',
  'data[chat][entityId]': 'telegrambot%7C3%7C{user}%7C{user}',
  'data[chat][entityData1]': 'N%7CNONE%7C0%7CN%7CN%7C{chat}%7C1795281409%7C0%7C0%7C0',
  'data[user][id]': '{user}',
};

function withGaps(pair: string, ownHost: string, host: string): string {
  const [key = '', value = ''] = pair.split('=');
  const filled = gapsAt[decodeURIComponent(key)] ?? value.replaceAll(ownHost, encodeURIComponent(host));
  return `${key}=${filled}`;
}

function cut(text: string): FormTemplate {
  const pieces = text.split(/\{(message|chat|user|text)\}/);
  return {
    standing: pieces.filter((_, place) => place % 2 === 0),
    gaps: pieces.filter((_, place) => place % 2 === 1) as Gap[],
  };
}

export function fillTemplate({ standing, gaps }: FormTemplate, event: number, dialog: number): string {
  const values: Record<Gap, string> = {
    message: String(1_000_000 + event),
    chat: String(100_000 + dialog),
    user: String(500_000 + dialog),
    text: encodeURIComponent(textOfEvent(event)).replaceAll('%20', '+'),
  };
  return standing.map((piece, place) => piece + (gaps[place] ? values[gaps[place]] : '')).join('');
}
