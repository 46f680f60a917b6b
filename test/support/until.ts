import { patienceMs } from './patience';

/**
 * Waits for a condition, not for a time; gives up with a sentence when it does not come true. It is asked again 2 ms
 * after its last answer. A rejection means "not yet", and an answer that never comes does not outlast the limit.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = patienceMs,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = condition();
    if (typeof answer === 'boolean' ? answer : await inTime(answer, deadline)) return;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function inTime(answer: Promise<boolean>, deadline: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, deadline - performance.now(), false);
  });
  return Promise.race([answer.catch(() => false), tooLate]).finally(() => clearTimeout(timer));
}
