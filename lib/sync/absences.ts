/** Rows that the portal did not show when it was asked for them. One odd answer, or a right that is lost, is no proof. */
export interface Absences {
  /** Missed once more; true when it has been for so long, and so often, that it does not look like a passing thing. */
  isForGood(id: number, now: number): boolean;
  seen(id: number): void;
  forgetAll(): void;
}

const LEAST_LOOKS = 3;
const LEAST_MS = 2 * 60 * 60_000;

export function createAbsences(): Absences {
  const missed = new Map<number, { since: number; looks: number }>();
  return {
    isForGood(id, now) {
      const { since, looks } = missed.get(id) ?? { since: now, looks: 0 };
      const isOver = looks + 1 >= LEAST_LOOKS && now - since >= LEAST_MS;
      if (isOver) missed.delete(id);
      else missed.set(id, { since, looks: looks + 1 });
      return isOver;
    },
    seen: (id) => void missed.delete(id),
    forgetAll: () => missed.clear(),
  };
}
