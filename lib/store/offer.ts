import type { Notice } from './open-report';
import type { StoreSource } from './store';

export type StoreCondition =
  | { state: 'opening' }
  /** `notices`: what opening found, told once, to those who listened then. */
  | { state: 'ready'; notices: readonly Notice[] }
  /** It is tried again by itself. */
  | { state: 'unavailable'; error: Error };

export type ConditionListener = (condition: StoreCondition) => void;

/** A store as the nodes get it, with what its owner has set for all who keep something there. */
export interface StoreOffer {
  readonly source: StoreSource;
  /** The first part of session keys. */
  readonly keyPrefix: string;
  /** Older events are not answered any more. */
  readonly eventMaxAgeMs: number;
  /** How long dead letters are kept. */
  readonly deadLetterMs: number;
  /** Tells the condition as it is now, and from then on each time it changes, until the function is called. */
  onState: (listener: ConditionListener) => () => void;
}
