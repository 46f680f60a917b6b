import { systemClock, type Clock } from '../../core/clock';
import { at, flagAt, idAt } from '../../core/fields';
import { saysOneOf } from '../../core/said-word';
import type { StoreSource } from '../../store/store';

/** When the bot may speak again in a dialog that a person has. A new session of the Open Channel is the bot's anyway. */
export interface ReturnRules {
  /** After so long without a word of the person's; 0: not by itself. */
  afterMs: number;
  /** The client asks for the bot with one of these. */
  words: readonly string[];
}

/** One session of a dialog in an Open Channel. */
export interface LineDialog {
  memberId: string;
  dialogId: string;
  /** Not always told. */
  sessionId: number | undefined;
}

export interface PersonBook {
  /** A person speaks there, or was called. */
  noteTaken(dialog: LineDialog): Promise<void>;
  noteReturned(dialog: LineDialog): Promise<void>;
  /** Whether a person has the dialog when the client says this. `isOwned`: the portal names a person as its owner. */
  hasPerson(
    dialog: LineDialog,
    said: { text: string; isOwned: boolean },
    rules: ReturnRules,
  ): Promise<boolean>;
}

/** Sessions of Open Channels are closed by then. */
const LIFE_MS = 7 * 24 * 60 * 60_000;

/** Who has the dialogs of Open Channels. The portal tells no bot that a person has taken one, or given it back. */
export function createPersonBook(source: StoreSource, clock: Clock = systemClock): PersonBook {
  async function write({ memberId, dialogId, sessionId }: LineDialog, isBot: boolean): Promise<void> {
    const page = { sessionId: sessionId ?? null, isBot, at: clock.now() };
    await (await source()).set(keyOf({ memberId, dialogId }), page, { ttlMs: LIFE_MS });
  }

  const noteTaken = (dialog: LineDialog): Promise<void> => write(dialog, false);
  const noteReturned = (dialog: LineDialog): Promise<void> => write(dialog, true);

  return {
    noteTaken,
    noteReturned,
    async hasPerson(dialog, { text, isOwned }, { afterMs, words }) {
      const page = await (await source()).get(keyOf(dialog));
      const isOfSession = page !== undefined && isSameSession(idAt(page, 'sessionId'), dialog.sessionId);
      if (isOfSession && flagAt(page, 'isBot')) return false;
      if (!isOfSession && !isOwned) return false;
      const since = isOfSession ? Number(at(page, 'at')) : clock.now();
      const isLongAgo = afterMs > 0 && clock.now() - since >= afterMs;
      if (isLongAgo || saysOneOf(text, words)) {
        await noteReturned(dialog);
        return false;
      }
      if (!isOfSession) await noteTaken(dialog);
      return true;
    },
  };
}

function keyOf({ memberId, dialogId }: Pick<LineDialog, 'memberId' | 'dialogId'>): string {
  return `with-person:${memberId}:${dialogId}`;
}

/** Where one of them is not told, nothing speaks against it. */
function isSameSession(one: number | undefined, other: number | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}
