import { storeClaimCases } from './store-suite-claims';
import { storeEarlierCases } from './store-suite-earlier';
import { storeHoldCases } from './store-suite-holds';
import { storeQueueCases } from './store-suite-queues';
import { storeTimeCases } from './store-suite-time';
import { storeScanCases } from './store-suite-scan';
import { storeLetterCases } from './store-suite-letters';
import { storeValueCases } from './store-suite-values';
import type { Store } from '../../lib/store/store';

/** A store under test. Nothing here looks behind the interface, so every backend can be tried with it. */
export interface StoreBench {
  store: Store;
  /** Closes the store and gives a new one on what it has kept. */
  reopen: () => Promise<Store>;
  /** Lets time pass for the store. */
  advance: (ms: number) => Promise<void>;
  /** By the clock of the process that uses the store. */
  now: () => number;
  dispose: () => Promise<void>;
}

export type BenchRunner = (work: (bench: StoreBench) => Promise<void>) => () => Promise<void>;

/** The conformance suite: whatever calls itself a store passes it unchanged. */
export function storeSuite(name: string, makeStore: () => Promise<StoreBench>): void {
  /** A case is given a store of its own, which is put away whatever happens. */
  const withStore: BenchRunner = (work) => async () => {
    const bench = await makeStore();
    try {
      await work(bench);
    } finally {
      await bench.dispose();
    }
  };
  describe(`store suite: ${name}`, () => {
    storeValueCases(withStore);
    storeTimeCases(withStore);
    storeScanCases(withStore);
    storeQueueCases(withStore);
    storeEarlierCases(withStore);
    storeClaimCases(withStore);
    storeLetterCases(withStore);
    storeHoldCases(withStore);
  });
}

export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) found.push(each);
  return found;
}
