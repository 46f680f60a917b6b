import { toError } from '../../lib/core/errors';
import { createPersonBook, type ReturnRules } from '../../lib/conversation/handover/person-book';
import type { BitrixEvent } from '../../lib/bitrix24/events/event';
import { dropReason, type DropReason, type FilterRules } from '../../lib/bitrix24/events/event-filter';
import type { StoreSource } from '../../lib/store/store';
import { lineDialogOf } from '../runtime/bot/line-dialog';
import { announceTakeover } from '../runtime/bot/takeovers';
import { metrics } from '../runtime/overview';
import type { Shell } from '../runtime/shell';

/** Keeps the bot quiet in dialogs of Open Channels that a person has. */
export interface People {
  /** Whether the event is left to the bot; what people say is noted on the way. */
  leave(event: BitrixEvent): boolean;
  /** Whether a person has the dialog of what the client says, now that it is to be answered. */
  have(event: BitrixEvent): Promise<boolean>;
}

export function watchPeople(shell: Shell, store: StoreSource, filters: FilterRules): People {
  const book = createPersonBook(store);
  const rules = readReturnRules(shell);
  const canReturn = rules.afterMs > 0 || rules.words.length > 0;

  function count(reason: DropReason): void {
    metrics.count('bitlane_events_dropped_total', { reason });
  }

  function note(event: BitrixEvent): void {
    announceTakeover(event);
    const dialog = lineDialogOf(event);
    if (!dialog) return;
    book.noteTaken(dialog).catch((error: unknown) => {
      if (!shell.signal.aborted) shell.warn(toError(error));
    });
  }

  /** What the bot is at work on is broken off now: the client's words wait behind it. */
  function announceUnlessReturned(event: BitrixEvent): void {
    const dialog = lineDialogOf(event);
    if (!dialog) return;
    book.wasReturned(dialog).then(
      (wasReturned) => {
        if (!wasReturned) announceTakeover(event);
      },
      () => undefined,
    );
  }

  return {
    leave(event) {
      const reason = dropReason(event, filters);
      if (reason === undefined) return true;
      if (reason === 'handed-over' && canReturn) {
        announceUnlessReturned(event);
        // Whether the bot is wanted back is looked up when it is the event's turn.
        return true;
      }
      if (reason === 'handed-over') announceTakeover(event);
      if (reason === 'staff' && filters.dropHandedOver) note(event);
      count(reason);
      return false;
    },
    async have(event) {
      const dialog = filters.dropHandedOver ? lineDialogOf(event) : undefined;
      const isAddressed = event.kind === 'message' || event.kind === 'command';
      if (!dialog || !isAddressed) return false;
      const isOwned = dropReason(event, filters) === 'handed-over';
      if (!(await book.hasPerson(dialog, { texts: textsOf(event), isOwned }, rules))) return false;
      count('handed-over');
      return true;
    },
  };
}

/** A word among quick messages that were joined is one as well. */
function textsOf({ text, batch = [] }: BitrixEvent): string[] {
  return [text, ...batch.map(({ message }) => message)];
}

function readReturnRules({ settings }: Shell): ReturnRules {
  return {
    afterMs: settings.number('backMinutes', 0) * 60_000,
    words: settings.list('backWords', []),
  };
}
