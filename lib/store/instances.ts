/** Where all who have a store open tell each other of themselves. */
export interface InstanceBoard {
  /** What is told takes the place of what was told before, and is gone after `toldForMs`. No secrets. */
  tell(summary: unknown): Promise<void>;
  /** What all have told, this one included, as they have written it. */
  list(): Promise<readonly ToldSummary[]>;
}

export interface ToldSummary {
  summary: unknown;
  /** How long ago it was told, by the clock of the store. */
  ageMs: number;
}

export const toldForMs = 30_000;
