import { UnreachableError } from '../core/errors';
import type { Store, StoreSource } from './store';

// What this process has read or written before, for the few questions that have to be answered while the store is away:
// whether a sender is to be believed. A store that answers is always asked.

interface Known {
  value: unknown;
}

export interface Recollection {
  /** That there is no value is an answer as well. Not where strangers choose the keys: each would be remembered. */
  absence?: boolean;
}

const mostKnown = 10_000;

/** Of each open store, so that no store ever speaks for another one. */
const knownOf = new WeakMap<Store, Map<string, Known>>();

export function remember(
  store: Store,
  key: string,
  value: unknown,
  { absence = false }: Recollection = {},
): void {
  const known = knownOf.get(store) ?? new Map<string, Known>();
  knownOf.set(store, known);
  // To the end: what was not asked for longest goes first.
  known.delete(key);
  if (value === undefined && !absence) return;
  known.set(key, { value });
  if (known.size <= mostKnown) return;
  for (const oldest of known.keys()) return void known.delete(oldest);
}

export async function getAndRemember(open: StoreSource, key: string, how?: Recollection): Promise<unknown> {
  const store = await open();
  const value = await store.get(key);
  remember(store, key, value, how);
  return value;
}

/** Without an answer it rejects as the store does. */
export async function getOrRecall(open: StoreSource, key: string, how?: Recollection): Promise<unknown> {
  const store = await open();
  try {
    const value = await store.get(key);
    remember(store, key, value, how);
    return value;
  } catch (thrown) {
    const known = knownOf.get(store)?.get(key);
    if (!known || !isStoreAway(thrown)) throw thrown;
    return known.value;
  }
}

export const isStoreAway = (thrown: unknown): boolean =>
  thrown instanceof UnreachableError && thrown.code === 'STORE_UNAVAILABLE';
