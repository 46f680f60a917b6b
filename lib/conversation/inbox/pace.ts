/** Resolves when it is one's turn. */
export type Pace = () => Promise<void>;
export type NextTurn = (act: () => void) => unknown;

/** While events are being taken in, one comes in at the latest after so many turns of the event loop. */
const longestHold = 20;
/** Otherwise so many in each turn: whoever posts meanwhile waits for no more than these. */
const atOnce = 16;

/**
 * In the order in which they asked, and after those who post: the system hands over one new connection in each turn, so
 * they wait for every turn that work makes long.
 */
export function createPace(isTakingIn: () => boolean, nextTurn: NextTurn = setImmediate): Pace {
  let arrived: (() => void)[] = [];
  /** The first to go stands at the end. */
  let leaving: (() => void)[] = [];
  let isGoing = false;
  let held = 0;

  function turn(): void {
    held += 1;
    const places = isTakingIn() ? Number(held >= longestHold) : atOnce;
    for (let place = 0; place < places; place += 1) letOneIn();
    isGoing = leaving.length + arrived.length > 0;
    if (isGoing) nextTurn(turn);
  }

  function letOneIn(): void {
    held = 0;
    if (leaving.length === 0) {
      leaving = arrived.reverse();
      arrived = [];
    }
    leaving.pop()?.();
  }

  return () =>
    new Promise((resolve) => {
      arrived.push(resolve);
      if (!isGoing) nextTurn(turn);
      isGoing = true;
    });
}
