import { at, flagAt, idAt, textAt } from '../../core/fields';
import { InvalidError } from '../../core/errors';

/** The parts of `msg.bitrix` that an answer needs. A flow may have built them by hand. */
export interface ReplyTarget {
  api: 'v1' | 'v2';
  owner: { memberId: string; domain: string };
  bot: { id: number | undefined; code: string };
  dialogId: string;
  chatId: number | undefined;
  /** Present when the answer may be given as the answer to a command. */
  command: { id: number; messageId: number } | undefined;
  isOpenChannel: boolean;
  /** A message that no event started has none. */
  eventId: string | undefined;
  /** 1 when the event is handed to the flow for the first time. */
  attempt: number;
  /** The event was handed out before, and the flow may have answered it then. */
  isRepeated: boolean;
}

export function readReplyTarget(bitrix: unknown): ReplyTarget {
  const dialogId = textAt(bitrix, 'dialogId');
  if (dialogId === undefined) {
    throw new InvalidError('INPUT_INVALID', 'msg.bitrix names no dialog to answer to', {
      params: { what: 'msg.bitrix' },
    });
  }
  const commandId = idAt(bitrix, 'command', 'id');
  const messageId = idAt(bitrix, 'messageId');
  const isRedelivered = flagAt(bitrix, 'redelivered');
  const attempt = idAt(bitrix, 'attempt') ?? (isRedelivered ? 2 : 1);
  const hasCommand = commandId !== undefined && messageId !== undefined;
  return {
    api: textAt(bitrix, 'api') === 'v1' ? 'v1' : 'v2',
    owner: {
      memberId: textAt(bitrix, 'portal', 'memberId') ?? '',
      domain: textAt(bitrix, 'portal', 'domain') ?? '',
    },
    bot: { id: idAt(bitrix, 'bot', 'id'), code: textAt(bitrix, 'bot', 'code') ?? '' },
    dialogId,
    chatId: idAt(bitrix, 'chatId'),
    command: hasCommand ? { id: commandId, messageId } : undefined,
    isOpenChannel: at(bitrix, 'openline') !== undefined,
    eventId: textAt(bitrix, 'eventId'),
    attempt,
    isRepeated: isRedelivered || attempt > 1,
  };
}
