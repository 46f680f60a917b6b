import type { Clock } from '../../core/clock';
import { CancelledError } from '../../core/errors';
import { retryDelay, type RetryPolicy } from '../../core/retry';
import type { Claim, QueueItem, Store } from '../../store/store';
import type { DeliveryEnd, Reader } from '../../bitrix24/events/reader';
import type { InboxListeners } from './types';

export interface EndingOptions {
  store: Store;
  clock: Clock;
  deadLetterMs: () => number;
  listeners: InboxListeners;
  random?: (() => number) | undefined;
}

/** What becomes of an event after a hand-out. */
export interface Endings {
  /** These three resolve when it is in the store, however long it is away. `isDeploying`: flows are not settled. */
  record(claim: Claim, end: DeliveryEnd, reader: Reader, isDeploying: boolean): Promise<void>;
  giveUp(claim: Claim, reason: string, reader: Reader | undefined): Promise<void>;
  giveBack(claim: Claim): Promise<void>;
  /** It was handed out as often as it may be. */
  isSpent(item: QueueItem, reader: Reader): boolean;
  /** Each of its tries ended without a word, and one is left: it may be the one that kills the process. */
  isSuspect(item: QueueItem, reader: Reader): boolean;
}

const storePauseMs = 1000;
const backOff: RetryPolicy = { attempts: Infinity, baseMs: 2000, factor: 4, capMs: 60_000, jitter: 0.1 };

export function createEndings({ store, clock, deadLetterMs, listeners, random }: EndingOptions): Endings {
  /** Without hand-outs that a deploy cut short, be it of another process: they are not the event's fault. */
  const tries = ({ attempts, forgiven }: QueueItem): number => attempts - forgiven;
  const isSpent = (item: QueueItem, reader: Reader): boolean => tries(item) >= reader.rules.attempts;

  const isSuspect = (item: QueueItem, reader: Reader): boolean =>
    tries(item) > 0 && tries(item) >= reader.rules.attempts - 1 && item.reason === undefined;

  /** Notes the end, unless the claim has passed to somebody else, who ends the event then. */
  async function note(step: () => Promise<boolean>, onNoted: () => void): Promise<void> {
    let mayBeNoted = false;
    for (;;) {
      try {
        if ((await step()) || mayBeNoted) onNoted();
        return;
      } catch (thrown) {
        // Closed for good; anything else passes, and what is not on record would run again.
        if (thrown instanceof CancelledError) throw thrown;
        // It may have taken place although nobody could be told so.
        mayBeNoted = true;
        await clock.sleep(storePauseMs);
      }
    }
  }

  function bury(claim: Claim, reason: string, reader: Reader | undefined): Promise<void> {
    const [{ attempts }] = claim.items;
    return note(
      () => store.bury(claim, { reason, keepMs: deadLetterMs() }),
      () => {
        listeners.onDead?.(claim.items.length);
        reader?.onDead({ reason, attempts });
      },
    );
  }

  function tryLater(claim: Claim, reason: string): Promise<void> {
    const afterMs = retryDelay(backOff, tries(claim.items[0]), random);
    return note(
      () => store.release(claim, { reason, afterMs }),
      () => listeners.onRetry?.(),
    );
  }

  async function record(claim: Claim, end: DeliveryEnd, reader: Reader, isDeploying: boolean): Promise<void> {
    const [first] = claim.items;
    switch (end.how) {
      case 'finished':
        return note(() => store.complete(claim), nothing);
      case 'interrupted':
        if (isDeploying) {
          return note(() => store.release(claim, { reason: end.how, forgiven: true }), nothing);
        }
        // Without a deploy under way it would be the same again at once, and for ever.
        return isSpent(first, reader) ? bury(claim, end.how, reader) : tryLater(claim, end.how);
      case 'failed':
        if (end.isFinal || isSpent(first, reader)) return bury(claim, end.reason, reader);
        return tryLater(claim, end.reason);
    }
  }

  return {
    isSpent,
    isSuspect,
    giveUp: bury,
    giveBack: (claim) => note(() => store.release(claim), nothing),
    record,
  };
}

const nothing = (): void => undefined;
