import { startTimer, type Clock } from '../../core/clock';

/**
 * After an outage what waited in the files of each process comes back to the store, and should be in its place before
 * what came later is handed out. Nobody knows who else has files, so everybody gives all a moment.
 */
export interface HeadStart {
  storeIs(how: 'away' | 'there'): void;
  /** It was slow: what came meanwhile may lie in the files of others, who took it for away. */
  stuttered(): void;
  close(): void;
}

/** Longer than one needs to notice that the store is back: a pause between two connections, and a probe that times out. */
const headStartMs = 4000;
/** A process that is slow itself would never hand out anything. */
const stutterPauseMs = 30_000;

export function createHeadStart(clock: Clock, onChange: (isHeld: boolean) => void): HeadStart {
  let phase: 'running' | 'away' | 'back' = 'running';
  let cancel = (): void => undefined;
  let stutteredAt = Number.NEGATIVE_INFINITY;

  const begin = (): void => {
    cancel();
    if (phase === 'running') onChange(true);
    phase = 'away';
  };
  const end = (): void => {
    if (phase !== 'away') return;
    phase = 'back';
    cancel = startTimer(clock, headStartMs, () => {
      phase = 'running';
      onChange(false);
    });
  };

  return {
    storeIs: (how) => (how === 'away' ? begin() : end()),
    stuttered() {
      if (phase !== 'running' || clock.now() - stutteredAt < stutterPauseMs) return;
      stutteredAt = clock.now();
      begin();
      end();
    },
    close: () => cancel(),
  };
}
