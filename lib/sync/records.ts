import type { Clock } from '../core/clock';
import type { StoreSource } from '../store/store';
import { createFailedRows, type FailedRows } from './failed-rows';
import { createLateRows, type LateRows } from './late-rows';
import { createPlace, isResetting, markReset, type Place } from './place';

/** All that a cursor has in the store. */
export interface CursorRecords {
  readonly place: Place;
  readonly late: LateRows;
  readonly failed: FailedRows;
  /** Reads what an earlier process left behind, once; tried again when it fails. */
  load(): Promise<void>;
  reset(): Promise<void>;
}

export interface CursorRecordsOptions {
  key: string;
  store: StoreSource;
  clock: Clock;
  lateMs: number;
  latePausesMs: readonly number[];
}

export function createCursorRecords(options: CursorRecordsOptions): CursorRecords {
  const { key, store } = options;
  const place = createPlace(async (value) => (await store()).set(key, value));
  const late = createLateRows({ ...options, pausesMs: options.latePausesMs });
  const failed = createFailedRows(key, store);
  let loading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const stored = await (await store()).get(key);
    place.read(stored);
    await late.load();
    await failed.load();
    if (isResetting(stored)) await finishReset();
    await settleDoubles();
  }

  /** A crash came between the two writes of a row that went from one of these to another. */
  async function settleDoubles(): Promise<void> {
    for (const id of failed.ids()) if (late.has(id)) await failed.drop(id);
    for (const id of place.open()) if (late.has(id) || failed.has(id)) place.end(id);
  }

  async function finishReset(): Promise<void> {
    await late.forget();
    await failed.forget();
    place.forget();
    await place.save();
  }

  return {
    place,
    late,
    failed,
    load() {
      loading ??= read().catch((thrown: unknown) => {
        loading = undefined;
        throw thrown;
      });
      return loading;
    },
    async reset() {
      // When it ends half-way, the next use reads the mark and goes on with it.
      loading = undefined;
      await markReset(await store(), key, place.isHeld());
      await finishReset();
      loading = Promise.resolve();
    },
  };
}
