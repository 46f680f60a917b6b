import { entriesAt, flagAt, textAt } from '../../core/fields';
import type { Choice, Part } from '../../core/parts';
import type { StoreSource } from '../../store/store';
import type { BitrixEvent } from '../events/event';
import { matchChoice } from '../../core/choices/match-choice';
import { readChoiceItem } from './parts-to-send';
import type { ReplyTarget } from './target';

/** An answer that comes after a day is a new conversation. */
const LIFE_MS = 24 * 60 * 60 * 1000;

/** With every answer: the next message of the dialog is held against the last choices shown in it. */
export async function rememberChoices(
  store: StoreSource,
  { owner, bot, dialogId }: ReplyTarget,
  parts: readonly Part[],
): Promise<void> {
  const key = keyOf(owner.memberId, bot.code, dialogId);
  const part = parts.findLast((one) => one.type === 'choices');
  try {
    const open = await store();
    if (part?.type === 'choices' && part.items.length > 0) {
      const { items, multiple = false, context } = part;
      await open.set(key, { items, multiple, context }, { ttlMs: LIFE_MS, sealed: true });
    } else {
      // Where there is nothing, the store writes nothing.
      await open.delete(key);
    }
  } catch {
    // The person can still write what they mean; an answer is worth more than the memory of it.
  }
}

export interface MadeChoice {
  items: Choice[];
  context?: string;
}

/** A click sends the label; a person types the number, the label, or something close to it. */
export async function readChoice(store: StoreSource, event: BitrixEvent): Promise<MadeChoice | undefined> {
  if (event.kind !== 'message') return undefined;
  const last = await readOffer(store, keyOf(event.portal.memberId, event.bot.code, event.dialogId));
  if (last === undefined) return undefined;
  const items = matchChoice(entriesAt(last, 'items').map(readChoiceItem), event.text, {
    multiple: flagAt(last, 'multiple'),
  });
  if (!items) return undefined;
  const context = textAt(last, 'context');
  return { items, ...(context !== undefined && { context }) };
}

/** Without the store a choice is a text like any other. */
async function readOffer(store: StoreSource, key: string): Promise<unknown> {
  try {
    return await (await store()).get(key);
  } catch {
    return undefined;
  }
}

function keyOf(memberId: string, botCode: string, dialogId: string): string {
  return `choices:${memberId}:${botCode}:${dialogId}`;
}
