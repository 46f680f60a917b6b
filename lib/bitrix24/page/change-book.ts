import { systemClock, type Clock } from '../../core/clock';
import { textAt } from '../../core/fields';
import { sharedTurns } from '../../core/turns';
import { getAndRemember, getOrRecall, remember } from '../../store/last-known';
import type { StoreSource } from '../../store/store';
import { inTurnOfAll } from '../../store/turn-of-all';
import type { BotWish } from '../bots/bot-wish';
import { digestOf } from '../events/plain-json';
import {
  effectiveChanges,
  isUnchanged,
  readChanges,
  writeChanges,
  type BotChanges,
  type ChangeRecord,
} from './bot-changes';

/** One bot on one portal. */
export interface BotKey {
  readonly memberId: string;
  readonly code: string;
}

/** What the administrators of portals have changed, kept from deploy to deploy. */
export interface ChangeBook {
  load(bot: BotKey): Promise<BotChanges>;
  /** On disk when it resolves. */
  save(bot: BotKey, changes: BotChanges): Promise<void>;
  /** The changes that still are some beside what the node says; the others are forgotten. */
  settle(bot: BotKey, own: BotWish): Promise<BotChanges>;
  isOff(bot: BotKey): Promise<boolean>;
  /** One person's change after the other's, also when they reach different processes. */
  inTurn<T>(bot: BotKey, work: () => Promise<T>): Promise<T>;
  forgetPortal(memberId: string): Promise<void>;
}

const durable = { durable: true } as const;
const alsoAbsent = { absence: true } as const;

export function createChangeBook(open: StoreSource, clock: Clock = systemClock): ChangeBook {
  async function readRecord(bot: BotKey): Promise<ChangeRecord & { stored: unknown }> {
    const stored = await getAndRemember(open, recordKey(bot), alsoAbsent);
    return { ...readChanges(stored), stored };
  }

  async function withPicture(bot: BotKey, { changes, pictureDigest }: ChangeRecord): Promise<BotChanges> {
    if (pictureDigest === undefined) return { ...changes, picture: undefined };
    const picture = textAt({ picture: await (await open()).get(pictureKey(bot)) }, 'picture');
    const isTheOne = picture !== undefined && digestOf(picture) === pictureDigest;
    return { ...changes, picture: isTheOne ? picture : undefined };
  }

  async function load(bot: BotKey): Promise<BotChanges> {
    return withPicture(bot, await readRecord(bot));
  }

  return {
    load,
    async save(bot, changes) {
      const store = await open();
      const { picture } = changes;
      // The picture first: a record names it by its digest, so the one of another record counts for nothing.
      if (picture !== undefined) await store.set(pictureKey(bot), picture, durable);
      if (isUnchanged(changes)) await store.delete(recordKey(bot), durable);
      else await store.set(recordKey(bot), writeChanges(changes), durable);
      remember(store, recordKey(bot), isUnchanged(changes) ? undefined : writeChanges(changes), alsoAbsent);
      if (picture === undefined) await store.delete(pictureKey(bot), durable);
    },
    async settle(bot, own) {
      const { stored, ...record } = await readRecord(bot);
      const changes = await withPicture(bot, record);
      const left = effectiveChanges(own, changes);
      const next = isUnchanged(left) ? undefined : writeChanges(left);
      const isSame = stored === undefined || digestOf(stored) === digestOf(next);
      if (isSame) return left;
      const store = await open();
      // Somebody who changes it at this very moment is right.
      const isWritten = await store.compareAndSet(recordKey(bot), stored, next, durable);
      if (isWritten && left.picture === undefined) await store.delete(pictureKey(bot), durable);
      return left;
    },
    // While the store is away, what was read or written last holds: that nothing was changed as well.
    isOff: async (bot) => readChanges(await getOrRecall(open, recordKey(bot), alsoAbsent)).changes.isOff,
    async inTurn(bot, work) {
      const turn = await sharedTurns.take([recordKey(bot)]);
      try {
        return await inTurnOfAll(await open(), { name: `page:${recordKey(bot)}`, clock }, work);
      } finally {
        turn.release();
      }
    },
    async forgetPortal(memberId) {
      const store = await open();
      for (const prefix of [recordKey({ memberId, code: '' }), pictureKey({ memberId, code: '' })]) {
        for await (const { key } of store.scan(prefix)) await store.delete(key, durable);
      }
    },
  };
}

function recordKey({ memberId, code }: BotKey): string {
  return `bitrix:changes:${memberId}:${code}`;
}

function pictureKey({ memberId, code }: BotKey): string {
  return `bitrix:picture:${memberId}:${code}`;
}
