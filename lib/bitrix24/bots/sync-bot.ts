import { createBotCalls, type BotRest, type SyncOptions } from './bot-calls';
import { readFingerprint } from './bot-memory';
import { checkWish, type BotWish } from './bot-wish';
import type { SyncOutcome } from './sync-outcome';
import { syncV1 } from './sync-v1';
import { syncV2 } from './sync-v2';

/**
 * Makes the portal's bot what the wish says: registered, and alike in everything that can be compared or was
 * remembered. When nothing differs, the portal is only read. Throws what stands in the way.
 */
export async function syncBot(rest: BotRest, wish: BotWish, options: SyncOptions = {}): Promise<SyncOutcome> {
  const bot = checkWish(wish);
  const calls = createBotCalls(rest, options);
  const memory = readFingerprint(options.fingerprint);
  return wish.apiVersion === 'v1' ? syncV1(calls, bot, memory) : syncV2(calls, bot, memory);
}
