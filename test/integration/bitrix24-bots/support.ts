import type { Portal } from '../../../sandbox/bitrix24';
import { RefusedError } from '../../../lib/core/errors';
import type { BotRest } from '../../../lib/bitrix24/bots/bot-calls';
import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import { viaApp, viaWebhook, type RestAnswer } from '../sandbox-portal/support';

export const botToken = 'bot-token-of-the-test';
export const webhookUrl = 'https://flows.example.org/bitrix24/events';

export function wishFor(changes: Partial<BotWish> = {}): BotWish {
  return {
    code: 'helper',
    botName: 'Helper',
    botType: 'openline',
    apiVersion: 'v2',
    eventMode: 'webhook',
    webhookUrl,
    workPosition: 'Bot',
    color: 'MINT',
    avatar: 'iVBORw0KGgo=',
    botToken,
    commands: [
      { command: 'help', title: { en: 'Help', ru: 'Помощь' }, params: { en: 'topic' } },
      { command: '/operator', title: { en: 'Operator' }, common: true, extranet: true },
    ],
    ...changes,
  };
}

/** Calls the portal directly, without the client's own rules, so that each call is seen exactly once. */
export function restOf(portal: Portal, accessToken?: string): BotRest {
  return {
    call: async (method, params, { signal }) => {
      signal?.throwIfAborted();
      const answer =
        accessToken === undefined
          ? await viaWebhook(portal, method, params)
          : await viaApp(portal, accessToken, method, params);
      return resultOf(method, answer);
    },
  };
}

function resultOf(method: string, { status, error, result }: RestAnswer): unknown {
  if (error === undefined) return result;
  const serviceCode = typeof error === 'string' ? error : 'no text';
  throw new RefusedError('BITRIX_REFUSED', `${method}: ${serviceCode}`, {
    status,
    serviceCode,
    params: { method, reason: serviceCode },
  });
}

/** The methods called since the last time it was asked, without their common beginning. */
export function callsOf(portal: Portal): () => string[] {
  let seen = portal.calls.length;
  return () => {
    const methods = portal.calls.slice(seen).map(({ method }) => method.replace(/^imbot\.(v2\.)?/, ''));
    seen = portal.calls.length;
    return methods;
  };
}
