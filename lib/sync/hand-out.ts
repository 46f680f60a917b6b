import type { Clock } from '../core/clock';
import { CancelledError } from '../core/errors';
import { unlessAborted } from '../core/unless-aborted';
import { reasonOf } from './row-label';
import type { Deliver, SyncEnd } from './source';

export interface HandOutRules {
  clock: Clock;
  attempts: number;
  pausesMs: readonly number[];
  /** No further try. */
  stopping: AbortSignal;
  /** Whoever has the row lets go of it. */
  closing: AbortSignal;
}

/** open: it was not brought to an end, and has to be handed out again another time. halted: so have all others. */
export type RowEnd =
  | { readonly how: 'finished' | 'open' }
  | { readonly how: 'late'; readonly isLost: boolean }
  | { readonly how: 'halted'; readonly error: Error; readonly tries: number }
  | { readonly how: 'failed'; readonly reason: string; readonly tries: number; readonly isFinal: boolean };

/** Hands a row out until it comes to an end or was tried often enough. `before`: tries that count for its numbers alone. */
export async function handOut<T>(
  item: T,
  deliver: Deliver<T>,
  rules: HandOutRules,
  { isLate, before }: { isLate: boolean; before: number },
): Promise<RowEnd> {
  const { stopping, closing: signal } = rules;
  let failures = 0;
  let interruptions = 0;
  while (!stopping.aborted) {
    const attempt = before + failures + 1;
    const end = await deliverOnce(() => deliver(item, { attempt, isLate, signal }), signal);
    switch (end.how) {
      case 'finished':
        return { how: end.how };
      case 'late':
        return { how: end.how, isLost: end.isLost ?? false };
      case 'halted':
        return { ...end, tries: attempt };
      case 'failed':
        failures += 1;
        if (end.isFinal || failures >= rules.attempts) {
          return { how: 'failed', reason: end.reason, tries: attempt, isFinal: end.isFinal ?? false };
        }
        break;
      case 'interrupted':
        interruptions += 1;
    }
    await pause(failures + interruptions, rules);
  }
  return { how: 'open' };
}

async function deliverOnce(deliver: () => Promise<SyncEnd>, closing: AbortSignal): Promise<SyncEnd> {
  try {
    return await unlessAborted(deliver(), closing);
  } catch (thrown) {
    if (thrown instanceof CancelledError) return { how: 'interrupted' };
    return { how: 'failed', reason: reasonOf(thrown) };
  }
}

/** Ends early when nothing is to be tried any more. */
async function pause(times: number, { clock, pausesMs, stopping }: HandOutRules): Promise<void> {
  const ms = pausesMs[Math.min(times, pausesMs.length) - 1] ?? 0;
  try {
    await clock.sleep(ms, stopping);
  } catch {
    // The loop looks at the signal.
  }
}
