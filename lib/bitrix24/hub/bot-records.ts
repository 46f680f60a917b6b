import { randomUUID } from 'node:crypto';
import { idAt, textAt } from '../../core/fields';
import type { StoreSource } from '../../store/store';

/** What is remembered of one bot on one portal from deploy to deploy. */
export interface BotRecords {
  fingerprint: () => Promise<string | undefined>;
  keepFingerprint: (fingerprint: string) => Promise<void>;
  forgetFingerprint: () => Promise<void>;
  lastDeed: () => Promise<BotDeed | undefined>;
  keepDeed: (deed: Omit<BotDeed, 'mark'>) => Promise<void>;
  offset: () => Promise<number | undefined>;
  /** Resolves when it is on disk: what lies before the offset is deleted by the portal at the next poll. */
  keepOffset: (offset: number) => Promise<void>;
}

/** That the bot was made what it should be: for those who waited while somebody else did it. */
export interface BotDeed {
  /** Another one each time. */
  mark: string;
  /** A digest of what the bot was to be. */
  wish: string;
  botId: number;
}

/** Nobody waits for it longer. */
const deedMs = 10 * 60_000;

export function createBotRecords(open: StoreSource, portal: string, code: string): BotRecords {
  const sync = `bitrix:bot:${portal}:${code}`;
  const done = `bitrix:bot-done:${portal}:${code}`;
  const fetched = `bitrix:offset:${portal}:${code}`;
  return {
    fingerprint: async () => textAt({ value: await (await open()).get(sync) }, 'value'),
    keepFingerprint: async (fingerprint) => (await open()).set(sync, fingerprint),
    forgetFingerprint: async () => void (await (await open()).delete(sync, { durable: true })),
    lastDeed: async () => readDeed(await (await open()).get(done)),
    keepDeed: async (deed) => (await open()).set(done, { mark: randomUUID(), ...deed }, { ttlMs: deedMs }),
    offset: async () => idAt({ value: await (await open()).get(fetched) }, 'value'),
    keepOffset: async (offset) => (await open()).set(fetched, offset, { durable: true }),
  };
}

function readDeed(value: unknown): BotDeed | undefined {
  const mark = textAt(value, 'mark');
  const wish = textAt(value, 'wish');
  const botId = idAt(value, 'botId');
  return mark === undefined || wish === undefined || botId === undefined ? undefined : { mark, wish, botId };
}
