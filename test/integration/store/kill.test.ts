import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore, type EmbeddedStore } from '../../../lib/store/embedded-store';
import { startWriter, type Writer } from './writer-process';

const key = Buffer.alloc(32, 'k').toString('base64');

/** What the writer had been told before it was killed. */
interface Confirmed {
  appended: string[];
  claimed: Set<string>;
  completed: Set<string>;
}

function readConfirmed(lines: readonly string[]): Confirmed {
  const idsOf = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).flatMap((line) => line.split(' ').slice(1));
  return {
    appended: idsOf('APPENDED'),
    claimed: new Set(idsOf('CLAIMED')),
    completed: new Set(idsOf('COMPLETED')),
  };
}

async function idsWaiting(store: EmbeddedStore): Promise<Map<string, string[]>> {
  const waiting = new Map<string, string[]>();
  for (const queue of ['a', 'b', 'c', 'd']) {
    const items = await store.peek(queue, 1_000_000);
    waiting.set(
      queue,
      items.map(({ payload }) =>
        typeof payload === 'object' && payload && 'id' in payload ? String(payload.id) : '?',
      ),
    );
  }
  return waiting;
}

const placeOf = (id: string): number => Number(id.split(':')[2]);

/** Nothing confirmed is missing, nothing ended comes back, all in order and once. */
function assertNothingLost(waiting: Map<string, string[]>, confirmed: Confirmed, what: string): void {
  const present = new Set([...waiting.values()].flat());
  for (const id of confirmed.appended) {
    const isThere = present.has(id) || confirmed.claimed.has(id);
    assert.ok(isThere, `${what}: ${id} is lost`);
  }
  for (const id of confirmed.completed) assert.ok(!present.has(id), `${what}: ${id} came back`);
  for (const ids of waiting.values()) {
    assert.deepEqual(ids, [...new Set(ids)], `${what}: doubled`);
    const places = ids.map(placeOf);
    assert.deepEqual(
      places,
      [...places].sort((left, right) => left - right),
      `${what}: out of order`,
    );
  }
}

async function killRound(seed: number, point: string, nth: number): Promise<{ lost: 0; appended: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'bitlane-store-'));
  let writer: Writer | undefined;
  try {
    writer = startWriter(folder, seed, point, nth);
    const what = `seed ${seed}, ${point} ${nth}`;
    await (point === 'any' ? writer.untilLines(nth) : writer.untilAt(point));
    const lines = await writer.kill9();
    const confirmed = readConfirmed(lines);
    const store = await openEmbeddedStore({ folder, key });
    try {
      assert.ok(store.report.takenFrom, `${what}: the lock of the dead was not noticed`);
      assert.equal(store.report.damagedRecords, 0, what);
      assertNothingLost(await idsWaiting(store), confirmed, what);
      const [last] = confirmed.appended.slice(-1);
      if (last) {
        const again = await store.append('a', 'repeated', {
          once: { id: last, ttlMs: 3_600_000 },
          durable: true,
        });
        assert.equal(again.added, false, `${what}: a repeated event was taken`);
      }
    } finally {
      await store.close();
    }
    return { lost: 0, appended: confirmed.appended.length };
  } finally {
    await writer?.kill9();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Points in writing, in syncing, in a snapshot, at its renaming, at the removal of what it replaced. */
const points: [point: string, nth: number][] = [
  ['before append journal', 40],
  ['after append journal', 41],
  ['before sync journal', 42],
  ['after sync journal', 43],
  ['before create snapshot', 1],
  ['before append snapshot', 3],
  ['after append snapshot', 2],
  ['before sync snapshot', 1],
  ['after sync snapshot', 2],
  ['before rename', 1],
  ['before rename', 3],
  ['after rename', 1],
  ['after rename', 2],
  ['before syncFolder', 4],
  ['after syncFolder', 5],
  ['before create journal', 2],
  ['after create journal', 2],
  ['after create journal', 3],
  ['before remove journal', 1],
  ['after remove journal', 1],
  ['before remove journal', 3],
  ['before remove snapshot', 1],
  ['after remove snapshot', 2],
];

describe('a store whose process is killed', () => {
  it('at a given point, 23 of them, loses nothing that it confirmed', async function () {
    const rounds = points.map(
      ([point, nth], index) =>
        () =>
          killRound(100 + index, point, nth),
    );
    const done = await sideBySide(rounds, 4);
    assert.equal(done.length, points.length);
    assert.ok(done.reduce((sum, { appended }) => sum + appended, 0) > 500, 'hardly anything was written');
  });

  it('at any moment, 12 times, loses nothing that it confirmed', async function () {
    const rounds = Array.from({ length: 12 }, (_, n) => () => killRound(500 + n, 'any', 30 + n * 97));
    assert.equal((await sideBySide(rounds, 4)).length, 12);
  });

  it('again and again on one folder keeps everything', async function () {
    const folder = await mkdtemp(join(tmpdir(), 'bitlane-store-'));
    const all: string[] = [];
    try {
      for (let life = 0; life < 5; life += 1) {
        const writer = startWriter(folder, 900 + life, 'any', 0);
        try {
          await writer.untilLines(150 + 50 * life);
        } finally {
          all.push(...(await writer.kill9()));
        }
      }
      const store = await openEmbeddedStore({ folder, key });
      const confirmed = readConfirmed(all);
      const present = new Set([...(await idsWaiting(store)).values()].flat());
      const lost = confirmed.appended.filter((id) => !present.has(id) && !confirmed.claimed.has(id));
      const back = [...confirmed.completed].filter((id) => present.has(id));
      await store.close();
      assert.deepEqual([lost, back], [[], []]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('two processes on one folder', () => {
  it('the second is refused with words, and opens at once when the first is killed', async function () {
    const folder = await mkdtemp(join(tmpdir(), 'bitlane-store-'));
    const writer = startWriter(folder, 1, 'any', 0);
    try {
      await writer.untilLines(10);
      await assert.rejects(openEmbeddedStore({ folder, key }), (failure: Error & { code?: string }) => {
        return failure.code === 'STORE_LOCKED' && failure.message.includes(String(writer.pid));
      });
      await writer.kill9();
      const store = await openEmbeddedStore({ folder, key });
      assert.equal(store.report.takenFrom?.pid, writer.pid);
      await store.close();
    } finally {
      await writer.kill9();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Runs all, so many at a time; when one fails the others still come to their end. */
async function sideBySide<T>(rounds: readonly (() => Promise<T>)[], width: number): Promise<T[]> {
  const left = [...rounds];
  const outcomes: PromiseSettledResult<T>[] = [];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      outcomes.push(...(await Promise.allSettled([next()])));
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
