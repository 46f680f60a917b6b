import assert from 'node:assert/strict';
import { rowIdOf, type CallRow } from '../../../lib/bitrix24/calls/call';
import { createCallFilter } from '../../../lib/bitrix24/calls/call-filter';
import {
  createCallHistory,
  type CallHistory,
  type CallHistoryNotice,
} from '../../../lib/bitrix24/calls/history';
import { CancelledError, RefusedError } from '../../../lib/core/errors';
import { callsPortal, cutOff, refusedWith, rowsFrom, type CallsPortal, type Habits } from './calls-portal';

const settings = {
  from: '2026-03-01T00:00:00Z',
  operators: [],
  minSeconds: 0,
  directions: [],
  lines: [],
  onlySuccessful: true,
  withRecord: true,
};
const { signal } = new AbortController();

interface Scene {
  portal: CallsPortal;
  history: CallHistory;
  notices: CallHistoryNotice[];
  /** Commands in each request so far. */
  sizes(): number[];
}

function scene(rows: CallRow[], habits: Habits = {}, mostPages?: number): Scene {
  const portal = callsPortal(rows, habits);
  const notices: CallHistoryNotice[] = [];
  const filter = createCallFilter(settings, () => 0);
  const history = createCallHistory({
    rest: portal,
    filter,
    mostPages,
    onNotice: (notice) => void notices.push(notice),
  });
  return { portal, history, notices, sizes: () => portal.requests.map((commands) => commands.length) };
}

async function idsAfter(history: CallHistory, after = 0): Promise<number[]> {
  const ids: number[] = [];
  for await (const page of history.pagesAfter(after, signal)) {
    assert.ok(page.length > 0, 'no page is empty');
    ids.push(...page.map((row) => rowIdOf(row) ?? 0));
  }
  return ids;
}

const idsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, place) => first + place);

describe('the call history of a portal that does as documented', () => {
  for (const count of [0, 1, 49, 50, 51, 249, 250, 251, 1050, 5000]) {
    it(`${count} calls, each once and in order`, async () => {
      const { history, notices } = scene(rowsFrom(11, count));
      assert.deepEqual(await idsAfter(history), idsFrom(11, count));
      assert.deepEqual(notices, []);
    });
  }

  it('asks by the filter, behind the last id, without counting', async () => {
    const { history, portal } = scene(rowsFrom(11, 60));
    await idsAfter(history, 10);
    const filter = { '>=CALL_START_DATE': '2026-03-01T00:00:00+00:00', CALL_FAILED_CODE: '200' };
    const rest = { SORT: 'ID', ORDER: 'ASC', start: -1 };
    assert.deepEqual(portal.requests[0], [{ FILTER: { ...filter, '>ID': 10 }, ...rest }]);
    assert.deepEqual(portal.requests[1]?.slice(0, 2), [
      { FILTER: { ...filter, '>ID': 60 }, ...rest },
      { FILTER: { ...filter, '>ID': '$result[p0][49][ID]' }, ...rest },
    ]);
  });

  it('few calls cost one request, 100 000 less than sixty', async () => {
    const few = scene(rowsFrom(1, 30));
    await idsAfter(few.history);
    assert.deepEqual(few.sizes(), [1]);
    const many = scene(rowsFrom(1, 100_000));
    assert.equal((await idsAfter(many.history)).length, 100_000);
    assert.deepEqual(many.sizes().slice(0, 4), [1, 4, 16, 50]);
    assert.ok(many.sizes().length <= 60, `${many.sizes().length} requests`);
  });

  it('after a count no more pages are asked for than there are', async () => {
    const { history, sizes } = scene(rowsFrom(1, 400));
    assert.equal(await history.count(0, signal), 400);
    assert.equal((await idsAfter(history)).length, 400);
    // 9 pages, the last of them empty.
    assert.deepEqual(sizes(), [1, 1, 4, 4]);
  });

  it('calls that came after the count are read as well', async () => {
    const { history, portal } = scene(rowsFrom(1, 60));
    await history.count(0, signal);
    portal.rows.push(...rowsFrom(61, 940));
    assert.deepEqual(await idsAfter(history), idsFrom(1, 1000));
  });

  it('nothing is asked for before it is wanted', async () => {
    const { history, sizes } = scene(rowsFrom(1, 1000));
    const pages = history.pagesAfter(0, signal)[Symbol.asyncIterator]();
    assert.deepEqual(sizes(), []);
    await pages.next();
    assert.deepEqual(sizes(), [1]);
    for (let page = 0; page < 4; page += 1) await pages.next();
    assert.deepEqual(sizes(), [1, 4]);
    await pages.next();
    assert.deepEqual(sizes(), [1, 4, 16]);
    await pages.return?.();
  });

  it('a stop ends it, also with pages in hand', async () => {
    const { portal } = scene(rowsFrom(1, 1000));
    const stop = new AbortController();
    const history = createCallHistory({ rest: portal, filter: createCallFilter(settings, () => 0) });
    let pages = 0;
    await assert.rejects(async () => {
      for await (const page of history.pagesAfter(0, stop.signal)) {
        assert.equal(page.length, 50);
        pages += 1;
        if (pages === 2) stop.abort();
      }
    }, CancelledError);
    assert.equal(pages, 2);
  });
});

