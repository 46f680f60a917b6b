import { idAt, textAt } from '../../core/fields';
import type { StoreSource } from '../../store/store';

/** What is remembered of one bot on one portal from deploy to deploy. */
export interface BotRecords {
  fingerprint: () => Promise<string | undefined>;
  keepFingerprint: (fingerprint: string) => Promise<void>;
  forgetFingerprint: () => Promise<void>;
  offset: () => Promise<number | undefined>;
  /** Resolves when it is on disk: what lies before the offset is deleted by the portal at the next poll. */
  keepOffset: (offset: number) => Promise<void>;
}

export function createBotRecords(open: StoreSource, portal: string, code: string): BotRecords {
  const sync = `bitrix:bot:${portal}:${code}`;
  const fetched = `bitrix:offset:${portal}:${code}`;
  return {
    fingerprint: async () => textAt({ value: await (await open()).get(sync) }, 'value'),
    keepFingerprint: async (fingerprint) => (await open()).set(sync, fingerprint),
    forgetFingerprint: async () => void (await (await open()).delete(sync, { durable: true })),
    offset: async () => idAt({ value: await (await open()).get(fetched) }, 'value'),
    keepOffset: async (offset) => (await open()).set(fetched, offset, { durable: true }),
  };
}
