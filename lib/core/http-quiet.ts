import type { Clock } from './clock';

/** A silence is noticed at most a quarter of the limit late; a timer per chunk would cost more. */
const looksPerLimit = 4;

export interface QuietLimit {
  readonly ms: number;
  readonly clock: Clock;
}

/** Resolves when `count` has stood still for the whole limit, leaving out the looks at which it `mayRest`. */
export async function untilQuiet(
  { ms, clock }: QuietLimit,
  count: () => number,
  signal: AbortSignal,
  mayRest: () => boolean = () => false,
): Promise<void> {
  let seen = count();
  for (let quietLooks = 0; quietLooks < looksPerLimit;) {
    await clock.sleep(ms / looksPerLimit, signal);
    const now = count();
    quietLooks = now === seen && !mayRest() ? quietLooks + 1 : 0;
    seen = now;
  }
}
