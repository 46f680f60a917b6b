import type { Clock } from '../../core/clock';
import { idAt } from '../../core/fields';
import type { Store, StoreSource } from '../../store/store';

/** A session of an Open Channel that an event has told of: ids and a time, nothing of its people or of what they said. */
export interface SessionNote extends SeenSession {
  /** Grows in the order in which notes can be found. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface SeenSession {
  readonly sessionId: number;
  readonly chatId?: number;
  readonly line?: number;
}

export interface SessionNotes {
  /** Writes nothing when the session is noted. */
  add(session: SeenSession): Promise<void>;
  /** Ascending by number, without those that are too new: one with a smaller number may still be on its way. */
  after(number: number): Promise<readonly SessionNote[]>;
  byNumbers(numbers: readonly number[]): Promise<readonly SessionNote[]>;
}

export interface SessionNotesOptions {
  readonly store: StoreSource;
  /** What the portal is called among others. */
  readonly place: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Longer than a session is waited for. */
const LIFE_MS = 200 * 24 * 60 * 60_000;
/** Between the number of a note and the note itself lies one write. */
const NEW_MS = 5000;
/** A note that took too long to write has been passed over maybe, so it is written again with a new number. */
const SLOW_MS = NEW_MS / 2;
const mostTries = 5;

/** Sessions that were met in the events of a portal, for whoever asks later what has become of them. */
export function createSessionNotes({ store, place, clock }: SessionNotesOptions): SessionNotes {
  const name = place.replaceAll('%', '%25').replaceAll(':', '%3A');
  const prefix = `session-note:${name}:`;
  const lastKey = `session-notes:${name}`;

  /** The time by the clock, but never less than what was given before, by whichever process. */
  async function nextNumber(open: Store, now: number): Promise<number> {
    for (;;) {
      const last = await open.get(lastKey);
      const number = Math.max(now, (idAt({ last }, 'last') ?? 0) + 1);
      if (await open.compareAndSet(lastKey, last, number)) return number;
    }
  }

  async function read(open: Store): Promise<SessionNote[]> {
    const notes: SessionNote[] = [];
    for await (const { key, value } of open.scan(prefix)) {
      const note = noteIn(key.slice(prefix.length), value);
      if (note) notes.push(note);
    }
    return notes.sort((one, other) => one.number - other.number);
  }

  /** One from the future was written before the clock was set back. */
  const isNew = ({ at }: SessionNote): boolean => Math.abs(clock.now() - at) < NEW_MS;

  return {
    async add({ sessionId, ...where }) {
      const open = await store();
      const key = `${prefix}${sessionId}`;
      if ((await open.get(key)) !== undefined) return;
      for (let tries = 0; tries < mostTries; tries += 1) {
        const at = clock.now();
        const number = await nextNumber(open, at);
        await open.set(key, { number, at, ...where }, { ttlMs: LIFE_MS });
        if (clock.now() - at < SLOW_MS) return;
      }
    },
    async after(number) {
      const open = await store();
      const last = await open.get(lastKey);
      // Mostly there is nothing new, and then the notes need not be looked through.
      if ((idAt({ last }, 'last') ?? 0) <= number) return [];
      const notes = (await read(open)).filter((note) => note.number > number);
      const firstNew = notes.findIndex(isNew);
      return firstNew === -1 ? notes : notes.slice(0, firstNew);
    },
    async byNumbers(numbers) {
      const wanted = new Set(numbers);
      return (await read(await store())).filter((note) => wanted.has(note.number));
    },
  };
}

/** Undefined for what this version would not write. */
function noteIn(name: string, value: unknown): SessionNote | undefined {
  const sessionId = idAt({ name }, 'name');
  const number = idAt(value, 'number');
  const at = idAt(value, 'at');
  if (!sessionId || !number || at === undefined) return undefined;
  const chatId = idAt(value, 'chatId');
  const line = idAt(value, 'line');
  return { sessionId, number, at, ...(chatId && { chatId }), ...(line && { line }) };
}
