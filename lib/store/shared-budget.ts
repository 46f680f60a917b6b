/**
 * A rate limit that all who share the store have together: a leaky bucket for each name. Whoever wants to do something
 * takes turns first, a few at once, and says with the next call what became of them.
 */
export interface SharedBudget {
  /** Rejects while the store is away. */
  settle(name: string, report: BudgetReport): Promise<BudgetGrant>;
}

export interface BudgetReport {
  /** What runs out of the bucket in a second, and how much of it may be filled. */
  readonly perSecond: number;
  readonly bucket: number;
  readonly usable: number;
  /** Turns that somebody waits for. */
  readonly need: number;
  /** Turns that would be used soon: only while there is plenty. */
  readonly spare: number;
  /** Turns of earlier calls that were not used. */
  readonly back: number;
  /** Turns that were used without asking, as nobody answered in time. */
  readonly taken: number;
  /** Turns of `era` that were used without a refusal, since the last call. */
  readonly accepted: number;
  /** The last refusal of those who count tells nothing new about turns of an earlier era. */
  readonly era: number;
  /** After an outage: how full the bucket is at least, as far as one who did without can tell. */
  readonly least: number;
  readonly refusal: BudgetRefusal | undefined;
}

export interface BudgetRefusal {
  readonly era: number;
  /** As the refusal says; otherwise the wait grows with each refusal. */
  readonly retryAfterMs: number | undefined;
  /** From 0 to 1: what is left to chance of that wait. */
  readonly chance: number;
}

export interface BudgetGrant {
  readonly granted: number;
  /** When nothing was granted: how long until something may be. */
  readonly waitMs: number;
  readonly era: number;
  readonly level: number;
  /** How many have the store open. */
  readonly sharers: number;
}
