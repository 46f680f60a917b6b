import type { Notice } from './open-report';
import type { SharedBudget } from './shared-budget';
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
  /** What those who share the store may ask of a portal, when the portal takes them for one. */
  readonly sharedBudget?: SharedBudget | undefined;
  /** Where this process keeps what cannot wait until a store of many is back. */
  readonly standIn?: StandIn | undefined;
  /** Tells the condition as it is now, and from then on each time it changes, until the function is called. */
  onState: (listener: ConditionListener) => () => void;
}

/** A store of this process alone, opened when it is needed. */
export interface StandIn {
  readonly folder: string;
  /** Something may have been left there by an earlier process. */
  isThere(): boolean;
  lease(): { readonly source: StoreSource; release: () => Promise<void> };
}
