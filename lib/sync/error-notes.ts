/** What was reported and is not well yet. */
export interface ErrorNotes {
  /** True when it was not said before. */
  isNew(error: Error): boolean;
  recovered(): void;
}

/** A portal that finds new words for it each time must not fill the memory. */
const MOST_NOTES = 50;

export function createErrorNotes(): ErrorNotes {
  const told = new Set<string>();
  return {
    isNew({ message }) {
      if (told.has(message)) return false;
      if (told.size < MOST_NOTES) told.add(message);
      return true;
    },
    recovered: () => told.clear(),
  };
}
