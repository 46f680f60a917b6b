import { textAt } from '../../core/fields';
import type { StoreSource } from '../../store/store';

/** Where an answer came from, so that what a person thinks of it can be told there. */
export interface AnswerOrigin {
  /** The id that the builder gave the answer. */
  messageId: string;
  /** Whom the builder takes the person for. */
  user: string;
}

/** Nobody rates an older answer. */
const LIFE_MS = 7 * 24 * 60 * 60 * 1000;

/** One message of a portal. */
export interface SentMessage {
  memberId: string;
  messageId: number;
}

export async function rememberOrigin(
  source: StoreSource,
  sent: readonly SentMessage[],
  { messageId, user }: AnswerOrigin,
): Promise<void> {
  const store = await source();
  for (const message of sent) await store.set(keyOf(message), { messageId, user }, { ttlMs: LIFE_MS });
}

export async function findOrigin(
  source: StoreSource,
  message: SentMessage,
): Promise<AnswerOrigin | undefined> {
  const kept = await (await source()).get(keyOf(message));
  const messageId = textAt(kept, 'messageId');
  const user = textAt(kept, 'user');
  return messageId === undefined || user === undefined ? undefined : { messageId, user };
}

function keyOf({ memberId, messageId }: SentMessage): string {
  return `answer-origin:${memberId}:${messageId}`;
}
