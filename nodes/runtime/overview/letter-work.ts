import type { Overview } from './overview';
import type { Letters } from './shapes';

export interface LetterChoice {
  store: string;
  queue?: string;
  id?: string;
  all: boolean;
}

/** What a person can have done with dead letters. Undefined: it is not said with which. */
export interface LetterWork {
  change(action: 'replay' | 'discard', choice: LetterChoice): Promise<LetterOutcome | undefined>;
  show(choice: LetterChoice): Promise<{ ok: boolean; text: string } | undefined>;
}

export interface LetterOutcome {
  ok: boolean;
  /** How many letters it was done with. */
  count: number;
}

const MOST_AT_ONCE = 10_000;

export function createLetterWork(overview: Overview): LetterWork {
  return {
    async change(action, choice) {
      const letters = overview.letters(choice.store);
      if (!letters) return { ok: false, count: 0 };
      if (choice.all) return { ok: true, count: await changeAll(letters, action) };
      if (choice.queue === undefined || choice.id === undefined) return undefined;
      const isDone = await letters[action](choice.queue, choice.id);
      return { ok: isDone, count: Number(isDone) };
    },
    async show({ store, queue, id }) {
      if (queue === undefined || id === undefined) return undefined;
      const text = await overview.letters(store)?.text(queue, id);
      return { ok: text !== undefined, text: text ?? '' };
    },
  };
}

/** Listed once: one that dies again meanwhile must not come round for ever. */
async function changeAll(letters: Letters, action: 'replay' | 'discard'): Promise<number> {
  let count = 0;
  for (const { queue, id } of await letters.list(MOST_AT_ONCE)) {
    if (await letters[action](queue, id)) count += 1;
  }
  return count;
}
