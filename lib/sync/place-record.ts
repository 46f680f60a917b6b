import { CancelledError } from '../core/errors';
import { at, textAt } from '../core/fields';
import type { SetOptions, StoreSource } from '../store/store';
import type { LastRow } from './types';
import type { Tenure } from './tenure';

/** What lies in the store. `isResetting`: what stands beside it is to be deleted before anything else. */
export interface PlaceRecord {
  reached: number;
  open: readonly number[];
  last?: LastRow;
  isHeld?: boolean;
  isResetting?: boolean;
}

export const isResetting = (stored: unknown): boolean => at(stored, 'isResetting') === true;

/**
 * The place on record, written by one process at a time. Each puts its mark on it before it reads anything else, so that
 * a write of one that stood still, or whose command lay in a dead connection, finds another mark and changes nothing.
 */
export interface PlaceWriter {
  /** What was there before. */
  takeOver(): Promise<unknown>;
  /** Rejects with CancelledError when another one has taken over. */
  write(value: PlaceRecord, options?: SetOptions): Promise<void>;
}

export function createPlaceWriter(key: string, store: StoreSource, tenure: Tenure): PlaceWriter {
  const { mark } = tenure;
  /** As it is on record, by all we know. */
  let known: unknown;

  return {
    async takeOver() {
      const open = await store();
      for (;;) {
        const stored = await open.get(key);
        const marked = { reached: 0, open: [], ...(typeof stored === 'object' && stored), mark };
        await tenure.assertOurs();
        if (!(await open.compareAndSet(key, stored, marked))) continue;
        known = marked;
        return stored;
      }
    },
    async write(value, options) {
      const open = await store();
      const next = { ...value, mark };
      while (!(await open.compareAndSet(key, known, next, options))) {
        // A write of ours that was not answered, or a server that has come back empty.
        const found = await open.get(key);
        await tenure.assertOurs();
        if (found !== undefined && textAt(found, 'mark') !== mark) throw new CancelledError();
        known = found;
      }
      known = next;
    },
  };
}
