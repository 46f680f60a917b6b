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
  /** These two resolve when it is in the store, however long the store is away. `isDeploying`: flows are not settled. */
  record(claim: Claim, end: DeliveryEnd, reader: Reader, isDeploying: boolean): Promise<void>;
  giveUp(claim: Claim, reason: string, reader: Reader | undefined): Promise<void>;
  /** It was handed out as often as it may be. */
  isSpent(item: QueueItem, reader: Reader): boolean;
}

const storePauseMs = 1000;
const backOff: RetryPolicy = { attempts: Infinity, baseMs: 2000, factor: 4, capMs: 60_000, jitter: 0.1 };

export function createEndings({ store, clock, deadLetterMs, listeners, random }: EndingOptions): Endings {
  /** Hand-outs that a deploy cut short: they are not the event's fault and do not count against it. */
  const forgiven = new Map<string, number>();

  const tries = ({ id, attempts }: QueueItem): number => attempts - (forgiven.get(id) ?? 0);
  const isSpent = (item: QueueItem, reader: Reader): boolean => tries(item) >= reader.rules.attempts;

  async function bury(claim: Claim, reason: string, reader: Reader | undefined): Promise<void> {
    const [{ id, attempts }] = claim.items;
    await store.bury(claim, { reason, keepMs: deadLetterMs() });
    forgiven.delete(id);
    listeners.onDead?.(claim.items.length);
    reader?.onDead({ reason, attempts });
  }

  async function tryLater(claim: Claim, reason: string): Promise<void> {
    const afterMs = retryDelay(backOff, tries(claim.items[0]), random);
    await store.release(claim, { reason, afterMs });
    listeners.onRetry?.();
  }

  async function settle(claim: Claim, end: DeliveryEnd, reader: Reader, isDeploying: boolean): Promise<void> {
    const [first] = claim.items;
    switch (end.how) {
      case 'finished':
        await store.complete(claim);
        forgiven.delete(first.id);
        return;
      case 'interrupted':
        // Without a deploy under way it would be the same again at once, and for ever.
        if (!isDeploying)
          return isSpent(first, reader) ? bury(claim, end.how, reader) : tryLater(claim, end.how);
        await store.release(claim, { reason: end.how });
        forgiven.set(first.id, (forgiven.get(first.id) ?? 0) + 1);
        return;
      case 'failed':
        if (end.isFinal || isSpent(first, reader)) return bury(claim, end.reason, reader);
        return tryLater(claim, end.reason);
    }
  }

  async function untilRecorded(record: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await record();
      } catch (thrown) {
        // Closed for good; anything else passes, and what is not on record would run again.
        if (thrown instanceof CancelledError) throw thrown;
        await clock.sleep(storePauseMs);
      }
    }
  }

  return {
    isSpent,
    giveUp: (claim, reason, reader) => untilRecorded(() => bury(claim, reason, reader)),
    record: (claim, end, reader, isDeploying) => untilRecorded(() => settle(claim, end, reader, isDeploying)),
  };
}
