import { InvalidError } from '../../core/errors';
import type { ApiCall, Speaker } from '../reply/calls';
import type { ReplyTarget } from '../reply/target';

/** What a bot can do with the session of an Open Channel. */
export type LineAct =
  | { do: 'operator' }
  /** `to`: the id of a person, or `queue` and the id of a line. */
  | { do: 'transfer'; to: string; leaves: boolean }
  | { do: 'finish' }
  | { do: 'silent'; isOn: boolean };

/** Through a webhook the portal knows the bot by its token alone. */
export function transferCall(
  chatId: number,
  { to, leaves }: { to: string; leaves: boolean },
  speaker: Speaker,
): ApiCall {
  return {
    method: 'imopenlines.bot.session.transfer',
    params: { CHAT_ID: chatId, TRANSFER_ID: to, LEAVE: leaves ? 'Y' : 'N', ...clientId(speaker) },
  };
}

export function finishCall(chatId: number, speaker: Speaker): ApiCall {
  return { method: 'imopenlines.bot.session.finish', params: { CHAT_ID: chatId, ...clientId(speaker) } };
}

/** The person whose key it is does this, not the bot. */
export function silentCall(chatId: number, isOn: boolean): ApiCall {
  return {
    method: 'imopenlines.session.mode.silent',
    params: { CHAT_ID: chatId, ACTIVATE: isOn ? 'Y' : 'N' },
  };
}

function clientId({ botToken }: Speaker): Record<string, unknown> {
  return botToken === undefined ? {} : { CLIENT_ID: botToken };
}

/** Nothing when it is neither a person nor a line. */
export function readTransferTarget(given: unknown): string | undefined {
  const text = typeof given === 'number' || typeof given === 'string' ? String(given).trim() : '';
  const [, queue, id] = /^(queue)?\s*([1-9]\d{0,14})$/i.exec(text) ?? [];
  if (id === undefined) return undefined;
  return queue === undefined ? id : `queue${id}`;
}

/** The chat of the session: these methods want its number, not the name of the dialog. */
export function chatOfLine({ isOpenChannel, chatId, dialogId }: ReplyTarget): number {
  const number = chatId ?? Number(/^chat(\d{1,15})$/.exec(dialogId)?.[1] ?? 0);
  if (isOpenChannel && number > 0) return number;
  throw new InvalidError(
    'INPUT_INVALID',
    'this dialog belongs to no Open Channel, and only those have operators and sessions',
    { params: { what: 'msg.bitrix.openline' } },
  );
}
