import type { Clock } from '../../core/clock';
import { RefusedError, toError, UnreachableError } from '../../core/errors';
import { withRetry, type RetryDecision, type RetryPolicy } from '../../core/retry';
import type { BotRecords } from '../hub/bot-records';
import type { BitrixEvent } from '../events/event';
import { createFetchPoller, type PollerState } from '../events/fetch-poller';
import { normaliseFetched } from '../events/fetched';
import type { Portal } from '../hub/hub';
import { askForNotices } from './app-notices';
import type { BotWish } from './bot-wish';
import { syncBot } from './sync-bot';
import type { SyncOutcome } from './sync-outcome';

export interface BotKeeperOptions {
  portal: Portal;
  wish: BotWish;
  records: BotRecords;
  /** The portal has forgotten the addresses that it was told, so what is remembered of them is wrong. */
  isNew: boolean;
  clock: Clock;
  signal: AbortSignal;
  onSynced: (outcome: SyncOutcome) => void;
  /** The bot is not as it should be; unless `willRetry`, a person has to act. */
  onFailure: (error: Error, willRetry: boolean) => void;
  onPoller: (state: PollerState) => void;
  /** Resolves when the event is safe. */
  deliver: (event: BitrixEvent) => Promise<void>;
  /** The portal gave an event that nothing can be made of. */
  onUnreadable: (error: Error) => void;
}

/** A portal that is down at the time of a deploy is no reason to come back by hand. */
const patience: RetryPolicy = { attempts: Infinity, baseMs: 5000, factor: 2, capMs: 300_000, jitter: 0.1 };

/** Makes the bot on the portal what the settings say, and in fetch mode reads its events until the signal ends it. */
export async function keepBot(options: BotKeeperOptions): Promise<void> {
  const { wish, signal, onFailure } = options;
  try {
    if (options.isNew) await options.records.forgetFingerprint();
    const { botId } = await syncWithPatience(options);
    await askForNoticesOfApp(options);
    if (wish.eventMode === 'fetch') await fetchEvents(options, botId);
  } catch (thrown) {
    if (!signal.aborted) onFailure(toError(thrown), false);
  }
}

async function syncWithPatience(options: BotKeeperOptions): Promise<SyncOutcome> {
  const { portal, wish, records, clock, signal, onSynced, onFailure } = options;
  const decide = (thrown: unknown): RetryDecision => {
    if (!mayPass(thrown)) return 'final';
    onFailure(toError(thrown), true);
    return 'retry';
  };
  const sync = async (): Promise<SyncOutcome> => {
    const fingerprint = await records.fingerprint();
    const outcome = await syncBot(portal.rest, wish, {
      signal,
      fingerprint,
      forget: records.forgetFingerprint,
    });
    if (outcome.fingerprint !== fingerprint) await records.keepFingerprint(outcome.fingerprint);
    return outcome;
  };
  const outcome = await withRetry(sync, { policy: patience, clock, signal, decide });
  onSynced(outcome);
  return outcome;
}

/** Only an app is told of its removal. Without that it works all the same. */
async function askForNoticesOfApp({ portal, wish, signal, onFailure }: BotKeeperOptions): Promise<void> {
  const { botToken, webhookUrl = '' } = wish;
  if (botToken !== undefined || webhookUrl === '') return;
  await askForNotices(portal.rest, webhookUrl, signal).catch((thrown: unknown) => {
    if (!signal.aborted) onFailure(toError(thrown), false);
  });
}

function mayPass(thrown: unknown): boolean {
  return (
    thrown instanceof UnreachableError ||
    (thrown instanceof RefusedError && thrown.code === 'BITRIX_RATE_LIMIT')
  );
}

async function fetchEvents(options: BotKeeperOptions, botId: number): Promise<void> {
  const { portal, wish, records, clock, signal, onPoller, deliver, onUnreadable } = options;
  const poller = createFetchPoller({
    rest: portal.rest,
    portal: portal.origin,
    botId,
    botToken: wish.botToken,
    clock,
    loadOffset: records.offset,
    saveOffset: records.keepOffset,
    async take(items) {
      const receivedAt = new Date(clock.now()).toISOString();
      const events = items.flatMap((item) => {
        try {
          return [normaliseFetched(item, ownerOf(portal), receivedAt)];
        } catch (thrown) {
          // One that cannot be read now can never be read, and must not hold up those behind it.
          onUnreadable(toError(thrown));
          return [];
        }
      });
      // Side by side, so that one wait for the disk serves them all; they are taken in the order they are given.
      await Promise.all(events.map(deliver));
    },
    onState: onPoller,
    signal,
  });
  await poller.stopped;
}

/** A fetched event does not name its portal; one reached by a webhook that never posted is known by its domain only. */
function ownerOf(portal: Portal): BitrixEvent['portal'] {
  const { domain, origin, memberId = domain } = portal;
  return { memberId, domain, clientEndpoint: `${origin}/rest/`, scope: '' };
}
