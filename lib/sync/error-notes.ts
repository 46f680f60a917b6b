import { BitlaneError } from '../core/errors';

/** What was reported and is not well yet. */
export interface ErrorNotes {
  /** True when it was not said before. */
  isNew(error: Error): boolean;
  recovered(): void;
}

/** Whatever has that many kinds of trouble has told enough of it, and must not fill the memory. */
const MOST_NOTES = 50;

export function createErrorNotes(): ErrorNotes {
  const told = new Set<string>();
  return {
    isNew(error) {
      const note = kindOf(error);
      if (told.has(note) || told.size >= MOST_NOTES) return false;
      told.add(note);
      return true;
    },
    recovered: () => told.clear(),
  };
}

/** The text of an answer may name the request, so that it is another one each time. */
function kindOf(error: Error): string {
  if (!(error instanceof BitlaneError)) return withoutIds(error.message);
  const { code, params, message } = error;
  const values = Object.values(params);
  return withoutIds([code, ...(values.length > 0 ? values : [message])].join(' '));
}

const withoutIds = (text: string): string => text.replace(/[\w-]*\d[\w-]*|\b[a-f-]{16,}\b/gi, '#');
