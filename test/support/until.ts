import { patienceMs } from './patience';

/** Waits for a condition, not for a time; gives up with a sentence when it does not come true. */
export async function until(condition: () => boolean, what: string, timeoutMs = patienceMs): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
