import { UnreachableError } from '../../core/errors';
import { asJson, entryPlace, keyLost, sameJson, unusable } from '../ledger';
import type { SetOptions, Store, StoreEntry } from '../store';
import { decodeValue, encodeValue } from './codec';
import type { RedisDesk } from './desk';
import { asNumber, asText, isYes } from './replies';
import { patternOf } from './names';
import { scripts } from './scripts';

type ValueOperations = Pick<Store, 'get' | 'set' | 'touch' | 'delete' | 'compareAndSet' | 'scan'>;

export function createValueOperations(desk: RedisDesk): ValueOperations {
  const { link, names, keys, durability } = desk;
  /** Keys that are being compared: whoever comes for one of them meanwhile sees what comes of it. */
  const comparing = new Map<string, Promise<unknown>>();

  const inOrder = <T>(key: string, send: () => Promise<T>): Promise<T> => {
    const before = comparing.get(key);
    return before ? before.then(send) : send();
  };

  const settled = async <T>(durable: boolean | undefined, result: T): Promise<T> => {
    if (durable) await durability.wait();
    return result;
  };

  const encode = (key: string, value: unknown, sealed = false): string =>
    encodeValue(value, sealed ? { ring: keys.ring, place: entryPlace(key) } : undefined);

  const decode = async (key: string, raw: string | undefined): Promise<unknown> => {
    if (raw === undefined) return undefined;
    const found = await readValue(desk, key, raw);
    if (!found) throw keyLost(key);
    return found.value;
  };

  const readRaw = async (key: string): Promise<string | undefined> =>
    asText(await link.call('GET', names.value(key)));

  const compareAndSet: Store['compareAndSet'] = async (key, expected, value, options = {}) => {
    const wanted = expected === undefined ? undefined : asJson(expected);
    const next = value === undefined ? undefined : encode(key, value, options.sealed);
    const ttl = timeToLive(options.ttlMs) ?? '';
    for (;;) {
      const raw = await readRaw(key);
      if (!sameJson(await decode(key, raw), wanted)) return false;
      const args = [
        ...(raw === undefined ? ['0', ''] : ['1', raw]),
        ...(next === undefined ? ['0', '', ''] : ['1', next, ttl]),
      ];
      // Somebody else may have been here meanwhile; then it is compared anew.
      if (isYes(await link.run(scripts.swap, [names.value(key)], args))) return true;
    }
  };

  return {
    get: async (key) => decode(key, await inOrder(key, () => readRaw(key))),

    async set(key, value, options: SetOptions = {}) {
      const ttl = timeToLive(options.ttlMs);
      const end = ttl === undefined ? [] : ['PX', ttl];
      const raw = encode(key, value, options.sealed);
      await inOrder(key, () => link.call('SET', names.value(key), raw, ...end));
      await settled(options.durable, undefined);
    },

    async touch(key, ttlMs) {
      const ttl = timeToLive(ttlMs) ?? 0;
      return isYes(await inOrder(key, () => link.call('PEXPIRE', names.value(key), ttl)));
    },

    async delete(key, { durable } = {}) {
      const gone = isYes(await inOrder(key, () => link.call('DEL', names.value(key))));
      return settled(durable, gone);
    },

    async compareAndSet(key, expected, value, options = {}) {
      const work = inOrder(key, () => compareAndSet(key, expected, value, options));
      const turn = work.catch(() => undefined);
      comparing.set(key, turn);
      try {
        return await settled(options.durable, await work);
      } finally {
        if (comparing.get(key) === turn) comparing.delete(key);
      }
    },

    scan: (prefix) => scan(desk, prefix),
  };
}

/** Another process may have changed the keys since we read them. */
export async function readValue(
  { keys }: RedisDesk,
  key: string,
  raw: string,
): Promise<{ value: unknown } | undefined> {
  const place = entryPlace(key);
  const found = decodeValue(raw, keys.ring, place);
  if (found) return found;
  await keys.refresh();
  return decodeValue(raw, keys.ring, place);
}

function timeToLive(ttlMs: number | undefined): number | undefined {
  if (ttlMs === undefined) return undefined;
  if (!Number.isFinite(ttlMs) || ttlMs <= 0) throw unusable('ttlMs');
  return Math.ceil(ttlMs);
}

/** Names in Redis whose keys begin with this, page by page; some may come twice. */
export async function* namesOf({ link, names }: RedisDesk, prefix: string): AsyncGenerator<string[]> {
  const { rawPrefix, valuePrefix } = names;
  const isRawOnly = prefix.startsWith(rawPrefix);
  if (isRawOnly || rawPrefix.startsWith(prefix)) yield* link.scan(patternOf(isRawOnly ? prefix : rawPrefix));
  if (!isRawOnly) yield* link.scan(patternOf(valuePrefix + prefix));
}

async function* scan(desk: RedisDesk, prefix: string): AsyncGenerator<StoreEntry> {
  const given = new Set<string>();
  for await (const page of namesOf(desk, prefix)) {
    const fresh = page.filter((name) => !given.has(name));
    for (const name of fresh) given.add(name);
    const entries = await Promise.all([...new Set(fresh)].map((name) => readEntry(desk, name)));
    for (const entry of entries) if (entry) yield entry;
  }
}

async function readEntry(desk: RedisDesk, name: string): Promise<StoreEntry | undefined> {
  const { link, names } = desk;
  const [reply, left] = await Promise.all([
    // A list or a hash below our prefix is somebody else's.
    link.call('GET', name).catch(nothingOfOtherType),
    link.call('PTTL', name),
  ]);
  const raw = asText(reply);
  const ttlMs = asNumber(left);
  if (raw === undefined || ttlMs === -2) return undefined;
  const key = names.keyOf(name);
  const found = await readValue(desk, key, raw);
  return { key, value: found?.value, ttlMs: ttlMs < 0 ? undefined : ttlMs, unreadable: !found };
}

function nothingOfOtherType(thrown: unknown): undefined {
  if (thrown instanceof UnreachableError && thrown.params.reason === 'WRONGTYPE') return undefined;
  throw thrown;
}
