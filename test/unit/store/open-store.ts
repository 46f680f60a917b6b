import { resolve } from 'node:path';
import {
  openEmbeddedStore,
  type EmbeddedStore,
  type EmbeddedStoreOptions,
} from '../../../lib/store/embedded-store';
import type { ProcessView } from '../../../lib/store/process-view';
import type { Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import type { TestDisk } from './test-disk';

export const folder = resolve('/store');
export const keyOf = (letter: string): string => Buffer.alloc(32, letter).toString('base64');
export const startOfTime = 1_750_000_000_000;

/** A clock by which both the time of day and the even time go. */
export interface TestTime {
  clock: ManualClock;
  monotonic: () => number;
}

export function testTime(startMs = startOfTime): TestTime {
  const clock = manualClock(startMs);
  return { clock, monotonic: () => clock.now() };
}

let lastPid = 1000;

/** A process of its own for every opening: those before are dead. */
export function nextProcess(): ProcessView {
  const pid = (lastPid += 1);
  return {
    pid,
    host: 'here',
    space: 'boot space',
    isAlive: (other) => other === pid,
    startOf: (other) => (other === pid ? `start of ${pid}` : undefined),
  };
}

type Options = Partial<EmbeddedStoreOptions>;

/** Opens, moving the clock when opening waits for it (it does when it takes over a lock). */
export async function openOn(disk: TestDisk, time: TestTime, options: Options = {}): Promise<EmbeddedStore> {
  const opening = openEmbeddedStore({
    folder,
    key: keyOf('k'),
    files: disk.files,
    processes: nextProcess(),
    ...time,
    ...options,
  });
  return letPass(time, opening);
}

/** Moves the clock in small steps until this has come to its end. */
export async function letPass<T>(time: TestTime, work: Promise<T>, stepMs = 10): Promise<T> {
  let isOver = false;
  const done = (): void => {
    isOver = true;
  };
  work.then(done, done);
  for (let steps = 0; !isOver && steps < 5000; steps += 1) await time.clock.advance(stepMs);
  return work;
}

export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) found.push(each);
  return found;
}

export async function fill(store: Store, queue: string, count: number, durable = true): Promise<void> {
  for (let n = 0; n < count; n += 1) await store.append(queue, { n }, { durable });
}

/** What waits in a queue, in order. */
export async function payloads(store: Store, queue: string): Promise<unknown[]> {
  return (await store.peek(queue, 1_000_000)).map(({ payload }) => payload);
}
