import { RefusedError } from '../core/errors';
import { shortReason } from './row-label';

/** Tells a row that cannot be brought to its end from an outage in which none can. Of a cursor, over all its runs. */
export interface Blame {
  wentWell(): void;
  /**
   * For a row whose tries are used up. Some rows in a row may be bad ones; behind those, each is excused once, and put
   * down to what ails them all. The second time, with nothing else to go by, it is the row.
   */
  isOnAll(id: number): boolean;
}

const fewBadOnes = 2;

export function createBlame(): Blame {
  const excused = new Set<number>();
  let badOnes = 0;
  return {
    wentWell() {
      badOnes = 0;
      excused.clear();
    },
    isOnAll(id) {
      if (excused.delete(id)) return false;
      badOnes += 1;
      if (badOnes <= fewBadOnes) return false;
      excused.add(id);
      return true;
    },
  };
}

export function haltedBy(reason: string): RefusedError {
  const short = shortReason(reason);
  return new RefusedError('SYNC_HALTED', short, { params: { reason: short } });
}
