import { startTimer, type Clock } from '../../core/clock';

/**
 * After an outage what waited in the files of each process comes back to the store, and should be in its place before
 * what came later is handed out. Nobody knows who else has files, so everybody gives all a moment.
 */
export interface HeadStart {
  storeIs(how: 'away' | 'there'): void;
  close(): void;
}

/** Longer than one needs to notice that the store is back: a pause between two connections, and a probe that times out. */
const headStartMs = 4000;

export function createHeadStart(clock: Clock, onChange: (isHeld: boolean) => void): HeadStart {
  let phase: 'running' | 'away' | 'back' = 'running';
  let cancel = (): void => undefined;

  return {
    storeIs(how) {
      if (how === 'away') {
        cancel();
        if (phase === 'running') onChange(true);
        phase = 'away';
      } else if (phase === 'away') {
        phase = 'back';
        cancel = startTimer(clock, headStartMs, () => {
          phase = 'running';
          onChange(false);
        });
      }
    },
    close: () => cancel(),
  };
}
