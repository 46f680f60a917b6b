import { readStoredEvent } from '../../../lib/conversation/inbox/stored-event';
import type { DeadLetter, StoreSource } from '../../../lib/store/store';
import type { Letters, LetterSubject, LetterView } from './shapes';

/** The dead letters of a store with events in it. `replay` also tells whoever hands events out. */
export function createEventLetters(
  source: StoreSource,
  replay: (queue: string, id: string) => Promise<boolean>,
): Letters {
  return {
    async list(limit) {
      const letters: LetterView[] = [];
      if (limit <= 0) return letters;
      for await (const letter of (await source()).deadLetters()) {
        letters.push(viewOf(letter));
        if (letters.length >= limit) break;
      }
      return letters;
    },
    replay,
    discard: async (queue, id) => (await source()).discard(queue, id),
    async text(queue, id) {
      for await (const letter of (await source()).deadLetters(queue)) {
        if (letter.queue === queue && letter.id === id) {
          return readStoredEvent(letter.payload)?.event.text ?? '';
        }
      }
      return undefined;
    },
  };
}

function viewOf({ queue, id, reason, attempts, buriedAt, payload }: DeadLetter): LetterView {
  return { queue, id, reason, attempts, buriedAt, what: subjectOf(payload) };
}

function subjectOf(payload: unknown): LetterSubject {
  const event = readStoredEvent(payload)?.event;
  if (!event) return { kind: '', bot: '', dialog: '' };
  return { kind: event.kind, bot: String(event.bot.code ?? event.bot.id ?? ''), dialog: event.dialogId };
}
