import { createSteadyDifference } from '../store-time';
import type { RedisDesk } from './desk';
import { asNumber } from './replies';
import { script, serverTime } from './scripts';

/** Tells what the server's clock showed at a moment of ours. */
export interface ServerClock {
  at(moment: number): Promise<number>;
  /** An answer that came with the time. Whoever has had some in quiet times knows it when everything is slow. */
  readonly note: (answer: TimeAnswer) => void;
}

export interface TimeAnswer {
  /** By our clock. */
  askedAt: number;
  heardAt: number;
  /** By that of the server. */
  time: number;
}

/** Each answer tells between what the difference lies; together they tell it well. */
interface Reading {
  atLeast: number;
  atMost: number;
}

export interface ServerClockOptions extends Pick<RedisDesk, 'clock' | 'shiftMs' | 'names'> {
  link: Pick<RedisDesk['link'], 'run'>;
}

/** As much as two clocks may drift apart from the first to the last of them is less than reading them takes. */
const mostReadings = 24;
/** Where there are none yet. */
const questions = 3;
/** Whoever asks within this time asks for things that belong together. */
const restMs = 10_000;

/** KEYS: any, for the shard. ARGV: the clock's shift. */
const timeScript = script(`${serverTime}
return string.format('%.0f', now)`);

export function createServerClock({ link, names, clock, shiftMs }: ServerClockOptions): ServerClock {
  const readings: Reading[] = [];
  let series: { ready: Promise<void>; steady: (measured: number) => number } | undefined;
  let neededAt = 0;

  const note = ({ askedAt, heardAt, time }: TimeAnswer): void => {
    // Both clocks show whole milliseconds.
    const reading: Reading = { atLeast: time - heardAt - 1, atMost: time + 1 - askedAt };
    // Our clock was set back meanwhile.
    if (reading.atLeast > reading.atMost) return;
    readings.push(reading);
    if (readings.length > mostReadings) readings.shift();
    // One of the clocks was set: what was read before tells nothing any more.
    while (leastOf(readings) > mostOf(readings)) readings.shift();
  };

  /** In a cluster each server has its own clock, and a question without a key goes to any of them. */
  const look = async (): Promise<void> => {
    const askedAt = clock.now();
    const time = asNumber(await link.run(timeScript, [names.beats], [shiftMs()]));
    note({ askedAt, heardAt: clock.now(), time });
  };

  const lookClosely = async (): Promise<void> => {
    for (let asked = 0; asked < questions || readings.length === 0; asked += 1) await look();
  };

  return {
    note,
    async at(moment) {
      const now = clock.now();
      // Whoever comes while it is read waits for the same answer, and so keeps their turn.
      if (!series || Math.abs(now - neededAt) >= restMs) {
        series = { ready: lookClosely(), steady: createSteadyDifference() };
      }
      neededAt = now;
      const own = series;
      try {
        await own.ready;
      } catch (thrown) {
        if (series === own) series = undefined;
        throw thrown;
      }
      return Math.round(moment + own.steady((leastOf(readings) + mostOf(readings)) / 2));
    },
  };
}

const leastOf = (readings: readonly Reading[]): number => Math.max(...readings.map(({ atLeast }) => atLeast));
const mostOf = (readings: readonly Reading[]): number => Math.min(...readings.map(({ atMost }) => atMost));
