import type { Condition } from './condition';

/** Rows that are in hand, up to a limit. */
export interface Slots {
  isFree(): boolean;
  has(id: number): boolean;
  count(): number;
  /** The work does not reject but for what ends the whole run. */
  begin(id: number, work: () => Promise<void>): void;
}

export function createSlots(limit: number, condition: Condition, onBroken: (thrown: unknown) => void): Slots {
  const inHand = new Set<number>();
  // None at all would wait for ever.
  const most = limit >= 1 ? limit : 1;
  return {
    isFree: () => inHand.size < most,
    has: (id) => inHand.has(id),
    count: () => inHand.size,
    begin(id, work) {
      inHand.add(id);
      work()
        .catch(onBroken)
        .finally(() => {
          inHand.delete(id);
          condition.look();
        })
        .catch(() => undefined);
    },
  };
}