describe('the call history of a portal with habits of its own', () => {
  const count = 1203;
  const habits: [string, Habits, CallHistoryNotice[], inTheMiddle?: CallHistoryNotice[]][] = [
    ['does not refer back', { refersBack: false }, ['single-pages']],
    [
      'heeds no >ID with start -1',
      { passesOverId: 'fast' },
      ['single-pages', 'counted-pages'],
      ['counted-pages'],
    ],
    ['heeds no >ID at all', { passesOverId: 'always' }, ['single-pages', 'counted-pages'], ['counted-pages']],
    ['has larger pages', { pageSize: 80 }, ['single-pages']],
    ['gives no long answers', { longestBatch: 7 }, []],
    ['does no batches', { longestBatch: 1 }, ['single-pages']],
  ];
  for (const [name, habit, expected, inTheMiddle = expected] of habits) {
    it(`${name}: nothing is lost and nothing doubled`, async () => {
      const { history, notices } = scene(rowsFrom(11, count), habit);
      assert.deepEqual(await idsAfter(history), idsFrom(11, count));
      assert.deepEqual(notices, expected);
    });

    it(`${name}: in the middle of the history`, async () => {
      const { history, notices } = scene(rowsFrom(11, count), habit);
      assert.deepEqual(await idsAfter(history, 410), idsFrom(411, count - 400));
      assert.deepEqual(notices, inTheMiddle);
    });
  }

  it('one cut of the line slows a long history for a moment only', async () => {
    const { history, portal } = scene(rowsFrom(1, 30_000));
    portal.failCommand(1, cutOff());
    assert.equal((await idsAfter(history)).length, 30_000);
    assert.ok(portal.requests.length < 30, `${portal.requests.length} requests`);
  });

  it('what is too much for it is tried again, but more and more seldom', async () => {
    const { history, sizes } = scene(rowsFrom(1, 60_000), { longestBatch: 7 });
    await idsAfter(history);
    const refused = sizes().filter((size) => size > 7);
    assert.ok(refused.length > 3 && refused.length < 12, `${refused.length} in vain`);
  });

  it('what it cannot do is not tried again, and told once', async () => {
    const { history, notices, sizes, portal } = scene(rowsFrom(1, 200), { refersBack: false });
    await idsAfter(history);
    portal.requests.length = 0;
    await idsAfter(history);
    assert.deepEqual(sizes(), [1, 1, 1, 1, 1]);
    assert.deepEqual(notices, ['single-pages']);
  });

  it('rows that are in no order end in an error that says so, not in lost calls', async () => {
    const { history } = scene(rowsFrom(1, 200), { isUnsorted: true });
    await assert.rejects(
      idsAfter(history),
      (error: unknown) => error instanceof RefusedError && error.code === 'BITRIX_CALLS_UNSORTED',
    );
  });

  it('single pages only, when that is wished', async () => {
    const { history, sizes, notices } = scene(rowsFrom(1, 130), {}, 1);
    assert.equal((await idsAfter(history)).length, 130);
    assert.deepEqual(sizes(), [1, 1, 1]);
    assert.deepEqual(notices, []);
  });

  it('dates that it passes over are told of once', async () => {
    const old = rowsFrom(1, 120, { CALL_START_DATE: '2020-01-01T00:00:00Z' });
    const { history, notices } = scene([...old, ...rowsFrom(200, 10)]);
    assert.equal((await idsAfter(history)).length, 130);
    assert.deepEqual(notices, ['dates-ignored']);
  });
});

