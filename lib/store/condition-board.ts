import { BitlaneError } from '../core/errors';
import type { ConditionListener, StoreCondition } from './offer';

/** Shows the condition of one store to all who listen. */
export interface ConditionBoard {
  condition: () => StoreCondition;
  show(next: StoreCondition): void;
  listen: (listener: ConditionListener) => () => void;
}

export function createConditionBoard(): ConditionBoard {
  let current: StoreCondition = { state: 'opening' };
  const listeners = new Set<ConditionListener>();
  return {
    condition: () => current,
    show(next) {
      if (isSame(current, next)) return;
      current = next.state === 'ready' ? { state: 'ready', notices: [] } : next;
      for (const listener of [...listeners]) listener(next);
    },
    listen(listener) {
      // A wrapper of its own, so that one function may listen twice.
      const own: ConditionListener = (condition) => listener(condition);
      listeners.add(own);
      own(current);
      return () => void listeners.delete(own);
    },
  };
}

/** The same trouble, met again by the next attempt, is no news. */
function isSame(one: StoreCondition, other: StoreCondition): boolean {
  if (one.state === 'unavailable' && other.state === 'unavailable') {
    return describe(one.error) === describe(other.error);
  }
  return one.state === other.state && !(other.state === 'ready' && other.notices.length > 0);
}

const describe = (error: Error): string =>
  `${error instanceof BitlaneError ? error.code : ''} ${error.message}`;
