import { systemClock, type Clock } from '../core/clock';
import { UnreachableError } from '../core/errors';
import type { StoreSource } from '../store/store';
import { inTurnOfAll } from '../store/turn-of-all';
import type { TalkMark } from './find-talk';
import { createHeldList, type HeldUpload } from './held-list';
import { createIndexedTalks, type IndexedTalks } from './indexed-talks';
import { elsewhereIn, isHeld, readRecord, recordAt, talksOf, type UploadRecord } from './upload-record';

export interface BegunUpload {
  readonly service: string;
  /** Asked for although there may be a talk. */
  readonly isAgain?: boolean;
}

export interface DoneUpload {
  readonly talkId: string;
  readonly badgeId?: string | undefined;
  readonly service: string;
  /** What Search should find it by. */
  readonly mark?: TalkMark | undefined;
}

/** What is known of the talks that were sent. One key is one talk, in each service. */
export interface UploadRecords extends Pick<IndexedTalks, 'isOfAnother'> {
  /** Talks that Search has to find before its silence tells anything. */
  readonly sampleSince: IndexedTalks['since'];
  find(key: string): Promise<UploadRecord | undefined>;
  /** While nobody else who shares the store uploads this key. What is seen inside is no upload that is under way. */
  alone<T>(key: string, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>;
  /**
   * Noted just before the point of no return, and safe on disk when this resolves. Undefined: the record is no longer
   * the one that was seen, so somebody else is at it.
   */
  begin(key: string, seen: UploadRecord | undefined, upload: BegunUpload): Promise<UploadRecord | undefined>;
  done(key: string, upload: DoneUpload): Promise<void>;
  /** Held until a person has looked, if it still is what was seen. What it is afterwards. */
  uncertain(key: string, seen: UploadRecord, service: string): Promise<UploadRecord | undefined>;
  /** The try that was seen certainly came to nothing. What the record is afterwards. */
  restore(
    key: string,
    seen: UploadRecord,
    previous: UploadRecord | undefined,
  ): Promise<UploadRecord | undefined>;
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
/** Others write the same record only when two upload the same at the same moment. */
const tries = 20;

export function createUploadRecords({
  store,
  connectionId,
  clock = systemClock,
}: UploadRecordsOptions): UploadRecords {
  const prefix = `speechsense:upload:${connectionId}:`;
  const kept = { ttlMs: keepMs, durable: true };
  const list = createHeldList(store, `speechsense:uncertain:${connectionId}`);
  const indexed = createIndexedTalks(store, connectionId, keepMs);

  async function find(key: string): Promise<UploadRecord | undefined> {
    return readRecord(await (await store()).get(prefix + key));
  }

  async function replace(
    key: string,
    seen: UploadRecord | undefined,
    next: UploadRecord | undefined,
  ): Promise<boolean> {
    // Read once more, so that what is equal is equal as JSON as well.
    return (await store()).compareAndSet(prefix + key, seen, readRecord(next), kept);
  }

  async function done(key: string, { talkId, badgeId, service, mark }: DoneUpload): Promise<void> {
    for (let left = tries; left > 0; left -= 1) {
      const seen = await find(key);
      const before = recordAt(seen, service);
      const earlier = talksOf(before).filter((id) => id !== talkId);
      const elsewhere = elsewhereIn(seen, service);
      const isDone = await replace(key, seen, {
        ...{ state: 'done', at: clock.now(), service, talkId },
        ...(badgeId !== undefined && { badgeId }),
        ...(earlier.length > 0 && { earlier }),
        ...(elsewhere.length > 0 && { elsewhere }),
      });
      if (!isDone) continue;
      if (isHeld(seen)) await list.remove(key);
      const begunAt = before && before.state !== 'done' ? before.at : clock.now();
      // Without it an unclear upload waits for a person: no reason to doubt this one.
      if (mark) await indexed.note(service, { key, talkId, mark, at: begunAt }).catch(() => undefined);
      return;
    }
    throw new UnreachableError('STORE_UNAVAILABLE', 'the record of an upload is changed by too many', {
      sent: false,
    });
  }

  return {
    find,
    alone: async (key, work, signal) =>
      inTurnOfAll(await store(), { name: prefix + key, clock, signal }, work),
    isOfAnother: (key, talkId) => indexed.isOfAnother(key, talkId),
    sampleSince: (service, field, since) => indexed.since(service, field, since),
    async begin(key, seen, { service, isAgain = false }) {
      const earlier = talksOf(recordAt(seen, service));
      const elsewhere = elsewhereIn(seen, service);
      const record: UploadRecord = {
        ...{ state: 'begun', at: clock.now(), service },
        ...(earlier.length > 0 && { earlier }),
        ...(isAgain && { isAgain }),
        ...(elsewhere.length > 0 && { elsewhere }),
      };
      if (!(await replace(key, seen, record))) return undefined;
      if (isHeld(seen)) await list.remove(key);
      return record;
    },
    done,
    async uncertain(key, seen, service) {
      const own = recordAt(seen, service) ?? seen;
      const state = own.state === 'begun' ? 'uncertain' : own.state;
      const held: UploadRecord = { ...own, state, elsewhere: elsewhereIn(seen, service) };
      // First the list: whoever ends the upload meanwhile finds it there, and takes it away.
      await list.add({ key, since: held.at });
      if (await replace(key, seen, held)) return held;
      const now = await find(key);
      if (!isHeld(now)) await list.remove(key);
      return now;
    },
    async restore(key, seen, previous) {
      // Somebody else may have taken it for unclear meanwhile.
      const isRestored =
        (await replace(key, seen, previous)) ||
        (await replace(key, { ...seen, state: 'uncertain' }, previous));
      const now = isRestored ? previous : await find(key);
      if (isRestored && previous && isHeld(previous)) await list.add({ key, since: previous.at });
      else if (!isHeld(now)) await list.remove(key);
      return now;
    },
    async *uncertainOnes() {
      const oldest = clock.now() - keepMs;
      for (const held of await list.read()) if (held.since > oldest) yield held;
    },
    async settle(key, how) {
      const seen = await find(key);
      const isSettled = seen !== undefined && isHeld(seen) && (await replace(key, seen, settled(seen, how)));
      if (isSettled || !isHeld(await find(key))) await list.remove(key);
      return isSettled;
    },
  };

  function settled(record: UploadRecord, how: 'again' | 'forget'): UploadRecord | undefined {
    if (how === 'forget') return { ...record, state: 'forgotten' };
    const { earlier = [], service, elsewhere = [] } = record;
    const others = elsewhere.length > 0 && { elsewhere };
    // What was made before on request is still known; a record without a talk would be looked for.
    const talkId = earlier.at(-1);
    if (talkId !== undefined) {
      const own = service !== undefined && { service };
      return {
        ...{ state: 'done', at: clock.now(), talkId, earlier: earlier.slice(0, -1) },
        ...own,
        ...others,
      };
    }
    const [next, ...rest] = elsewhere;
    return next && { ...next, ...(rest.length > 0 && { elsewhere: rest }) };
  }
}