describe('the call history when commands fail', () => {
  const limits = [refusedWith('OPERATION_TIME_LIMIT'), refusedWith('QUERY_LIMIT_EXCEEDED')];
  for (const error of limits) {
    it(`${error.message} in a batch: the pages before it are kept, one page alone goes on`, async () => {
      const { history, portal, sizes, notices } = scene(rowsFrom(1, 1000));
      // The first request is one page; this is the third page of the second.
      portal.failCommand(3, error);
      assert.deepEqual(await idsAfter(history), idsFrom(1, 1000));
      assert.deepEqual(sizes().slice(0, 4), [1, 4, 1, 4]);
      assert.deepEqual(notices, []);
    });
  }

  it('a failure of the first page of a batch says nothing of the portal either', async () => {
    const { history, portal, notices } = scene(rowsFrom(1, 1000));
    portal.failCommand(1, refusedWith('OPERATION_TIME_LIMIT'));
    assert.deepEqual(await idsAfter(history), idsFrom(1, 1000));
    assert.deepEqual(notices, []);
  });

  it('a batch that breaks off is asked for in the size that went through', async () => {
    const { history, portal, sizes } = scene(rowsFrom(1, 3000));
    // Pages 1, 2-5, 6-21: the portal's time was over with the tenth of them.
    for (let place = 15; place < 21; place += 1) portal.failCommand(place, cutOff());
    assert.deepEqual(await idsAfter(history), idsFrom(1, 3000));
    assert.deepEqual(sizes().slice(0, 6), [1, 4, 16, 1, 4, 10]);
  });

  it('what a single page is refused with is the error', async () => {
    const { history, portal } = scene(rowsFrom(1, 1000));
    const denied = refusedWith('ACCESS_DENIED');
    for (let place = 1; place < 9; place += 1) portal.failCommand(place, denied);
    await assert.rejects(idsAfter(history), denied);
  });
});

describe('single calls of the history', () => {
  it('by id, fifty a command', async () => {
    const { history, portal } = scene(rowsFrom(1, 300));
    const rows = await history.byIds([...idsFrom(101, 120), 5, 5, 999], signal);
    assert.deepEqual(
      rows.map(rowIdOf).sort((one = 0, other = 0) => one - other),
      [5, ...idsFrom(101, 120)],
    );
    assert.deepEqual(
      portal.requests.map((commands) => commands.length),
      [3],
    );
    assert.deepEqual(await history.byIds([], signal), []);
    assert.equal(portal.requests.length, 1);
  });

  it('a few of them need no batch; others that come along are shown, for they tell that the filter was passed over', async () => {
    const { history, portal } = scene(rowsFrom(1, 3));
    assert.deepEqual((await history.byIds([2], signal)).map(rowIdOf), [2]);
    assert.deepEqual(portal.requests, [[{ FILTER: { ID: [2] }, SORT: 'ID', ORDER: 'ASC', start: -1 }]]);
    const wide = {
      ...portal,
      ask: async () => ({ result: rowsFrom(1, 3), total: 0, next: undefined, time: {} }),
    };
    const other = createCallHistory({ rest: wide, filter: createCallFilter(settings, () => 0) });
    assert.deepEqual((await other.byIds([2], signal)).map(rowIdOf), [1, 2, 3]);
    assert.deepEqual((await other.byCallId('call-3', signal)).map(rowIdOf), [3]);
  });

  it('fifty that failed in a batch are asked for again, alone', async () => {
    const { history, portal, sizes } = scene(rowsFrom(1, 150));
    portal.failCommand(1, refusedWith('QUERY_LIMIT_EXCEEDED'));
    assert.equal((await history.byIds(idsFrom(1, 150), signal)).length, 150);
    assert.deepEqual(sizes(), [3, 1]);
  });

  it('a count that fails or is not told is no count', async () => {
    const { history, portal } = scene(rowsFrom(1, 300));
    assert.equal(await history.count(100, signal), 200);
    portal.failCommand(0, refusedWith('INTERNAL_SERVER_ERROR'));
    assert.equal(await history.count(100, signal), undefined);
    assert.equal(await scene(rowsFrom(1, 3), { countsNothing: true }).history.count(0, signal), undefined);
  });
});
