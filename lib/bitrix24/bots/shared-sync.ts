import { CancelledError } from '../../core/errors';
import { digestOf } from '../events/plain-json';
import type { BotDeed, BotRecords } from '../hub/bot-records';
import type { Hold } from '../../store/store';
import type { BotRest } from './bot-calls';
import { readFingerprint } from './bot-memory';
import type { BotWish } from './bot-wish';
import { syncBot } from './sync-bot';
import type { SyncOutcome } from './sync-outcome';
import { inSyncTurn, type SyncTurnOptions } from './sync-turn';

export interface SharedSyncOptions extends Omit<SyncTurnOptions, 'name'> {
  rest: BotRest;
  /** The portal, by the same name in every process that shares the store. */
  place: string;
  wish: BotWish;
  /** What the portal's own administrators want otherwise, laid over the wish each time it is carried out. */
  overlay?: ((wish: BotWish) => Promise<BotWish>) | undefined;
  records: BotRecords;
}

export interface SharedOutcome extends SyncOutcome {
  /** Another process has done just this while we waited for our turn, and nobody was asked anew. */
  isDoneByAnother: boolean;
}

/**
 * Makes the bot what it should be, one process after the other. `isForgotten`: the portal has forgotten what it was
 * told, so what is remembered of it is wrong.
 */
export async function syncAmongAll(options: SharedSyncOptions, isForgotten: boolean): Promise<SharedOutcome> {
  const { store, place, clock, signal, wish, overlay, records } = options;
  const before = await records.lastDeed();
  const name = `bitrix:bot:${place}:${wish.code}`;
  return inSyncTurn({ store, name, clock, signal }, async (untilLost, hold) => {
    const overlaid = overlay ? await overlay(wish) : wish;
    const digest = digestOf(overlaid);
    if (isForgotten) await records.forgetFingerprint();
    const done = isForgotten ? undefined : await doneMeanwhile(records, digest, before);
    return done ?? syncOnce(options, { overlaid, digest, untilLost, hold });
  });
}

async function doneMeanwhile(
  records: BotRecords,
  digest: string,
  before: BotDeed | undefined,
): Promise<SharedOutcome | undefined> {
  const deed = await records.lastDeed();
  if (deed?.wish !== digest || deed.mark === before?.mark) return undefined;
  const fingerprint = await records.fingerprint();
  if (fingerprint === undefined || readFingerprint(fingerprint)?.botId !== deed.botId) return undefined;
  return { botId: deed.botId, did: [], notes: [], fingerprint, isDoneByAnother: true };
}

interface Deed {
  overlaid: BotWish;
  digest: string;
  untilLost: AbortSignal;
  hold: Hold;
}

async function syncOnce(
  { rest, records }: SharedSyncOptions,
  { overlaid, digest, untilLost: signal, hold }: Deed,
): Promise<SharedOutcome> {
  const fingerprint = await records.fingerprint();
  const outcome = await syncBot(rest, overlaid, {
    signal,
    fingerprint,
    async forget() {
      await mustBeOurs(hold);
      await records.forgetFingerprint();
    },
  });
  await mustBeOurs(hold);
  if (outcome.fingerprint !== fingerprint) await records.keepFingerprint(outcome.fingerprint);
  // Notes are for a person, and each process tells its own: what has any is looked at by the next one as well.
  if (outcome.notes.length === 0) await records.keepDeed({ wish: digest, botId: outcome.botId });
  return { ...outcome, isDoneByAnother: false };
}

async function mustBeOurs(hold: Hold): Promise<void> {
  if (!(await hold.isOurs())) throw new CancelledError('another process does this now');
}
