import { idAt, at, textAt } from '../../core/fields';
import type { StoreSource } from '../../store/store';
import type { PortalTokens, TokenVault } from '../rest/credential';
import type { Pin, PinStore } from '../events/sender-trust';

/** Secrets of portals in the store: encrypted, and on disk before they are used. */
const kept = { sealed: true, durable: true } as const;

/** The tokens of one app, a record for each portal that installed it. */
export function createTokenVault(open: StoreSource, clientId: string): TokenVault {
  const prefix = `bitrix:tokens:${clientId}:`;
  return {
    load: async (memberId) => readTokens(await (await open()).get(prefix + memberId)),
    save: async (tokens) => (await open()).set(prefix + tokens.memberId, tokens, kept),
    remove: async (memberId) => void (await (await open()).delete(prefix + memberId, { durable: true })),
    async list() {
      const memberIds: string[] = [];
      for await (const { key } of (await open()).scan(prefix)) memberIds.push(key.slice(prefix.length));
      return memberIds;
    },
  };
}

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
    load: async (key) => readPin(await (await open()).get(prefix + key)),
    save: async (key, pin) => (await open()).set(prefix + key, pin, kept),
  };
}

/** An older version may have written it, so every field is looked at. */
function readTokens(value: unknown): PortalTokens | undefined {
  const text = (name: keyof PortalTokens): string => textAt(value, name) ?? '';
  const time = (name: keyof PortalTokens): number => Number(at(value, name) ?? 0);
  if (text('accessToken') === '' || text('refreshToken') === '') return undefined;
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
  };
}

function readPin(value: unknown): Pin | undefined {
  const token = textAt(value, 'token');
  const memberId = textAt(value, 'memberId');
  return token === undefined || memberId === undefined ? undefined : { token, memberId };
}
