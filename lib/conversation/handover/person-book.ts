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
  /** Whether a person has the dialog when the client says these. `isOwned`: the portal names a person as its owner. */
  hasPerson(
    dialog: LineDialog,
    said: { texts: readonly string[]; isOwned: boolean },
    rules: ReturnRules,
  ): Promise<boolean>;
  /** Whether the bot was let back into this session, whatever the portal says of its owner. */
  wasReturned(dialog: LineDialog): Promise<boolean>;
}

/** Sessions of Open Channels are closed by then. */
const LIFE_MS = 7 * 24 * 60 * 60_000;

/** Who has the dialogs of Open Channels. The portal tells no bot that a person has taken one, or given it back. */
export function createPersonBook(source: StoreSource, clock: Clock = systemClock): PersonBook {
  async function write(
    { memberId, dialogId, sessionId }: LineDialog,
    isBot: boolean,
    time = clock.now(),
  ): Promise<void> {
    const page = { sessionId: sessionId ?? null, isBot, at: time };
    await (await source()).set(keyOf({ memberId, dialogId }), page, { ttlMs: LIFE_MS });
  }

  const noteTaken = (dialog: LineDialog): Promise<void> => write(dialog, false);
  const noteReturned = (dialog: LineDialog): Promise<void> => write(dialog, true);

  async function pageOf(dialog: LineDialog): Promise<Page | undefined> {
    const page = readPage(await (await source()).get(keyOf(dialog)));
    return page && isOfSession(page, dialog.sessionId, clock.now()) ? page : undefined;
  }

  return {
    noteTaken,
    noteReturned,
    wasReturned: async (dialog) => (await pageOf(dialog))?.isBot ?? false,
    async hasPerson(dialog, { texts, isOwned }, { afterMs, words }) {
      const page = await pageOf(dialog);
      // From now on the page is bound to the session that it turned out to be of.
      const isBound = page?.sessionId === dialog.sessionId;
      if (page?.isBot) {
        if (!isBound) await noteReturned(dialog);
        return false;
      }
      if (!page && !isOwned) return false;
      const since = page?.at ?? clock.now();
      const isLongAgo = afterMs > 0 && clock.now() - since >= afterMs;
      if (isLongAgo || texts.some((text) => saysOneOf(text, words))) {
        await noteReturned(dialog);
        return false;
      }
      if (!page) await noteTaken(dialog);
      else if (!isBound) await write(dialog, false, page.at);
      return true;
    },
  };
}

interface Page {
  sessionId: number | undefined;
  isBot: boolean;
  at: number;
}

function readPage(kept: unknown): Page | undefined {
  if (kept === undefined) return undefined;
  return { sessionId: idAt(kept, 'sessionId'), isBot: flagAt(kept, 'isBot'), at: Number(at(kept, 'at')) };
}

/** So long a page without a session may belong to the session that is named next. */
const UNNAMED_PERSON_MS = 12 * 60 * 60_000;
const UNNAMED_BOT_MS = 60 * 60_000;

/** The portal names no session in the first message of one: what has no name is not of a session that has. */
function isOfSession(page: Page, sessionId: number | undefined, now: number): boolean {
  if (page.sessionId !== undefined) return page.sessionId === sessionId;
  return now - page.at < (page.isBot ? UNNAMED_BOT_MS : UNNAMED_PERSON_MS);
}

function keyOf({ memberId, dialogId }: Pick<LineDialog, 'memberId' | 'dialogId'>): string {
  return `with-person:${memberId}:${dialogId}`;
}
