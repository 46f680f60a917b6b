import type { Blame } from './blame';
import type { CursorRecords } from './records';
import type { Origin } from './row-ends';
import { idsAtOnce } from './source';
import type { Wish } from './wishes';

/** Rows that a run looks at by their ids, a portion at a time: whatever else is to be done need not wait for them all. */
export interface Queue {
  /** How many of them are new here. */
  add(wish: Wish): number;
  /** The next of each kind; of those that may wait, none in an outage. */
  portions(isOutage: boolean): Portion[];
  /** The one row that may be on trial now. */
  forTrial(): Portion[];
  /** Suspects, when nothing else is left that could speak for or against them. */
  rest(): Portion[];
  isReady(id: number): boolean;
  originOf(id: number): Origin;
}

export interface Portion {
  readonly origin: Origin;
  readonly ids: readonly number[];
  readonly isTrial?: boolean;
  /** Instead of the usual number. */
  readonly attempts?: number;
}

export interface QueueDesk extends Pick<CursorRecords, 'place' | 'late' | 'failed'> {
  blame: Blame;
  isInHand: (id: number) => boolean;
}

export function createQueue({ place, late, failed, blame, isInHand }: QueueDesk): Queue {
  const waiting: Readonly<Record<Origin, Set<number>>> = {
    failed: new Set(),
    list: new Set(),
    late: new Set(),
  };

  /** Tried behind all others, or what goes well meanwhile would be no proof. */
  const suspects = new Set<number>();

  const isThere: Readonly<Record<Origin, (id: number) => boolean>> = {
    failed: (id) => failed.has(id),
    list: (id) => place.isOpen(id),
    late: (id) => late.has(id),
  };

  /** Not before the place has passed them, or they would be met once more. */
  const isFree = (id: number): boolean => id <= place.reached() && !isInHand(id);

  function put(origin: Origin, ids: readonly number[]): number {
    const news = ids.filter((id) => isFree(id) && isThere[origin](id) && !waiting[origin].has(id));
    for (const id of news) (origin !== 'failed' && blame.isSuspect(id) ? suspects : waiting[origin]).add(id);
    return news.length;
  }

  function take(origin: Origin): Portion[] {
    const ids: number[] = [];
    for (const id of waiting[origin]) {
      if (ids.length === idsAtOnce) break;
      waiting[origin].delete(id);
      if (isFree(id) && isThere[origin](id)) ids.push(id);
    }
    return ids.length > 0 ? [{ origin, ids }] : [];
  }

  const originOf = (id: number): Origin => (late.has(id) ? 'late' : 'list');

  function forTrial(): Portion[] {
    const id = blame.forTrial().find((suspect) => isFree(suspect) && isThere[originOf(suspect)](suspect));
    if (id === undefined) return [];
    const origin = originOf(id);
    suspects.delete(id);
    return [{ origin, ids: [id], isTrial: true }];
  }

  return {
    add({ rows = false, late: which, failed: again }) {
      const retried = again === 'all' ? failed.ids() : (again ?? []);
      const count = put('failed', retried) + (which ? put('late', late.ids(which)) : 0);
      return rows ? count + put('list', place.open()) : count;
    },
    portions(isOutage) {
      if (isOutage) return take('failed');
      return [...take('failed'), ...forTrial(), ...take('late'), ...take('list')];
    },
    forTrial,
    rest() {
      const ids = [...suspects].filter((id) => isFree(id) && isThere[originOf(id)](id));
      suspects.clear();
      return ids.map((id) => ({ origin: originOf(id), ids: [id] }));
    },
    isReady: (id) => isFree(id) && isThere[originOf(id)](id),
    originOf,
  };
}
