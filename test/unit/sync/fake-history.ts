import type { SyncRow, SyncSource, Verdict } from '../../../lib/sync/source';

export interface FakeCall {
  readonly id: number;
  verdict: Verdict;
  /** When it took place. */
  at?: number;
}

/** A portal's history that a test can change, and that counts what is asked of it. */
export interface FakeHistory extends SyncSource<FakeCall> {
  readonly rows: Map<number, FakeCall>;
  /** What was asked for, in order. */
  readonly asked: string[];
  add(...ids: readonly number[]): void;
  judgeAs(verdict: Verdict, ...ids: readonly number[]): void;
  /** Called before each answer; what it throws is the answer. */
  before: () => Promise<void> | void;
  /** Every page there is, instead of those that the rows make. */
  pages: readonly (readonly SyncRow<FakeCall>[])[] | undefined;
}

export function fakeHistory(pageSize = 5): FakeHistory {
  const rows = new Map<number, FakeCall>();
  const asked: string[] = [];

  const rowOf = (call: FakeCall): SyncRow<FakeCall> => ({ id: call.id, item: { ...call } });
  const sorted = (after: number): FakeCall[] =>
    [...rows.values()].filter(({ id }) => id > after).sort((left, right) => left.id - right.id);

  async function answer<T>(what: string, give: () => T): Promise<T> {
    asked.push(what);
    await history.before();
    return give();
  }

  async function* pagesAfter(after: number): AsyncGenerator<SyncRow<FakeCall>[]> {
    for (let place = after; ;) {
      const page = await answer(`after ${place}`, () => sorted(place).slice(0, pageSize).map(rowOf));
      const last = page.at(-1);
      if (!last) return;
      yield page;
      if (page.length < pageSize) return;
      place = last.id;
    }
  }

  async function* givenPages(
    pages: readonly (readonly SyncRow<FakeCall>[])[],
  ): AsyncGenerator<readonly SyncRow<FakeCall>[]> {
    for (const page of pages) yield await answer('a page', () => page);
  }

  const history: FakeHistory = {
    rows,
    asked,
    pages: undefined,
    before: () => undefined,
    add(...ids) {
      for (const id of ids) rows.set(id, { id, verdict: 'wanted' });
    },
    judgeAs(verdict, ...ids) {
      for (const id of ids) rows.set(id, { ...rows.get(id), id, verdict });
    },
    count: (after) => answer(`count after ${after}`, () => sorted(after).length),
    pagesAfter: (after) => (history.pages ? givenPages(history.pages) : pagesAfter(after)),
    byIds: (ids) =>
      answer(`ids ${ids.join(' ')}`, () =>
        ids.flatMap((id) => {
          const found = rows.get(id);
          return found ? [rowOf(found)] : [];
        }),
      ),
    judge: ({ verdict }) => verdict,
    label: ({ id, at }) => ({ title: `call ${id}`, ...(at !== undefined && { at }) }),
  };
  return history;
}
