import { systemClock } from '../../lib/core/clock';
import type { BitrixEvent } from '../../lib/bitrix24/events/event';
import { findSpeaker } from '../../lib/bitrix24/reply/speaker';
import { readReplyTarget } from '../../lib/bitrix24/reply/target';
import { startTyping } from '../../lib/bitrix24/reply/typing';
import { bots } from './kinds';

/** A reply node that wants "typing…" to be shown in the dialogs it will answer in. */
export interface Typist {
  answers(event: BitrixEvent): boolean;
}

const typists = new Set<Typist>();
/** By event. What is not answered ends by itself after a while. */
const shown = new Map<string, () => void>();
const LONGEST_MS = 120_000;

export function addTypist(typist: Typist): () => void {
  typists.add(typist);
  return () => {
    typists.delete(typist);
    if (typists.size === 0) for (const eventId of [...shown.keys()]) hideTyping(eventId);
  };
}

/** At the start of a flow: some reply node will want to have said that the bot is at work. */
export function showTyping(event: BitrixEvent): void {
  if (event.kind !== 'message' && event.kind !== 'command') return;
  if (![...typists].some((typist) => typist.answers(event))) return;
  // An event may come without them; that nobody sees "typing…" must not keep it from its flow.
  if (event.dialogId === '' || event.bot.id === null) return;
  const target = readReplyTarget(event);
  if (!bots.find(target.owner, target.bot.code)) return;
  const { portal, speaker } = findSpeaker(target, undefined, bots);
  hideTyping(event.eventId);
  const stop = startTyping({ rest: portal.rest, speaker, clock: systemClock });
  const limit = setTimeout(() => hideTyping(event.eventId), LONGEST_MS);
  limit.unref();
  shown.set(event.eventId, () => {
    clearTimeout(limit);
    stop();
  });
}

/** A message that arrives clears the mark; this keeps it from being renewed. */
export function hideTyping(eventId: string): void {
  shown.get(eventId)?.();
  shown.delete(eventId);
}
