import { idAt, textAt } from '../../../lib/core/fields';
import { toError } from '../../../lib/core/errors';
import {
  findOrigin,
  rememberOrigin,
  type AnswerOrigin,
} from '../../../lib/conversation/feedback/answer-origins';
import { readReplyTarget } from '../../../lib/bitrix24/reply/target';
import type { StoreSource } from '../../../lib/store/store';
import { bots } from '../kinds';
import type { Message } from '../shell';

/** `msg.rateable`, from a bot node that wants to know what people think of its answers. */
export function markRateable(message: Message, origin: AnswerOrigin): void {
  message.rateable = { ...origin };
}

/** After the reply: a reaction to one of these messages will find the answer that they are. */
export async function noteOrigin(
  message: Message,
  sent: readonly (number | null)[],
  onUnkept: (error: Error) => void,
): Promise<void> {
  const messageId = textAt(message.rateable, 'messageId');
  const user = textAt(message.rateable, 'user');
  const { memberId } = readReplyTarget(message.bitrix).owner;
  const store = storeOfDialog(message.bitrix);
  if (messageId === undefined || user === undefined || !store) return;
  const messages = sent.flatMap((id) => (id === null ? [] : [{ memberId, messageId: id }]));
  try {
    await rememberOrigin(store, messages, { messageId, user });
  } catch (thrown) {
    onUnkept(toError(thrown));
  }
}

/** The answer that a reaction is about, if it is one of ours. */
export async function originOfReaction(bitrix: unknown): Promise<AnswerOrigin | undefined> {
  const messageId = idAt(bitrix, 'messageId');
  const store = storeOfDialog(bitrix);
  if (messageId === undefined || !store) return undefined;
  return findOrigin(store, { memberId: readReplyTarget(bitrix).owner.memberId, messageId });
}

function storeOfDialog(bitrix: unknown): StoreSource | undefined {
  const { owner, bot } = readReplyTarget(bitrix);
  return bots.find(owner, bot.code)?.hub.store;
}
