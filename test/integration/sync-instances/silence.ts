import type Redis from 'ioredis';
import { until } from '../../support/until';

/** Together more than after which one that says nothing is taken for dead; each far less than that. */
const steps = Array.from({ length: 5 }, () => 4500);

/**
 * Has so much time pass for the living that the silent are taken for dead: in steps, in each of which all of the living
 * are heard, so that none of them is, however long the machine stands still.
 */
export async function passSilence(
  client: Redis,
  living: readonly string[],
  pass: (ms: number) => void | Promise<unknown>,
): Promise<void> {
  const beatsOf = async (instance: string): Promise<number> =>
    Number(await client.hget('{bitbot}:~:beats', instance));
  const heard = async (): Promise<void> => {
    for (const instance of living) {
      const start = await beatsOf(instance);
      // The first may have been under way.
      await until(async () => (await beatsOf(instance)) >= start + 2, 'two beats');
    }
  };
  await heard();
  for (const ms of steps) {
    await pass(ms);
    await heard();
  }
}
