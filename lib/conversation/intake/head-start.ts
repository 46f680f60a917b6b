import type { Clock } from '../../core/clock';

/**
 * After an outage what waited in the files of each process comes back to the store, and should be in its place before
 * what came later is handed out. So everybody waits until all have said that nothing waits with them any more.
 */
export interface HeadStart {
  storeIs(how: 'away' | 'there'): void;
  /** It was slow: what came meanwhile may lie in the files of others, who took it for away. */
  stuttered(): void;
  close(): void;
}

/** Longer than one needs to notice that the store is back: a pause between two connections, and a probe that times out. */
const headStartMs = 4000;
/** Whoever brings more than fits in this comes too late: the others do not stand still for them. */
const longestMs = 20_000;
/** From the end of one to the next: a process that is slow itself would never hand out anything. */
const stutterPauseMs = 30_000;

/** Resolves when nothing waits with anybody any more, not before `leastMs`; rejects when it is aborted. */
export type AllMoved = (leastMs: number, signal: AbortSignal) => Promise<void>;

export function createHeadStart(
  clock: Clock,
  onChange: (isHeld: boolean) => void,
  allMoved: AllMoved = (leastMs, signal) => clock.sleep(leastMs, signal),
): HeadStart {
  let phase: 'running' | 'away' | 'back' = 'running';
  let cancel = (): void => undefined;
  let isStutter = false;
  let quietUntil = Number.NEGATIVE_INFINITY;

  const begin = (): void => {
    cancel();
    if (phase === 'running') onChange(true);
    phase = 'away';
    isStutter = false;
  };
  const end = (): void => {
    if (phase !== 'away') return;
    phase = 'back';
    const waiting = new AbortController();
    const { signal } = waiting;
    cancel = () => waiting.abort();
    const limit = clock.sleep(longestMs, signal);
    const moved = allMoved(headStartMs, signal).catch(() => limit);
    Promise.race([moved, limit]).then(
      () => {
        if (signal.aborted) return;
        waiting.abort();
        phase = 'running';
        if (isStutter) quietUntil = clock.now() + stutterPauseMs;
        onChange(false);
      },
      () => undefined,
    );
  };

  return {
    storeIs: (how) => (how === 'away' ? begin() : end()),
    stuttered() {
      if (phase !== 'running' || clock.now() < quietUntil) return;
      begin();
      isStutter = true;
      end();
    },
    close: () => cancel(),
  };
}
