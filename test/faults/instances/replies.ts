import type { Portal } from '../../../sandbox/bitrix24';
import type { SaidEvent } from './traffic';

/** An answer that the portal shows. */
export interface Reply {
  text: string;
  instance: number;
  attempt: number;
  eventId: string;
  at: number;
}

const form = /^answer to (\S+) by (\d+) try (\d+) of (\S+)$/;

/** In the order in which they came; those of messages after `from`. */
export function repliesOn(portal: Portal, from = 0): Reply[] {
  const found: Reply[] = [];
  for (const { id, sentByBot, text, at } of portal.state.messages.values()) {
    if (sentByBot === undefined || id <= from) continue;
    const [, about = '', instance, attempt, eventId = ''] = form.exec(text) ?? [];
    if (about === '') continue;
    found.push({ text: about, instance: Number(instance), attempt: Number(attempt), eventId, at });
  }
  return found;
}

export interface Doubled {
  text: string;
  eventId: string;
  /** Who gave each answer, in which attempt, and how long after the first one. */
  answers: string[];
}

export interface Swapped {
  text: string;
  before: string;
  answers: string[];
}

export interface Verdict {
  lost: string[];
  /** First answers that came before that of an event which had been there before. */
  outOfOrder: Swapped[];
  /** Events that were answered more than once. */
  doubled: Doubled[];
  /** From the 200 to the first answer, in milliseconds, sorted. */
  waits: number[];
}

/** `said` in the order in which each dialog said it. */
export function judge(said: readonly SaidEvent[], replies: readonly Reply[]): Verdict {
  const first = new Map<string, { place: number; reply: Reply }>();
  for (const [place, reply] of replies.entries()) {
    if (!first.has(reply.text)) first.set(reply.text, { place, reply });
  }
  const accepted = said.filter(({ acceptedAt }) => acceptedAt !== undefined);
  const last = new Map<number, { place: number; reply: Reply }>();
  const outOfOrder: Swapped[] = [];
  const waits: number[] = [];
  for (const { text, dialog, acceptedAt = 0 } of accepted) {
    const answer = first.get(text);
    if (!answer) continue;
    const before = last.get(dialog);
    if (before && answer.place < before.place) {
      const answers = [answer.reply, before.reply].map(describe);
      outOfOrder.push({ text, before: before.reply.text, answers });
    }
    last.set(dialog, answer);
    waits.push(answer.reply.at - acceptedAt);
  }
  return {
    lost: accepted.filter(({ text }) => !first.has(text)).map(({ text }) => text),
    outOfOrder,
    doubled: doubledIn(replies),
    waits: waits.sort((left, right) => left - right),
  };
}

export function share(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

const describe = ({ instance, attempt }: Reply): string => `by ${instance}, try ${attempt}`;

function doubledIn(replies: readonly Reply[]): Doubled[] {
  const all = new Map<string, Reply[]>();
  for (const reply of replies) all.set(reply.text, [...(all.get(reply.text) ?? []), reply]);
  return [...all.values()].flatMap((answers) => {
    const [first] = answers;
    if (!first || answers.length === 1) return [];
    const told = answers.map(
      ({ instance, attempt, at }) => `${instance}, try ${attempt}, ${at - first.at} ms`,
    );
    return [{ text: first.text, eventId: first.eventId, answers: told }];
  });
}
