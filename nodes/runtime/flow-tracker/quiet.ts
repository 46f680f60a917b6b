import type { LiveNode } from './host';
import type { Ledger, Token } from './ledger';
import type { Timers, Timing } from './timers';

/** Waits for the silence of a node that does not say when it is done. */
export interface Quiet {
  watch(token: Token, ms: number): void;
  noteSend(node: LiveNode): void;
  /** Some node had nothing to send, and did not say which one it is. */
  noteEmptySend(): void;
}

/** `isStopping`: a node that is being closed is silent for another reason; what it held is judged when all have stopped. */
export function createQuiet(
  ledger: Ledger,
  timers: Timers,
  timing: Timing,
  isStopping: () => boolean,
): Quiet {
  const watched = new Map<object, { sends: number; tokens: number }>();
  let emptySends = 0;

  function watch(token: Token, ms: number): void {
    const { node } = token;
    if (!node || token.stopWatching) return;
    const record = watched.get(node) ?? { sends: 0, tokens: 0 };
    watched.set(node, record);
    record.tokens += 1;
    // Empty sends may be those of another switch, so their word counts for a limited time only.
    const trustEmptyUntil = timers.now() + timing.longQuietMs;
    const activity = (): number => {
      const heedsEmpty = node.type === 'switch' && timers.now() < trustEmptyUntil;
      return record.sends + (heedsEmpty ? emptySends : 0);
    };
    let stopTimer = (): void => undefined;
    const startOver = (): void => {
      const before = activity();
      stopTimer = timers.after(ms, () => calm(before, timing.calmTurns));
    };
    const calm = (before: number, turns: number): void => {
      if (!token.stopWatching) return;
      if (isStopping() || activity() > before) startOver();
      else if (turns === 0) ledger.close(token, 'guess');
      else timers.nextTurn(() => calm(before, turns - 1));
    };
    token.stopWatching = () => {
      stopTimer();
      record.tokens -= 1;
      if (record.tokens === 0) watched.delete(node);
    };
    startOver();
  }

  return {
    watch,
    noteSend(node) {
      const record = watched.get(node);
      if (record) record.sends += 1;
    },
    noteEmptySend: () => void (emptySends += 1),
  };
}
