/** Milliseconds, where nothing else is said. */
export interface WakeTimes {
  /** A job whose holder has not been heard of for so long is given to another one. Nobody's event is taken by that. */
  lock: number;
  stalledEvery: number;
  /** How often what waits is woken in case its wake-up was lost: so long, and up to twice as long. */
  sweepEvery: number;
  /** A window in which messages are joined is looked at as often, because what comes may end it. */
  windowEvery: number;
  /** For an instance that has the reader, once nobody seems to have it. */
  parked: number;
  /** The same at first, and more each time. */
  parkedFirst: number;
  /** For an instance that has a place. */
  full: number;
  /** What is in hand as we close is free as soon as the store has given it up. */
  closing: number;
  /** After which others have their turn. */
  turn: number;
  looksPerTurn: number;
  /** After an answer that says that the server is in no state to work. */
  rest: number;
  /** After which a worker that could not begin is made anew. */
  remake: number;
  /** When the wake-ups have not worked for so long, each instance looks by itself. */
  helpAfter: number;
  /** How long closing may take. */
  closeLimit: number;
}

export const wakeTimes: WakeTimes = {
  lock: 15_000,
  stalledEvery: 5000,
  sweepEvery: 5000,
  windowEvery: 1000,
  parked: 5000,
  parkedFirst: 20,
  full: 300,
  closing: 200,
  turn: 10_000,
  looksPerTurn: 20,
  rest: 1000,
  remake: 5000,
  helpAfter: 30_000,
  closeLimit: 2000,
};

/** Not all at the same time: up to a fifth more. */
export const jittered = (ms: number): number => Math.round(ms * (1 + Math.random() / 5));
