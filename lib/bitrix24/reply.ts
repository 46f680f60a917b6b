import { idAt, textAt } from '../core/fields';
import { InvalidError } from '../core/errors';
import type { BitrixBot } from './portal';

/** The parts of `msg.bitrix` that an answer needs. A flow may have built them by hand. */
export interface ReplyTarget {
  api: 'v1' | 'v2';
  domain: string;
  bot: { id: number; code: string };
  dialogId: string;
}

export function readReplyTarget(bitrix: unknown): ReplyTarget {
  const botId = idAt(bitrix, 'bot', 'id');
  const dialogId = textAt(bitrix, 'dialogId');
  if (botId === undefined || dialogId === undefined) {
    throw new InvalidError('INPUT_INVALID', 'msg.bitrix names no bot or no dialog to answer to', {
      params: { what: 'msg.bitrix' },
    });
  }
  return {
    api: textAt(bitrix, 'api') === 'v1' ? 'v1' : 'v2',
    domain: textAt(bitrix, 'portal', 'domain') ?? '',
    bot: { id: botId, code: textAt(bitrix, 'bot', 'code') ?? '' },
    dialogId,
  };
}

/** Says `text` where the event came from, in the bot's own API generation. Gives back the message's id. */
export async function sendReply(
  bot: BitrixBot,
  target: ReplyTarget,
  text: string,
  signal: AbortSignal,
): Promise<number | null> {
  // A send has no key by which the portal could notice a repeat.
  const options = { idempotent: false, signal };
  if (target.api === 'v1') {
    const params = {
      BOT_ID: target.bot.id,
      CLIENT_ID: bot.botToken,
      DIALOG_ID: target.dialogId,
      MESSAGE: text,
    };
    const result = await bot.portal.call('imbot.message.add', params, options);
    return idAt({ result }, 'result') ?? null;
  }
  const params = {
    botId: target.bot.id,
    botToken: bot.botToken,
    dialogId: target.dialogId,
    fields: { message: text },
  };
  return idAt(await bot.portal.call('imbot.v2.Chat.Message.send', params, options), 'id') ?? null;
}
