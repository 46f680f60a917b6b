import type { Clock } from '../../core/clock';
import { RefusedError, toError, UnreachableError } from '../../core/errors';
import { withRetry, type RetryDecision, type RetryPolicy } from '../../core/retry';
import { createBotRecords, type BotRecords } from '../hub/bot-records';
import type { BitrixEvent } from '../events/event';
import { createFetchPoller, type PollerState } from '../events/fetch-poller';
import { normaliseFetched } from '../events/fetched';
import type { PollerRegistry } from '../events/poller-registry';
import type { Portal } from '../hub/hub';
import type { StoreSource } from '../../store/store';
import { askForNotices } from './app-notices';
import type { BotWish } from './bot-wish';
import { syncAmongAll } from './shared-sync';
import type { SyncOutcome } from './sync-outcome';

export interface BotKeeperOptions {
  portal: Portal;
  wish: BotWish;
  /** What the portal's own administrators want otherwise, laid over the wish each time it is carried out. */
  overlay?: ((wish: BotWish) => Promise<BotWish>) | undefined;
  store: StoreSource;
  /** The portal, by the same name in every process that shares the store. */
  place: string;
  /** The portal has forgotten the addresses that it was told, so what is remembered of them is wrong. */
  isNew: boolean;
  clock: Clock;
  signal: AbortSignal;
  onSynced: (outcome: SyncOutcome) => void;
  /** The bot is not as it should be; unless `willRetry`, a person has to act. */
  onFailure: (error: Error, willRetry: boolean) => void;
  onPoller: (state: PollerState) => void;
  /** Of this process, unless a test has several in one. */
  registry?: PollerRegistry | undefined;
  /** Resolves when the event is safe. */
  deliver: (event: BitrixEvent) => Promise<void>;
  /** The portal gave an event that nothing can be made of. */
  onUnreadable: (error: Error) => void;
}

const patience: RetryPolicy = { attempts: Infinity, baseMs: 5000, factor: 2, capMs: 300_000, jitter: 0.1 };

export interface BotKeeper {
  /** Makes the bot what it should be by now, and rejects with what stands in the way; what may pass is tried again. */
  syncNow(): Promise<SyncOutcome>;
  /** Resolves when nothing is under way any more, soon after the signal. */
  stopped(): Promise<void>;
}

/** Makes the bot on the portal what the settings say, and in fetch mode reads its events until the signal ends it. */
export function keepBot(options: BotKeeperOptions): BotKeeper {
  const { portal, store, place, wish, overlay, clock, signal, onSynced, onFailure } = options;
  const records = createBotRecords(store, place, wish.code);
  let last: Promise<unknown> = Promise.resolve();
  let isForgotten = options.isNew;
  let isDoneByAnother = false;
  let settling: Promise<void> | undefined;
  let living: Promise<void> | undefined;

  /** Two syncs of one bot side by side would both register what is missing. */
  function syncInTurn(): Promise<SyncOutcome> {
    const turn = last.then(sync);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function sync(): Promise<SyncOutcome> {
    const parts = { rest: portal.rest, store, place, wish, overlay, records, clock, signal };
    const outcome = await syncAmongAll(parts, isForgotten);
    isForgotten = false;
    isDoneByAnother = outcome.isDoneByAnother;
    return outcome;
  }

  /** A portal that is down at the time of a deploy is waited for. */
  function settle(): void {
    settling ??= withRetry(syncInTurn, { policy: patience, clock, signal, decide: decision })
      .then(onReady)
      .catch(fail)
      .finally(() => (settling = undefined));
  }

  function decision(thrown: unknown): RetryDecision {
    if (!mayPass(thrown)) return 'final';
    onFailure(toError(thrown), true);
    return 'retry';
  }

  function fail(thrown: unknown): void {
    if (!signal.aborted) onFailure(toError(thrown), false);
  }

  function onReady(outcome: SyncOutcome): void {
    onSynced(outcome);
    living ??= live(outcome.botId).catch(fail);
  }

  async function live(botId: number): Promise<void> {
    if (!isDoneByAnother) await askForNoticesOfApp(options);
    if (wish.eventMode === 'fetch') await fetchEvents(options, records, botId);
  }

  settle();
  return {
    async syncNow() {
      try {
        const outcome = await syncInTurn();
        onReady(outcome);
        return outcome;
      } catch (thrown) {
        if (mayPass(thrown) && !signal.aborted) settle();
        throw thrown;
      }
    },
    async stopped() {
      await settling;
      await living;
    },
  };
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

async function fetchEvents(options: BotKeeperOptions, records: BotRecords, botId: number): Promise<void> {
  const { portal, store, place, wish, clock, signal, registry, onPoller, deliver, onUnreadable } = options;
  const poller = createFetchPoller({
    rest: portal.rest,
    portal: portal.origin,
    botId,
    botToken: wish.botToken,
    clock,
    store,
    name: `bitrix:fetch:${place}:${wish.code}`,
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
    registry,
  });
  await poller.stopped;
}

/** A fetched event does not name its portal; one reached by a webhook that never posted is known by its domain only. */
function ownerOf(portal: Portal): BitrixEvent['portal'] {
  const { domain, origin, memberId = domain } = portal;
  return { memberId, domain, clientEndpoint: `${origin}/rest/`, scope: '' };
}
