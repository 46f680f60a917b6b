import { startTimer, type Clock } from '../../../lib/core/clock';
import { BitlaneError, toError } from '../../../lib/core/errors';
import { packRedactor } from '../redactor';
import { createErrorRing } from './error-ring';
import type {
  ActOnCursor,
  Letters,
  LetterView,
  PackError,
  PartKind,
  PartViews,
  SettleUpload,
  SilentPart,
  Snapshot,
  StoreView,
  StoreWithLetters,
  Trouble,
} from './shapes';

export interface PartExtras {
  /** For the entry of a part that does not tell; a node's id and name. */
  id?: string;
  name?: string;
  /** Of a store. */
  letters?: Letters;
  /** Of uploads. */
  list?: string;
  settle?: SettleUpload;
  cursor?: { key: string; act: ActOnCursor };
}

export interface Overview {
  /** From now on this part is asked for what it can tell; the function that comes back ends that. */
  add<Kind extends PartKind>(kind: Kind, describe: Describe<Kind>, extras?: PartExtras): () => void;
  noteError(error: PackError): void;
  /** `letters`: how many dead letters of each store are wanted. Never rejects, and never waits for long. */
  read(options?: { letters?: number }): Promise<Snapshot>;
  /** Of the store with this id. */
  letters(storeId: string): Letters | undefined;
  /** For the uploads of this list. */
  settler(list: string): SettleUpload | undefined;
  /** For the cursor with this key. */
  cursor(key: string): ActOnCursor | undefined;
}

export type Describe<Kind extends PartKind> = () => Promise<PartViews[Kind]> | PartViews[Kind];

/** A page that somebody waits for must not wait for a store whose disk hangs. */
const LIMIT_MS = 2000;

interface Part<View> {
  kind: PartKind;
  describe: () => Promise<View> | View;
  extras: PartExtras;
  /** Asked and not answered: the next reader waits for the same answer. */
  asking?: Promise<View> | undefined;
}

interface Told<View> {
  view: View;
  part: Part<View>;
}

export function createOverview(clock: Clock): Overview {
  const parts: { [Kind in PartKind]: Set<Part<PartViews[Kind]>> } = {
    portal: new Set(),
    bot: new Set(),
    reader: new Set(),
    store: new Set(),
    poller: new Set(),
    uploads: new Set(),
    cursor: new Set(),
  };
  const errors = createErrorRing();

  async function ask<View>(list: Iterable<Part<View>>, silent: SilentPart[]): Promise<Told<View>[]> {
    const answers = await Promise.all(
      [...list].map(async (part) => {
        try {
          return { view: await within(clock, askOnce(part)), part };
        } catch (thrown) {
          const { id = '', name = '' } = part.extras;
          silent.push({ kind: part.kind, id, name, trouble: troubleOf(thrown) });
          return undefined;
        }
      }),
    );
    return answers.filter((answer) => answer !== undefined);
  }

  async function views<View>(list: Iterable<Part<View>>, silent: SilentPart[]): Promise<View[]> {
    return (await ask(list, silent)).map(({ view }) => view);
  }

  async function withLetters({ view, part }: Told<StoreView>, limit: number): Promise<StoreWithLetters> {
    const { letters } = part.extras;
    if (!letters || limit === 0) return { ...view, letters: [] };
    try {
      const list: readonly LetterView[] = await within(clock, letters.list(limit));
      return { ...view, letters: list.slice(0, limit) };
    } catch (thrown) {
      return { ...view, letters: [], lastErrors: [...view.lastErrors, troubleOf(thrown)] };
    }
  }

  return {
    add(kind, describe, extras = {}) {
      const list = parts[kind];
      const part = { kind, describe, extras };
      list.add(part);
      return () => void list.delete(part);
    },
    noteError: (error) => errors.note({ ...error, message: packRedactor.text(error.message) }),
    async read({ letters = 0 } = {}) {
      const silent: SilentPart[] = [];
      const [portals, bots, readers, pollers, uploads, cursors, stores] = await Promise.all([
        views(parts.portal, silent),
        views(parts.bot, silent),
        views(parts.reader, silent),
        views(parts.poller, silent),
        views(parts.uploads, silent),
        views(parts.cursor, silent),
        ask(parts.store, silent).then((told) => Promise.all(told.map((each) => withLetters(each, letters)))),
      ]);
      const told = { portals, bots, readers, pollers, stores, uploads, cursors };
      return { at: clock.now(), ...told, silent, errors: errors.list() };
    },
    settler: (list) => [...parts.uploads].find(({ extras }) => extras.list === list)?.extras.settle,
    cursor: (key) => [...parts.cursor].find(({ extras }) => extras.cursor?.key === key)?.extras.cursor?.act,
    letters: (storeId) =>
      [...parts.store].find(({ extras }) => (extras.id ?? '') === storeId)?.extras.letters,
  };
}

function askOnce<View>(part: Part<View>): Promise<View> {
  const asking = part.asking ?? Promise.resolve().then(part.describe);
  part.asking = asking;
  const forget = (): void => {
    if (part.asking === asking) part.asking = undefined;
  };
  asking.then(forget, forget);
  return asking;
}

/** What a part says of its failure, in a form that can be sent. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof SilentError) return { code: 'SILENT', message: thrown.message };
  const error = toError(thrown);
  const message = packRedactor.text(error.message);
  if (!(error instanceof BitlaneError)) return { code: 'INTERNAL', message };
  return { code: error.code, message, params: error.params };
}

class SilentError extends Error {}

async function within<Value>(clock: Clock, work: Promise<Value>): Promise<Value> {
  let stop = (): void => undefined;
  const limit = new Promise<never>((_, reject) => {
    stop = startTimer(clock, LIMIT_MS, () =>
      reject(new SilentError(`no answer within ${LIMIT_MS / 1000} s`)),
    );
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    stop();
  }
}
