import { idAt, at, textAt } from '../../core/fields';
import type { Hold, StoreSource } from '../../store/store';
import type { PortalTokens, RenewalLeave, TokenVault } from '../rest/credential';
import { getAndRemember, getOrRecall, remember } from '../../store/last-known';
import type { Pin, PinStore } from '../events/sender-trust';

/** Secrets of portals in the store: encrypted, and on disk before they are used. */
const kept = { sealed: true, durable: true } as const;

/** The tokens of one app, a record for each portal that installed it. */
export function createTokenVault(open: StoreSource, clientId: string): TokenVault {
  const prefix = tokensOf(clientId);
  return {
    load: async (memberId) => readTokens(await getAndRemember(open, prefix + memberId)),
    async save(tokens) {
      const store = await open();
      await store.set(prefix + tokens.memberId, tokens, kept);
      remember(store, prefix + tokens.memberId, tokens);
    },
    async remove(memberId) {
      const store = await open();
      await store.delete(prefix + memberId, { durable: true });
      remember(store, prefix + memberId, undefined);
    },
    async list() {
      const memberIds: string[] = [];
      for await (const { key } of (await open()).scan(prefix)) memberIds.push(key.slice(prefix.length));
      return memberIds;
    },
    async leaveToRenew(memberId) {
      const hold = await (await open()).hold(`refresh:${clientId}:${memberId}`);
      return hold && leaveOf(hold);
    },
  };
}

function leaveOf(hold: Hold): RenewalLeave {
  return {
    async giveBack() {
      // A release that fails cannot be repeated: then nobody would get the hold for as long as we live.
      if (await hold.isOurs()) await hold.release();
    },
  };
}

/** By which an event is believed. While the store is away, those that this process has seen before hold. */
export function createSenderTokens(open: StoreSource, clientId: string): TokenVault['load'] {
  return async (memberId) => readTokens(await getOrRecall(open, tokensOf(clientId) + memberId));
}

const tokensOf = (clientId: string): string => `bitrix:tokens:${clientId}:`;

/** The permanent id of a portal that is reached by a webhook: only its events tell it. */
export interface MemberMemory {
  load(): Promise<string | undefined>;
  save(memberId: string): Promise<void>;
}

export function createMemberMemory(open: StoreSource, domain: string): MemberMemory {
  const key = `bitrix:member:${domain}`;
  return {
    load: async () => textAt({ id: await (await open()).get(key) }, 'id'),
    save: async (memberId) => (await open()).set(key, memberId, { durable: true }),
  };
}

export function createPinStore(open: StoreSource, domain: string): PinStore {
  const prefix = `bitrix:pin:${domain}:`;
  return {
    load: async (key) => readPin(await getOrRecall(open, prefix + key)),
    async teach(key, pin) {
      const store = await open();
      for (;;) {
        const stored = await getAndRemember(() => Promise.resolve(store), prefix + key);
        const taught = readPin(stored);
        if (taught) return taught;
        if (!(await store.compareAndSet(prefix + key, stored, pin, kept))) continue;
        remember(store, prefix + key, pin);
        return pin;
      }
    },
  };
}

/** An older version may have written it, so every field is looked at. */
function readTokens(value: unknown): PortalTokens | undefined {
  const text = (name: keyof PortalTokens): string => textAt(value, name) ?? '';
  const time = (name: keyof PortalTokens): number => Number(at(value, name) ?? 0);
  if (text('accessToken') === '' || text('refreshToken') === '') return undefined;
  const installation = textAt(value, 'installation');
  return {
    memberId: text('memberId'),
    domain: text('domain'),
    clientEndpoint: text('clientEndpoint'),
    serverEndpoint: text('serverEndpoint'),
    accessToken: text('accessToken'),
    refreshToken: text('refreshToken'),
    expiresAt: time('expiresAt'),
    scope: text('scope'),
    status: text('status'),
    userId: idAt(value, 'userId') ?? null,
    applicationToken: text('applicationToken'),
    renewedAt: time('renewedAt'),
    ...(installation !== undefined && { installation }),
  };
}

function readPin(value: unknown): Pin | undefined {
  const token = textAt(value, 'token');
  const memberId = textAt(value, 'memberId');
  return token === undefined || memberId === undefined ? undefined : { token, memberId };
}
