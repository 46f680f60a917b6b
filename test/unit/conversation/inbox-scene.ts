import { createInbox, type InboxOptions } from '../../../lib/conversation/inbox/inbox';
import type { Inbox } from '../../../lib/conversation/inbox/types';
import type { BitrixEvent } from '../../../lib/bitrix24/events/event';
import type { Delivery, DeliveryEnd, Reader, ReaderRules } from '../../../lib/bitrix24/events/reader';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { createState } from '../../../lib/store/state';
import type { Store } from '../../../lib/store/store';
import { manualClock } from '../../support/manual-clock';

export interface Said {
  dialog?: string;
  text?: string;
  author?: number;
  kind?: BitrixEvent['kind'];
  fileId?: number;
  bot?: number;
}

/** An event as `bitrix-in` would see it; each number is a message of its own. */
export function eventOf(messageId: number, said: Said = {}): BitrixEvent {
  const {
    dialog = 'chat1',
    text = `text ${messageId}`,
    author = 7,
    kind = 'message',
    fileId,
    bot = 5,
  } = said;
  return {
    kind,
    event: 'ONIMBOTV2MESSAGEADD',
    api: 'v2',
    via: 'webhook',
    eventId: `m1:${bot}:${kind}:${messageId}`,
    redelivered: false,
    receivedAt: '2026-01-01T00:00:00.000Z',
    portal: { memberId: 'm1', domain: 'shop.bitrix24.com', clientEndpoint: '', scope: '' },
    bot: { id: bot, code: `bot${bot}` },
    dialogId: dialog,
    chatId: 1,
    messageId,
    text,
    language: 'en',
    user: {
      id: author,
      name: '',
      firstName: '',
      lastName: '',
      isBot: false,
      isConnector: true,
      isExtranet: false,
      isNetwork: false,
    },
    chat: {
      title: '',
      type: '',
      ownerId: null,
      entityType: '',
      entityId: '',
      entityData1: '',
      entityData2: '',
      entityData3: '',
    },
    files: fileId === undefined ? [] : [{ id: fileId }],
  };
}

/** One hand-out whose end the test decides. */
export interface Handed extends Delivery {
  end(how?: DeliveryEnd): void;
}

export interface TestReader extends Reader {
  readonly handed: Handed[];
  readonly dead: string[];
  texts(): string[];
}

export function readerOf(rules: Partial<ReaderRules> = {}): TestReader {
  const handed: Handed[] = [];
  const dead: string[] = [];
  return {
    handed,
    dead,
    texts: () => handed.map(({ event }) => event.text),
    rules: { batchMs: 0, batchMaxMs: 30_000, maxDialogs: 100, attempts: 3, ...rules },
    hand: (delivery) =>
      new Promise((resolve) => {
        handed.push({ ...delivery, end: (how = { how: 'finished' }) => resolve(how) });
      }),
    onDead: ({ reason, attempts }) => void dead.push(`${reason} after ${attempts}`),
  };
}

export interface InboxScene {
  store: Store;
  inbox: Inbox;
  say(messageId: number, said?: Said): Promise<'stored' | 'duplicate'>;
  /** Moves time on, and lets everything happen that is due. */
  pass(ms: number): Promise<void>;
  /** As a process that dies and another that finds its store; `awayMs` later. */
  crash(awayMs?: number): Promise<InboxScene>;
  letters(): Promise<string[]>;
}

export function openScene(
  reader: Reader | undefined,
  options: Partial<InboxOptions> = {},
  state = createState(),
  startMs = 1_000_000,
): InboxScene {
  const clock = manualClock(startMs);
  const monotonic = (): number => clock.now();
  const store = createMemoryStore({ clock, monotonic, state });
  const inbox = createInbox({
    store,
    clock,
    monotonic,
    processStartedAt: startMs,
    owner: `process at ${startMs}`,
    eventMaxAgeMs: () => 60 * 60_000,
    deadLetterMs: () => 14 * 24 * 60 * 60_000,
    random: () => 0.5,
    nextTurn: queueMicrotask,
    ...options,
  });
  if (reader) inbox.serve({ id: 'portal', readerOf: () => reader });
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    await clock.advance(0);
    await clock.advance(0);
  };
  return {
    store,
    inbox,
    pass,
    async say(messageId, said) {
      const how = await inbox.receive(eventOf(messageId, said), {}, 'portal');
      await pass(0);
      return how;
    },
    async crash(awayMs = 0) {
      inbox.close();
      await store.close();
      const next = openScene(reader, options, state, clock.now() + awayMs);
      await next.pass(0);
      return next;
    },
    async letters() {
      const found: string[] = [];
      for await (const { reason, attempts } of store.deadLetters()) found.push(`${reason} after ${attempts}`);
      return found;
    },
  };
}
