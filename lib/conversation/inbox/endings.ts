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
  /** Resolves when it is in the store, however long the store is away. */
  record(claim: Claim, end: DeliveryEnd, reader: Reader): Promise<void>;
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

  async function giveUp(claim: Claim, reason: string, reader: Reader | undefined): Promise<void> {
    const [{ id, attempts }] = claim.items;
    await store.bury(claim, { reason, keepMs: deadLetterMs() });
    forgiven.delete(id);
    listeners.onDead?.(claim.items.length);
    reader?.onDead({ reason, attempts });
  }

  async function settle(claim: Claim, end: DeliveryEnd, reader: Reader): Promise<void> {
    const [first] = claim.items;
    switch (end.how) {
      case 'finished':
        await store.complete(claim);
        forgiven.delete(first.id);
        return;
      case 'interrupted':
        await store.release(claim, { reason: 'interrupted' });
        forgiven.set(first.id, (forgiven.get(first.id) ?? 0) + 1);
        return;
      case 'failed':
        if (isSpent(first, reader)) return giveUp(claim, end.reason, reader);
        await store.release(claim, {
          reason: end.reason,
          afterMs: retryDelay(backOff, tries(first), random),
        });
        listeners.onRetry?.();
    }
  }

  return {
    isSpent,
    giveUp,
    async record(claim, end, reader) {
      for (;;) {
        try {
          return await settle(claim, end, reader);
        } catch (thrown) {
          // Closed for good; anything else passes, and what is not on record would run again.
          if (thrown instanceof CancelledError) throw thrown;
          await clock.sleep(storePauseMs);
        }
      }
    },
  };
}
