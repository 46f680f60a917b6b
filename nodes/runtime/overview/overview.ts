import type { Clock } from '../../../lib/core/clock';
import type { InstanceBoard } from '../../../lib/store/instances';
import { packRedactor } from '../redactor';
import { askOnce, troubleOf, within, type Asked } from './asking';
import { createErrorRing, type Recovery } from './error-ring';
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
  /** Of a store that several processes can have open, once it was open. */
  board?: () => InstanceBoard | undefined;
}

export interface Overview {
  /** From now on this part is asked for what it can tell; the function that comes back ends that. */
  add<Kind extends PartKind>(
    kind: Kind,
    describe: Describe<Kind>,
    extras?: PartExtras & { brief?: Describe<Kind> },
  ): () => void;
  noteError(error: PackError): void;
  /** The node is well again, as far as that goes. */
  noteRecovery(nodeId: string, recovery: Recovery): void;
  /** What nodes that are gone have told is over. */
  noteGone(isThere: (nodeId: string) => boolean): void;
  /** `letters`: how many dead letters of each store are wanted. Never rejects, and never waits for long. */
  read(options?: { letters?: number }): Promise<Snapshot>;
  /** Only what this process knows by itself: no store is asked, so it can be read again and again. */
  readBrief(): Promise<Snapshot>;
  /** Where those who share a store with this process tell of themselves; each store once. */
  boards(): readonly InstanceBoard[];
  /** Of the store with this id. */
  letters(storeId: string): Letters | undefined;
  /** For the uploads of this list. */
  settler(list: string): SettleUpload | undefined;
  /** For the cursor with this key. */
  cursor(key: string): ActOnCursor | undefined;
}

export type Describe<Kind extends PartKind> = () => Promise<PartViews[Kind]> | PartViews[Kind];

interface Part<View> extends Asked<View> {
  kind: PartKind;
  /** Where `describe` asks a store: the same without that. */
  brief: (() => Promise<View> | View) | undefined;
  extras: PartExtras;
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
    if (!letters || limit === 0) return withoutLetters(view);
    try {
      const list: readonly LetterView[] = await within(clock, letters.list(limit));
      return { ...view, letters: list.slice(0, limit) };
    } catch (thrown) {
      return { ...view, letters: [], lastErrors: [...view.lastErrors, troubleOf(thrown)] };
    }
  }

  return {
    add(kind, describe, { brief, ...extras } = {}) {
      const list = parts[kind];
      const part = { kind, describe, brief, extras };
      list.add(part);
      return () => void list.delete(part);
    },
    noteError: (error) => errors.note({ ...error, message: packRedactor.text(error.message) }),
    noteRecovery: (nodeId, recovery) => errors.recovered(nodeId, recovery, clock.now()),
    noteGone: (isThere) => errors.retire(isThere, clock.now()),
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
    async readBrief() {
      const silent: SilentPart[] = [];
      const [portals, bots, pollers, readers, stores] = await Promise.all([
        views(parts.portal, silent),
        views(parts.bot, silent),
        views(parts.poller, silent),
        views(briefly(parts.reader), silent),
        views(briefly(parts.store), silent),
      ]);
      const told = { portals, bots, readers, pollers, stores: stores.map(withoutLetters) };
      return { at: clock.now(), ...told, uploads: [], cursors: [], silent, errors: errors.list() };
    },
    boards: () => [...new Set([...parts.store].flatMap(({ extras }) => extras.board?.() ?? []))],
    settler: (list) => [...parts.uploads].find(({ extras }) => extras.list === list)?.extras.settle,
    cursor: (key) => [...parts.cursor].find(({ extras }) => extras.cursor?.key === key)?.extras.cursor?.act,
    letters: (storeId) =>
      [...parts.store].find(({ extras }) => (extras.id ?? '') === storeId)?.extras.letters,
  };
}

const withoutLetters = (view: StoreView): StoreWithLetters => ({ ...view, letters: [] });

function briefly<View>(list: Iterable<Part<View>>): Part<View>[] {
  return [...list].flatMap(({ kind, brief, extras }) =>
    brief ? [{ kind, describe: brief, brief, extras }] : [],
  );
}
