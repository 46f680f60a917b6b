import { at, textAt } from '../core/fields';
import type { PlaceRecord } from './place-record';
import { withoutUndefined } from './row-label';
import type { LastRow } from './types';

/**
 * How far the history is worked off: every row up to `reached` is dealt with, but for those in `open`. As rows begin
 * in the order of their ids, no more can be open than were in flight, however long one of them takes.
 */
export interface Place {
  reached(): number;
  /** Every row up to this one is dealt with. */
  position(): number;
  last(): LastRow | undefined;
  /** Ascending. */
  open(): readonly number[];
  isOpen(id: number): boolean;
  openCount(): number;
  /** A person has stopped it. */
  isHeld(): boolean;
  hold(isHeld: boolean): void;
  /** The row was looked at, and there is nothing to do or it is on record elsewhere. */
  pass(id: number): void;
  /** No change that has to be on record: until one is, the row is met again. */
  begin(id: number): void;
  end(id: number, last?: LastRow): void;
  remember(last: LastRow): void;
  /** Something has changed that is not on record. */
  isMoved(): boolean;
  /** Many changes are one write when the store is slow. Resolves when all that was said before is written. */
  save(): Promise<void>;
  read(stored: unknown): void;
  /** All but that it is held. */
  forget(): void;
}

export function createPlace(write: (value: PlaceRecord) => Promise<void>): Place {
  let reached = 0;
  let last: LastRow | undefined;
  let isHeld = false;
  let isMoved = false;
  let writing: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  /** In the order of their ids: what was open before begins before anything new. */
  const open = new Set<number>();

  const recordOf = (): PlaceRecord => ({
    reached,
    open: [...open],
    ...(last && { last }),
    ...(isHeld && { isHeld }),
  });

  function save(): Promise<void> {
    if (!writing) {
      isMoved = false;
      writing = write(recordOf()).finally(() => (writing = undefined));
      return writing;
    }
    const afterThat = (): Promise<void> => {
      following = undefined;
      return save();
    };
    following ??= writing.then(afterThat, afterThat);
    return following;
  }

  const moved = (change: () => void): void => {
    change();
    isMoved = true;
  };

  return {
    reached: () => reached,
    position() {
      const [first] = open;
      return first === undefined ? reached : first - 1;
    },
    last: () => last,
    open: () => [...open],
    isOpen: (id) => open.has(id),
    openCount: () => open.size,
    isHeld: () => isHeld,
    hold(held) {
      if (held !== isHeld) moved(() => (isHeld = held));
    },
    pass(id) {
      if (id > reached) moved(() => (reached = id));
    },
    begin(id) {
      open.add(id);
      reached = Math.max(reached, id);
    },
    end: (id, sent) =>
      moved(() => {
        open.delete(id);
        if (sent) last = sent;
      }),
    remember: (sent) => moved(() => (last = sent)),
    isMoved: () => isMoved,
    save,
    read(stored) {
      reached = wholeAt(stored, 'reached') ?? 0;
      last = lastIn(stored);
      isHeld = at(stored, 'isHeld') === true;
      open.clear();
      for (const id of openIn(stored)) if (id <= reached) open.add(id);
      isMoved = false;
    },
    forget() {
      reached = 0;
      last = undefined;
      open.clear();
      isMoved = false;
    },
  };
}

export function wholeAt(source: unknown, name: string): number | undefined {
  const value = at(source, name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function openIn(stored: unknown): number[] {
  const ids = at(stored, 'open');
  if (!Array.isArray(ids)) return [];
  const whole = ids.filter((id: unknown): id is number => Number.isSafeInteger(id));
  return whole.sort((left, right) => left - right);
}

export function lastIn(stored: unknown): LastRow | undefined {
  const last = at(stored, 'last');
  const id = wholeAt(last, 'id');
  if (id === undefined) return undefined;
  const label = { title: textAt(last, 'title') ?? '', mark: textAt(last, 'mark'), at: wholeAt(last, 'at') };
  return withoutUndefined({ id, ...label });
}
