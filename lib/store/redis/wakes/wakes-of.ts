import type { Wakes, WakesOptions } from '../../wakes';
import type { RedisAddress } from '../address';
import { createPatientClient, createRedisClient } from '../client';
import type { RedisDesk } from '../desk';
import { createRedisWakes } from './redis-wakes';
import type { WakeTimes } from './times';

export interface WakesOfOptions {
  address: RedisAddress;
  connectMs: number;
  commandMs: number;
  monotonic: () => number;
  wakeTimes: Partial<WakeTimes>;
}

/** All the wakes that an open store has given, closed together with it. */
export interface WakesOf {
  of(options: WakesOptions): Wakes;
  close(): Promise<void>;
}

/** An event is acknowledged before its queue is woken, but the next one of its sender waits for both. */
const quickMs = 1500;

export function createWakesOf(desk: RedisDesk, options: WakesOfOptions): WakesOf {
  const { address, connectMs, monotonic, wakeTimes: times } = options;
  const commandMs = Math.min(options.commandMs, quickMs);
  const given: Wakes[] = [];
  return {
    of(wished) {
      const wakes = createRedisWakes({
        ...{ ...wished, desk, monotonic, times },
        openQuick: () => createRedisClient(address, { connectMs, commandMs }),
        openPatient: () => createPatientClient(address, { connectMs, commandMs }),
      });
      given.push(wakes);
      return wakes;
    },
    async close() {
      await Promise.all(given.map((wakes) => wakes.close()));
    },
  };
}
