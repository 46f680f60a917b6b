import { systemClock, type Clock } from '../core/clock';
import { at, entriesAt, textAt } from '../core/fields';
import type { StoreSource } from '../store/store';

export interface UploadRecord {
  /** `begun`: everything was handed over, or was about to be, and no answer is known. */
  readonly state: 'begun' | 'done' | 'uncertain';
  readonly at: number;
  readonly talkId?: string;
  /** Talks that the same upload made before, on request. */
  readonly earlier?: readonly string[];
}

/** What is known of the talks that were sent. One key is one talk. */
export interface UploadRecords {
  find(key: string): Promise<UploadRecord | undefined>;
  /**
   * Noted just before the point of no return, and safe on disk when this resolves. Undefined: the record is no longer
   * the one that was seen, so somebody else is at it.
   */
  begin(key: string, seen: UploadRecord | undefined): Promise<UploadRecord | undefined>;
  done(key: string, talkId: string): Promise<void>;
  uncertain(key: string): Promise<void>;
  /** It certainly came to nothing. */
  restore(key: string, previous: UploadRecord | undefined): Promise<void>;
  /** For the panel. */
  uncertainOnes(): AsyncIterable<{ key: string; since: number }>;
}

export interface UploadRecordsOptions {
  readonly store: StoreSource;
  readonly connectionId: string;
  readonly clock?: Clock;
}

/** Longer than any list of calls reaches back. */
const keepMs = 400 * 24 * 3600_000;

export function createUploadRecords({
  store,
  connectionId,
  clock = systemClock,
}: UploadRecordsOptions): UploadRecords {
  const prefix = `speechsense:upload:${connectionId}:`;
  const kept = { ttlMs: keepMs, durable: true };

  async function find(key: string): Promise<UploadRecord | undefined> {
    return readRecord(await (await store()).get(prefix + key));
  }

  async function write(key: string, record: UploadRecord): Promise<void> {
    await (await store()).set(prefix + key, record, kept);
  }

  return {
    find,
    async begin(key, seen) {
      const earlier = talksOf(seen);
      const record: UploadRecord = {
        state: 'begun',
        at: clock.now(),
        ...(earlier.length > 0 && { earlier }),
      };
      const isOurs = await (await store()).compareAndSet(prefix + key, seen, record, kept);
      return isOurs ? record : undefined;
    },
    async done(key, talkId) {
      const earlier = talksOf(await find(key)).filter((id) => id !== talkId);
      await write(key, { state: 'done', at: clock.now(), talkId, ...(earlier.length > 0 && { earlier }) });
    },
    async uncertain(key) {
      const record = await find(key);
      await write(key, { ...record, state: 'uncertain', at: record?.at ?? clock.now() });
    },
    async restore(key, previous) {
      if (previous) await write(key, previous);
      else await (await store()).delete(prefix + key, { durable: true });
    },
    async *uncertainOnes() {
      for await (const entry of (await store()).scan(prefix)) {
        const record = readRecord(entry.value);
        if (record?.state === 'uncertain') yield { key: entry.key.slice(prefix.length), since: record.at };
      }
    },
  };
}

/** Every talk that is known to be of this key. */
export function talksOf(record: UploadRecord | undefined): string[] {
  return [...(record?.earlier ?? []), ...(record?.talkId === undefined ? [] : [record.talkId])];
}

function readRecord(value: unknown): UploadRecord | undefined {
  const state = textAt(value, 'state');
  const since = at(value, 'at');
  if ((state !== 'begun' && state !== 'done' && state !== 'uncertain') || typeof since !== 'number') {
    return undefined;
  }
  const talkId = textAt(value, 'talkId');
  const earlier = entriesAt(value, 'earlier').filter((id) => typeof id === 'string');
  return {
    state,
    at: since,
    ...(talkId !== undefined && { talkId }),
    ...(earlier.length > 0 && { earlier }),
  };
}
