import {
  admitted,
  asJson,
  change,
  endAfter,
  entryPlace,
  fromPayload,
  keyLost,
  liveEntry,
  nextTurn,
  sameJson,
  toPayload,
  type Desk,
} from './ledger';
import { longKept } from './long-kept';
import { createRecentTexts } from './recent-texts';
import { never } from './record';
import type { Entry } from './state';
import type { SetOptions, Store, StoreEntry } from './store';

type EntryOperations = Pick<Store, 'get' | 'set' | 'touch' | 'delete' | 'compareAndSet' | 'scan'>;

export function createEntryOperations(desk: Desk): EntryOperations {
  /** Some are read with each event, as the token of the portal; they are known until they are written anew. */
  const texts = createRecentTexts();

  const read = (key: string): unknown => {
    const entry = liveEntry(desk, key);
    if (!entry) return undefined;
    const found = fromPayload(desk, entry.payload, entryPlace(key), texts);
    if (!found) throw keyLost(key);
    return found.value;
  };

  const write = (key: string, value: unknown, options: SetOptions): Promise<void> => {
    const payload = toPayload(desk, value, entryPlace(key), options.sealed === true, longKept);
    const expiresAt = endAfter(desk, options.ttlMs);
    const before = desk.state.entries.get(key);
    if (before) texts.forget(before.payload);
    return change(desk, { op: 'set', key, expiresAt, payload }, options.durable);
  };

  return {
    async get(key) {
      return read(key);
    },

    set: (key, value, options = {}) => admitted(desk, options.durable, () => write(key, value, options)),

    touch: (key, ttlMs) =>
      admitted(desk, false, async () => {
        const expiresAt = endAfter(desk, ttlMs);
        const entry = liveEntry(desk, key);
        if (!entry) return false;
        const gainedMs = expiresAt - entry.expiresAt;
        if (gainedMs >= 0 && gainedMs < notWorthARecord(ttlMs)) return true;
        await change(desk, { op: 'touch', key, expiresAt });
        return true;
      }),

    delete: (key, { durable } = {}) =>
      admitted(desk, durable, async () => {
        if (!liveEntry(desk, key)) return false;
        await change(desk, { op: 'delete', key }, durable);
        return true;
      }),

    compareAndSet: (key, expected, value, options = {}) =>
      admitted(desk, options.durable, async () => {
        if (!sameJson(read(key), expected === undefined ? undefined : asJson(expected))) return false;
        if (value !== undefined) await write(key, value, options);
        else if (liveEntry(desk, key)) await change(desk, { op: 'delete', key }, options.durable);
        return true;
      }),

    scan: (prefix) => scan(desk, prefix),
  };
}

/** One message touches the keys of its conversation several times over; each record is room in the journal. */
const notWorthARecord = (ttlMs: number): number => Math.min(1000, ttlMs / 100);

const keysPerSlice = 5000;

async function* scan(desk: Desk, prefix: string): AsyncGenerator<StoreEntry> {
  // A key that is deleted and set again while we look moves to the end of the map and would come twice.
  const given = new Set<string>();
  let left = keysPerSlice;
  for (const key of desk.state.entries.keys()) {
    if ((left -= 1) === 0) {
      await nextTurn();
      left = keysPerSlice;
    }
    const entry = key.startsWith(prefix) && !given.has(key) ? liveEntry(desk, key) : undefined;
    if (!entry) continue;
    given.add(key);
    yield shown(desk, key, entry);
  }
}

function shown(desk: Desk, key: string, { payload, expiresAt }: Entry): StoreEntry {
  const found = fromPayload(desk, payload, entryPlace(key));
  const ttlMs = expiresAt === never ? undefined : expiresAt - desk.time.now();
  return { key, value: found?.value, ttlMs, unreadable: !found };
}
