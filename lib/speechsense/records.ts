import { systemClock, type Clock } from '../core/clock';
import { at, entriesAt, textAt } from '../core/fields';
import type { StoreSource } from '../store/store';
import { createHeldList, type HeldUpload } from './held-list';

export interface UploadRecord {
  /** `begun`: everything was handed over, or was about to be, and no answer is known. */
  readonly state: 'begun' | 'done' | 'uncertain';
  readonly at: number;
  /** Of a badge upload, its operation. */
  readonly talkId?: string;
  readonly badgeId?: string;
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
  done(key: string, talkId: string, badgeId?: string): Promise<void>;
  uncertain(key: string): Promise<void>;
  /** It certainly came to nothing. */
  restore(key: string, previous: UploadRecord | undefined): Promise<void>;
  /** For the panel: the latest first. */
  uncertainOnes(): AsyncIterable<HeldUpload>;
  /**
   * A person has looked. `again`: the talk is not there, so the next upload of this key is sent. `forget`: it stays
   * unsent, and is no longer listed. False: nothing is held under this key.
   */
  settle(key: string, how: 'again' | 'forget'): Promise<boolean>;
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

  const list = createHeldList(store, `speechsense:uncertain:${connectionId}`);

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
      if (isOurs && seen?.state === 'uncertain') await list.remove(key);
      return isOurs ? record : undefined;
    },
    async done(key, talkId, badgeId) {
      const before = await find(key);
      const earlier = talksOf(before).filter((id) => id !== talkId);
      await write(key, {
        ...{ state: 'done', at: clock.now(), talkId },
        ...(badgeId !== undefined && { badgeId }),
        ...(earlier.length > 0 && { earlier }),
      });
      if (before?.state === 'uncertain') await list.remove(key);
    },
    async uncertain(key) {
      const record = await find(key);
      const since = record?.at ?? clock.now();
      await write(key, { ...record, state: 'uncertain', at: since });
      await list.add({ key, since });
    },
    async restore(key, previous) {
      if (previous) await write(key, previous);
      else await (await store()).delete(prefix + key, { durable: true });
      if (previous?.state === 'uncertain') await list.add({ key, since: previous.at });
    },
    async *uncertainOnes() {
      yield* await list.read();
    },
    async settle(key, how) {
      const record = await find(key);
      if (record?.state !== 'uncertain') return false;
      if (how === 'again') {
        const earlier = talksOf(record);
        // What was made before on request is still known; a record without a talk would be looked for.
        const talkId = earlier.at(-1);
        const next = talkId === undefined ? undefined : { state: 'done', at: clock.now(), talkId, earlier };
        if (!(await (await store()).compareAndSet(prefix + key, record, next, kept))) return false;
      }
      await list.remove(key);
      return true;
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
  const badgeId = textAt(value, 'badgeId');
  const earlier = entriesAt(value, 'earlier').filter((id) => typeof id === 'string');
  return {
    state,
    at: since,
    ...(talkId !== undefined && { talkId }),
    ...(badgeId !== undefined && { badgeId }),
    ...(earlier.length > 0 && { earlier }),
  };
}
