import { RefusedError } from '../core/errors';
import { shortReason } from './row-label';

/**
 * Tells a row that cannot be brought to its end from an outage in which none can. Of a cursor, over all its runs. A
 * row whose tries are used up is a suspect, and stays where it is. Right after another row went well one suspect is on
 * trial: when it fails then, too, it is the row. One alone, as an outage may begin at that very moment.
 */
export interface Blame {
  /** What was to be convicted in an earlier run has to wait for new proof. */
  beginRun(): void;
  wentWell(id: number): void;
  /** all: nothing goes well at all, so the run is no use. open: nobody knows yet. */
  failed(id: number, tries: number, isHalt: boolean): 'row' | 'open' | 'all';
  /** It has come to another end, or is not there any more. */
  forget(id: number): void;
  forgetAll(): void;
  isSuspect(id: number): boolean;
  /** Tries so far. */
  tries(id: number): number;
  /** Those of which one may be on trial now. */
  forTrial(): number[];
  /** It is handed out; when nothing speaks against others any more, just once more. */
  beginTrial(id: number): void;
  /** Nothing but one row is to be tried, until one goes well. */
  isOutage(): boolean;
  /** Which row that is: each of these in turn, then one that is new. */
  nextProbe(ids: readonly number[], mayBeNew: boolean): number | 'new' | undefined;
}

/** So many bad rows may follow one another before it looks like an outage. */
const fewBadOnes = 2;
/** What stays open must not grow without end. */
const mostSuspects = 50;

export function createBlame(): Blame {
  /** isOpen: none has gone well since it failed. */
  const suspects = new Map<number, { isOpen: boolean; tries: number }>();
  /** The last row that ended went well. */
  let isWell = false;
  let isHalted = false;
  let onTrial: number | undefined;
  let lastProbe = 0;

  function isOutage(): boolean {
    const open = [...suspects.values()].filter(({ isOpen }) => isOpen).length;
    return open > fewBadOnes || suspects.size > mostSuspects || (isHalted && open > 0);
  }

  function forget(id: number): void {
    suspects.delete(id);
    if (onTrial === id) onTrial = undefined;
  }

  function beginRun(): void {
    isWell = false;
    onTrial = undefined;
  }

  return {
    beginRun,
    wentWell(id) {
      forget(id);
      isWell = true;
      isHalted = false;
      for (const suspect of suspects.values()) suspect.isOpen = false;
    },
    failed(id, tries, isHalt) {
      const wasOnTrial = onTrial === id;
      isWell = false;
      forget(id);
      if (wasOnTrial) return 'row';
      suspects.set(id, { isOpen: true, tries });
      isHalted ||= isHalt;
      return isOutage() ? 'all' : 'open';
    },
    forget,
    forgetAll() {
      beginRun();
      suspects.clear();
      isHalted = false;
    },
    isSuspect: (id) => suspects.has(id),
    tries: (id) => suspects.get(id)?.tries ?? 0,
    forTrial: () => (isWell && onTrial === undefined ? [...suspects.keys()] : []),
    beginTrial(id) {
      if (isWell) onTrial ??= id;
    },
    isOutage,
    nextProbe(ids, mayBeNew) {
      const next = ids.find((id) => id > lastProbe);
      const chosen = next ?? (mayBeNew ? 'new' : ids[0]);
      lastProbe = typeof chosen === 'number' ? chosen : 0;
      return chosen;
    },
  };
}

export function haltedBy(reason: string): RefusedError {
  const short = shortReason(reason);
  return new RefusedError('SYNC_HALTED', short, { params: { reason: short } });
}
