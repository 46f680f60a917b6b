import { AssertionError } from 'node:assert/strict';
import { patienceMs } from './patience';

/**
 * Waits for a condition, not for a time; gives up with a sentence when it does not come true. It is asked again 2 ms
 * after its last answer. A rejection means "not yet", but for that of an assertion, and an answer that never comes does
 * not outlast the limit.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = patienceMs,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let why = '';
  const notYet = (thrown: unknown): false => {
    if (thrown instanceof AssertionError) throw thrown;
    why = `, as ${String(thrown)}`;
    return false;
  };
  for (;;) {
    const answer = condition();
    const holds = typeof answer === 'boolean' ? answer : await inTime(answer.catch(notYet), deadline);
    if (holds) return;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}${why}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function inTime(answer: Promise<boolean>, deadline: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, deadline - performance.now(), false);
  });
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
}
