import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../../../lib/core/clock';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';
import { createCursor } from '../../../lib/sync/cursor';
import { createCursorRegistry } from '../../../lib/sync/registry';
import type { SyncRow, SyncSource } from '../../../lib/sync/source';
import { until } from '../../support/until';
import { KEY, NAME } from './scene';

setFlagsFromString('--expose-gc');
const isAction = (value: unknown): value is () => void => typeof value === 'function';
/** Without it the rubbish would count as well. */
const collect: unknown = runInNewContext('gc');

const ROWS = 100_000;
const PAGE = 2500;

interface LongCall {
  readonly id: number;
  /** As large as a row of a portal's statistics. */
  readonly text: string;
}

/** Made when they are asked for, so that whatever memory is used is the cursor's. */
function longHistory(isWanted: (id: number) => boolean, onPage: () => void): SyncSource<LongCall> {
  const row = (id: number): SyncRow<LongCall> => ({ id, item: { id, text: `${id}`.padEnd(800, '.') } });
  return {
    count: async () => ROWS,
    async *pagesAfter(after) {
      for (let first = after + 1; first <= ROWS; first += PAGE) {
        onPage();
        yield Array.from({ length: Math.min(PAGE, ROWS - first + 1) }, (_, index) => row(first + index));
      }
    },
    byIds: async () => [],
    judge: ({ id }) => (isWanted(id) ? 'wanted' : 'unwanted'),
    label: ({ id }) => ({ title: `call ${id}` }),
  };
}

function countingStore(): { store: Store; writes: () => number; keys: Set<string> } {
  const store = createMemoryStore();
  const keys = new Set<string>();
  let writes = 0;
  const set: Store['set'] = (key, value, options) => {
    writes += 1;
    keys.add(key);
    return store.set(key, value, options);
  };
  const compareAndSet: Store['compareAndSet'] = async (key, expected, value, options) => {
    // To put one's mark on the place is one more, once.
    if (textAt(expected, 'mark') === textAt(value, 'mark')) writes += 1;
    keys.add(key);
    return store.compareAndSet(key, expected, value, options);
  };
  return { store: { ...store, set, compareAndSet }, writes: () => writes, keys };
}

describe('sync cursor: 100 000 rows', () => {
  it('are sent with one small write each and with no more in memory than two pages', async () => {
    const { store, writes, keys } = countingStore();
    let pages = 0;
    let delivered = 0;
    let mostAhead = 0;
    let before = 0;
    let most = 0;
    const measure = (): void => {
      assert.ok(isAction(collect));
      collect();
      const { heapUsed } = process.memoryUsage();
      before ||= heapUsed;
      most = Math.max(most, heapUsed - before);
    };
    const source = longHistory(
      () => true,
      () => {
        pages += 1;
        mostAhead = Math.max(mostAhead, pages * PAGE - delivered);
        if (pages % 8 === 3) measure();
      },
    );
    const cursor = createCursor({
      name: NAME,
      store: async () => store,
      source,
      deliver: async () => {
        delivered += 1;
        return { how: 'finished' };
      },
      clock: systemClock,
      inFlight: 8,
      lateHours: 48,
      registry: createCursorRegistry(),
    });
    cursor.start();
    await until(() => cursor.status().state === 'idle', 'the end of the history');
    assert.equal(delivered, ROWS);
    assert.equal(cursor.status().position, ROWS);
    assert.ok(writes() <= ROWS + ROWS / PAGE + 1, `${writes()} writes`);
    assert.deepEqual([...keys], [KEY]);
    assert.ok(mostAhead <= 2 * PAGE + 8, `${mostAhead} rows ahead of the flow`);
    // Kept whole, the rows would be 80 MB and more.
    assert.ok(most < 20e6, `${Math.round(most / 1e6)} MB more than at the start`);
    await cursor.close();
  });

  it('are passed over with one write a page when nobody wants them', async () => {
    const { store, writes } = countingStore();
    const cursor = createCursor({
      name: NAME,
      store: async () => store,
      source: longHistory(
        () => false,
        () => undefined,
      ),
      deliver: () => assert.fail('nothing is wanted'),
      clock: systemClock,
      inFlight: 8,
      lateHours: 48,
      registry: createCursorRegistry(),
    });
    cursor.start();
    await until(() => cursor.status().state === 'idle', 'the end of the history');
    assert.equal(cursor.status().skipped, ROWS);
    assert.equal(writes(), ROWS / PAGE);
    await cursor.close();
  });
});
