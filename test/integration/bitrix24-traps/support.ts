import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { systemClock, type Clock } from '../../../lib/core/clock';
import { createHttpClient } from '../../../lib/core/http';
import type { Part } from '../../../lib/core/parts';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import { answer, type AnswerSettings } from '../../../lib/bitrix24/reply/answer';
import type { Speaker } from '../../../lib/bitrix24/reply/calls';
import { createFileSource, FILE_HTTP_LIMITS } from '../../../lib/bitrix24/reply/file-source';
import { readReplyTarget } from '../../../lib/bitrix24/reply/target';
import type { BotInit } from '../../../sandbox/bitrix24';
import { token } from '../sandbox-portal/support';
import type { Bench } from '../bitrix24-rest/support';

export interface Talk {
  portal: Portal;
  bot: Bot;
  chat: Chat;
  rest: PortalRest;
  speaker: Speaker;
  /** Answers as the reply node does; gives the ids of what was sent, and what went wrong while a person was called. */
  reply: (parts: readonly Part[], changes?: ReplyChanges) => Promise<Told>;
}

export interface Told {
  sent: (number | null)[];
  failed: Error | undefined;
  handOverFailures: unknown[];
}

export interface ReplyChanges extends Partial<AnswerSettings> {
  /** More of `msg.bitrix`. */
  bitrix?: object;
  clock?: Clock;
}

const usual: AnswerSettings = { as: 'auto', choices: 'auto', allow: {}, onFailure: 'error', failureText: '' };

/** A bot in a dialog: in an Open Channel, unless another kind of chat is wanted. */
export async function openTalk(
  bench: Bench,
  init: BotInit = {},
  chatOf: (portal: Portal, bot: Bot) => Chat = (portal, bot) => portal.openChannel({ bots: [bot] }),
): Promise<Talk> {
  const portal = await bench.portal({ limits: 'off' });
  const bot = portal.addBot({ botToken: token, ...init });
  const chat = chatOf(portal, bot);
  const rest = bench.viaWebhook(portal);
  const dialogId = portal.dialogId(chat);
  const speaker: Speaker = { api: bot.api, botId: bot.id, botToken: token, dialogId };
  const where = { portal: { memberId: portal.memberId, domain: portal.domain }, bot, api: bot.api, dialogId };
  const found = { rest, origin: portal.origin, domain: portal.domain, memberId: portal.memberId };

  async function reply(parts: readonly Part[], changes: ReplyChanges = {}): Promise<Told> {
    const { bitrix, clock = systemClock, ...settings } = changes;
    const told: Told = { sent: [], failed: undefined, handOverFailures: [] };
    const openline = chat.openLine ? { openline: {} } : {};
    const http = createHttpClient({ ...FILE_HTTP_LIMITS, policy: { origin: 'received' }, userAgent: 'test' });
    try {
      await answer(
        parts,
        { ...usual, ...settings },
        {
          portal: found,
          speaker,
          target: readReplyTarget({ ...where, chatId: chat.id, ...openline, ...bitrix }),
          files: createFileSource(() => http),
          clock,
          signal: new AbortController().signal,
          onSent: (id) => void told.sent.push(id),
          onHandOverFailed: (error) => void told.handOverFailures.push(error),
        },
      );
    } catch (error) {
      told.failed = error instanceof Error ? error : new Error(String(error));
    } finally {
      http.close();
    }
    return told;
  }
  return { portal, bot, chat, rest, speaker, reply };
}

export function markdown(text: string): Part {
  return { type: 'text', text, format: 'markdown' };
}

export function plain(text: string): Part {
  return { type: 'text', text, format: 'plain' };
}

/** The methods called on the portal, in order. */
export function methodsOf(portal: Portal): string[] {
  return portal.calls.map(({ method }) => method);
}
