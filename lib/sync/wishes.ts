import type { StartedBy } from './types';

/** What a run is to do. */
export interface Wish {
  /** Whatever lies after the cursor, with late rows that are due. */
  readonly rows?: boolean;
  readonly late?: 'due' | 'all';
  readonly failed?: 'all' | readonly number[];
  /** With it goes what a stop has put on schedule and news, as soon as somebody takes the wish. */
  readonly isStart?: true;
  readonly by: StartedBy;
}

/** Wishes that nobody has begun with, as one. */
export interface Wishes {
  add(wish: Wish): void;
  /** Takes what there is; undefined when there is nothing. */
  take(): Wish | undefined;
  isEmpty(): boolean;
  isOfPerson(): boolean;
  isStart(): boolean;
  clear(): void;
}

export function createWishes(): Wishes {
  let open: Wish | undefined;
  return {
    add(wish) {
      open = open ? joined(open, wish) : wish;
    },
    take() {
      const taken = open;
      open = undefined;
      return taken;
    },
    isEmpty: () => open === undefined,
    isOfPerson: () => open?.by === 'person',
    isStart: () => open?.isStart === true,
    clear: () => void (open = undefined),
  };
}

function joined(one: Wish, other: Wish): Wish {
  const late = [one.late, other.late];
  const failed = joinedIds(one.failed, other.failed);
  return {
    rows: one.rows === true || other.rows === true,
    ...(late.includes('all') ? { late: 'all' } : late.includes('due') && { late: 'due' }),
    ...(failed && { failed }),
    ...((one.isStart ?? other.isStart) && { isStart: true }),
    by: mostUrgent(one.by, other.by),
  };
}

/** A person wants an answer, whatever else has asked for the same. */
export function mostUrgent(one: StartedBy, other: StartedBy): StartedBy {
  const order: readonly StartedBy[] = ['person', 'event', 'schedule'];
  return order.find((each) => each === one || each === other) ?? one;
}

function joinedIds(one: Wish['failed'], other: Wish['failed']): Wish['failed'] {
  if (one === 'all' || other === 'all') return 'all';
  if (!one || !other) return one ?? other;
  return [...new Set([...one, ...other])];
}
