import type { Clock } from '../core/clock';
import type { StoreSource } from '../store/store';
import { createFailedRows, type FailedRows } from './failed-rows';
import { createLateRows, type LateRows } from './late-rows';
import { createPlace, type Place } from './place';
import { createPlaceWriter, isResetting } from './place-record';
import type { Tenure } from './tenure';

/** All that a cursor has in the store. */
export interface CursorRecords {
  readonly place: Place;
  readonly late: LateRows;
  readonly failed: FailedRows;
  /** Takes over what an earlier process left behind, once; tried again when it fails. */
  load(): Promise<void>;
  /** What is there, of a cursor that somebody else works on: nothing is put in order. */
  look(): Promise<void>;
  reset(): Promise<void>;
}

export interface CursorRecordsOptions {
  key: string;
  store: StoreSource;
  clock: Clock;
  lateMs: number;
  latePausesMs: readonly number[];
  /** Only in this time anything is written. */
  tenure: Tenure;
}

/** Of one tenure: whoever gets the cursor back later reads all of it anew. */
export function createCursorRecords(options: CursorRecordsOptions): CursorRecords {
  const { key, tenure } = options;
  const writer = createPlaceWriter(key, options.store, tenure);
  const place = createPlace((value) => writer.write(value));
  const late = createLateRows({ ...options, pausesMs: options.latePausesMs });
  const failed = createFailedRows(options);
  let loading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const stored = await writer.takeOver();
    await readAll(stored);
    if (isResetting(stored)) await finishReset();
    await settleDoubles();
  }

  async function readAll(stored: unknown): Promise<void> {
    place.read(stored);
    await late.load();
    await failed.load();
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
    async look() {
      await readAll(await (await options.store()).get(key));
    },
    async reset() {
      // When it ends half-way, the next use finds that it was begun and goes on with it.
      loading = undefined;
      const isHeld = place.isHeld();
      const empty = { reached: 0, open: [], ...(isHeld && { isHeld }), isResetting: true };
      await writer.write(empty, { durable: true });
      await finishReset();
      loading = Promise.resolve();
    },
  };
}
