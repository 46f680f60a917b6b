import { createSteadyDifference } from '../store-time';
import type { RedisDesk } from './desk';
import { asList, asNumber } from './replies';

/** Tells what the server's clock showed at a moment of ours. */
export type ServerClock = (moment: number) => Promise<number>;

const measureMs = 60_000;
/** The quickest answer tells best; a process that was busy meanwhile reads its own clock late. */
const questions = 3;

export function createServerClock({ link, clock, shiftMs }: RedisDesk): ServerClock {
  const steady = createSteadyDifference();
  let last: { at: number; difference: Promise<number> } | undefined;

  const ask = async (): Promise<{ tookMs: number; difference: number }> => {
    const from = clock.now();
    const [seconds, micros] = asList(await link.call('TIME'));
    const tookMs = Math.max(0, clock.now() - from);
    const there = asNumber(seconds) * 1000 + Math.floor(asNumber(micros) / 1000) + shiftMs();
    return { tookMs, difference: there - from - tookMs / 2 };
  };

  const measure = async (): Promise<number> => {
    let best = await ask();
    for (let asked = 1; asked < questions; asked += 1) {
      const answer = await ask();
      if (answer.tookMs < best.tookMs) best = answer;
    }
    return steady(best.difference);
  };

  return async (moment) => {
    const now = clock.now();
    // Whoever comes while it is asked waits for the same answer, and so keeps their turn.
    if (!last || Math.abs(now - last.at) >= measureMs) last = { at: now, difference: measure() };
    const own = last;
    try {
      return Math.round(moment + (await own.difference));
    } catch (thrown) {
      if (last === own) last = undefined;
      throw thrown;
    }
  };
}
