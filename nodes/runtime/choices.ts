import type { Choice, Part } from '../../lib/core/parts';
import type { BitrixEvent } from '../../lib/bitrix24/events/event';
import type { ReplyTarget } from '../../lib/bitrix24/reply/target';
import { matchChoice } from '../../lib/bitrix24/text/match-choice';

interface Offered {
  items: readonly Choice[];
  multiple: boolean;
  context: string | undefined;
  until: number;
}

/** What a person has to choose from, by dialog. An answer that comes after a day is a new conversation. */
const offered = new Map<string, Offered>();
const LIFE_MS = 24 * 60 * 60 * 1000;
const MOST_DIALOGS = 10_000;

/** Called with every answer: the next message of the dialog is held against the last choices shown in it. */
export function rememberChoices(target: ReplyTarget, parts: readonly Part[]): void {
  const key = keyOf(target.owner.memberId, target.bot.code, target.dialogId);
  const part = parts.findLast((one) => one.type === 'choices');
  offered.delete(key);
  if (part?.type !== 'choices' || part.items.length === 0) return;
  const { items, multiple = false, context } = part;
  offered.set(key, { items, multiple, context, until: Date.now() + LIFE_MS });
  const [oldest] = offered.keys();
  if (offered.size > MOST_DIALOGS && oldest !== undefined) offered.delete(oldest);
}

export interface MadeChoice {
  items: Choice[];
  context?: string;
}

/** A click sends the label; a person types the number, the label, or something close to it. */
export function readChoice(event: BitrixEvent): MadeChoice | undefined {
  if (event.kind !== 'message') return undefined;
  const last = offered.get(keyOf(event.portal.memberId, event.bot.code, event.dialogId));
  if (!last || last.until < Date.now()) return undefined;
  const items = matchChoice(last.items, event.text, { multiple: last.multiple });
  if (!items) return undefined;
  return { items, ...(last.context !== undefined && { context: last.context }) };
}

function keyOf(memberId: string, botCode: string, dialogId: string): string {
  return `${memberId}:${botCode}:${dialogId}`;
}
