import assert from 'node:assert/strict';
import { systemClock, type Clock } from '../../../lib/core/clock';
import { UnreachableError } from '../../../lib/core/errors';
import { createHttpClient } from '../../../lib/core/http';
import type { Part } from '../../../lib/core/parts';
import type { AnswerSettings } from '../../../lib/bitrix24/reply/answer';
import { answerOnce } from '../../../lib/bitrix24/reply/answer-once';
import { createAnswerTurns } from '../../../lib/bitrix24/reply/answer-turns';
import { createFileSource, FILE_HTTP_LIMITS, type FileSource } from '../../../lib/bitrix24/reply/file-source';
import { readReplyTarget } from '../../../lib/bitrix24/reply/target';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store, StoreSource } from '../../../lib/store/store';
import type { BotInit } from '../../../sandbox/bitrix24';
import type { Bench } from '../bitrix24-rest/support';
import { openTalk, plain, type Talk } from '../bitrix24-traps/support';

export const sendMethod = 'imbot.v2.Chat.Message.send';
/** What a portal says that surely has not sent the message. */
export const refusal = { status: 400, error: 'NO_LUCK' } as const;

export interface HandOut extends Partial<AnswerSettings> {
  attempt?: number;
  /** As `attempt` with 2, for a flow that carries no number. */
  redelivered?: boolean;
  eventId?: string | undefined;
  nodeId?: string;
  signal?: AbortSignal;
  clock?: Clock;
  files?: FileSource;
  handsOver?: boolean;
  /** For the staff, before a person is called. */
  note?: string;
  assertOurs?: () => Promise<void>;
}

export interface Told {
  sent: (number | null)[];
  failed: Error | undefined;
  notices: unknown[];
  handOverFailures: unknown[];
}

export interface Desk extends Talk {
  readonly memory: Store;
  readonly choicesKey: string;
  store: StoreSource;
  /** The store cannot be used until the function that comes back is called. */
  breakStore(): () => void;
  /** The process dies; what is in the store stays. */
  restart(): void;
  /** The flow answers an event that was handed to it. */
  answers(said: string | readonly Part[], handOut?: HandOut): Promise<Told>;
  /** What the bot has said in the dialog. */
  texts(): string[];
}

const usual: AnswerSettings = { as: 'auto', choices: 'auto', allow: {}, onFailure: 'error', failureText: '' };

/** A reply node before a bot in an Open Channel, with a store of its own. */
export async function openDesk(bench: Bench, init: BotInit = {}): Promise<Desk> {
  const talk = await openTalk(bench, init);
  const { portal, bot, chat, speaker, rest } = talk;
  const memory = createMemoryStore();
  let turns = createAnswerTurns();
  let fault: Error | undefined;
  const found = { rest, origin: portal.origin, domain: portal.domain, memberId: portal.memberId };

  async function answers(said: string | readonly Part[], handOut: HandOut = {}): Promise<Told> {
    const { attempt, redelivered, eventId = 'event-1', nodeId = 'reply', ...rest } = handOut;
    const {
      signal = new AbortController().signal,
      clock = systemClock,
      files,
      handsOver,
      note,
      assertOurs,
      ...settings
    } = rest;
    const told: Told = { sent: [], failed: undefined, notices: [], handOverFailures: [] };
    const target = readReplyTarget({
      portal: { memberId: portal.memberId, domain: portal.domain },
      bot,
      api: bot.api,
      dialogId: speaker.dialogId,
      chatId: chat.id,
      openline: {},
      ...('eventId' in handOut && handOut.eventId === undefined ? {} : { eventId }),
      ...{ attempt, redelivered },
    });
    const place = target.eventId === undefined ? 0 : turns.place(nodeId, { ...target, eventId });
    const http = createHttpClient({ ...FILE_HTTP_LIMITS, policy: { origin: 'received' }, userAgent: 'test' });
    const parts = typeof said === 'string' ? [plain(said)] : [...said];
    try {
      await answerOnce(
        () => Promise.resolve(parts),
        { ...usual, ...settings },
        {
          ...{ portal: found, speaker, target, nodeId, place, turns, clock, signal },
          ...(handsOver === undefined ? {} : { handsOver }),
          ...{ note, assertOurs },
          store: () => desk.store(),
          files: files ?? createFileSource(() => http),
          onSent: (id) => void told.sent.push(id),
          onHandOverFailed: (error) => void told.handOverFailures.push(error),
          onNotice: (notice) => void told.notices.push(notice),
        },
      );
    } catch (error) {
      told.failed = error instanceof Error ? error : new Error(String(error));
    } finally {
      http.close();
    }
    return told;
  }

  const desk: Desk = {
    ...talk,
    memory,
    choicesKey: `choices:${portal.memberId}:${bot.code}:${speaker.dialogId}`,
    store: () => (fault ? Promise.reject(fault) : Promise.resolve(memory)),
    breakStore() {
      fault = new UnreachableError('STORE_UNAVAILABLE', 'the disk is full', { sent: false });
      return () => (fault = undefined);
    },
    restart() {
      turns = createAnswerTurns();
    },
    answers,
    texts: () =>
      portal
        .messages(chat)
        .filter(({ sentByBot }) => sentByBot !== undefined)
        .map(({ text, files: [file] }) => (file ? `file ${file.name}` : text)),
  };
  return desk;
}

/** Each becomes a message of its own: nothing is joined across a pause. */
export function severalMessages(...texts: string[]): Part[] {
  const pause: Part = { type: 'wait', ms: 1 };
  return texts.flatMap((text, place) => (place === 0 ? [plain(text)] : [pause, plain(text)]));
}

export async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.scan('')) keys.push(key);
  return keys.sort();
}

export function assertTold(told: Told, sent: readonly (number | null)[]): void {
  assert.equal(told.failed, undefined);
  assert.deepEqual(told.sent, sent);
}
