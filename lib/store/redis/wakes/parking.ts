import type { HandedJob, ParkedBy } from './put-back';
import { jittered, type WakeTimes } from './times';

export interface ParkingOptions {
  /** This open store, and all that are there. */
  instance: string;
  live: () => Promise<readonly string[]>;
  times: WakeTimes;
  /** So long at least: so many wait already. */
  leastMs: () => number;
}

/**
 * How long a queue is left alone for which there is no reader here. Another instance may have it, and is given it almost
 * at once; as each of them notes in the job that it has not, all know when nobody has.
 */
export type Parking = (job: HandedJob) => Promise<number>;

const growth = 1.25;
const nobody: ParkedBy = { by: [], seen: [], rounds: 0 };

export function createParking({ instance, live, times, leastMs }: ParkingOptions): Parking {
  const pauseAfter = ({ by, rounds }: ParkedBy, others: readonly string[]): number => {
    if (others.every((one) => by.includes(one))) return times.parked;
    // The more there are, the more often it comes to the wrong one.
    const grown = times.parkedFirst * growth ** ((rounds * 2) / (others.length + 1));
    return Math.min(Math.max(grown, leastMs()), times.parked);
  };

  return async (job) => {
    const others = (await live()).filter((one) => one !== instance);
    const before = job.data.parked ?? nobody;
    const isNews = others.some((one) => !before.seen.includes(one));
    const parked: ParkedBy = {
      by: [...before.by.filter((one) => others.includes(one)), instance],
      seen: [...others, instance],
      rounds: isNews ? 0 : before.rounds + 1,
    };
    const { queue } = job.data;
    if (others.length > 0) await job.updateData({ queue, parked });
    return jittered(pauseAfter(parked, others));
  };
}
