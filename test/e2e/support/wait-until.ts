import { setTimeout as pause } from 'node:timers/promises';
import { patienceMs } from '../../support/patience';

/** Asks again and again until the answer is there; says what was waited for when it never comes. */
export async function waitUntil<T>(
  what: string,
  find: () => T | Promise<T>,
  seconds = patienceMs / 1000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain for ${what}`);
    await pause(50);
  }
}
