import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import { createCursor } from '../../../lib/sync/cursor';
import { createCursorRegistry } from '../../../lib/sync/registry';
import type { SyncEnd, SyncRow, SyncSource, Verdict } from '../../../lib/sync/source';
import type { Cursor } from '../../../lib/sync/types';
import type { Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { pick, seededRandom } from '../core/random';
import { KEY, NAME, MINUTE, START } from './scene';

/** What is to become of a row. */
type Fate = 'sent' | 'unwanted' | 'failed' | 'given up';

interface Call {
  readonly id: number;
  readonly fate: Fate;
  /** Its recording is there from then on. */
  readonly readyAt: number;
  /** Tries that fail before one is well. */
  failures: number;
  /** Times that the flow finds nothing although the history says that there is something. */
  flowLate: number;
}

interface Snapshot {
  readonly id: number;
  readonly verdict: Verdict;
}

/** A store that outlives the processes on it. */
export interface Disk {
  /** What a process that starts now would find. */
  open(): Promise<Store>;
  /** Lets the disk do what it has been told. */
  settle(): Promise<void>;
  /** The process is no more; what it has not brought to the disk by now is lost. */
  kill(): void;
}

export interface LifeOptions {
  seed: number;
  disk: Disk;
  /** The process dies at this step of its work, the first one only. */
  killAt?: number;
  /** Every later process dies at a step by chance, this many times in all. */
  randomKills?: number;
  /** A lost write may repeat a row that was not in the flow any more. */
  mayLoseWrites?: boolean;
}

export interface LifeReport {
  /** Steps of the first process: a kill can be asked for at each of them. */
  readonly steps: number;
  readonly kills: number;
  readonly repeats: number;
  readonly sent: number;
  readonly kinds: ReadonlySet<Fate | 'late'>;
}

const LATE_HOURS = 6;
const SUSPECTS = 10;
/** An upper bound; a history that is not at its end by then never will be. */
const MOST_TURNS = 400;

/** A history of calls, and processes that work it off and die; ends when every row has met its fate. */
export async function playLife(options: LifeOptions): Promise<LifeReport> {
  const { seed, disk, killAt, randomKills = 0, mayLoseWrites = false } = options;
  const random = seededRandom(seed);
  const clock = manualClock(START);
  const inFlight = 1 + Math.floor(random() * 8);
  const pageSize = 1 + Math.floor(random() * 6);
  const isScheduled = random() < 0.5;
  const calls = new Map<number, Call>();
  /** How often each row was brought to its good end. */
  const sent = new Map<number, number>();
  const failedFor = new Set<number>();
  const kinds = new Set<Fate | 'late'>();
  /** Rows that were in the flow when a process died. */
  const excused = new Set<number>();
  /** On record as dealt with for good. */
  let settled = new Set<number>();
  /** What must not be; thrown inside a flow it would count as a failure of the flow. */
  const faults: string[] = [];
  const expect = (isWell: boolean, fault: string): void => {
    if (!isWell) faults.push(fault);
  };
  let kills = 0;
  let repeats = 0;
  let excuses = 0;
  let firstSteps = 0;
  let nextId = 1;
  let highestPosition = 0;

  /** What is to blame shows only when another goes well. */
  function addGoodCall(): void {
    calls.set(nextId, { id: nextId, fate: 'sent', readyAt: 0, failures: 0, flowLate: 0 });
    nextId += 1;
  }

  function addCall(): void {
    const fate = pick<Fate>(random, [
      'sent',
      'sent',
      'sent',
      'sent',
      'unwanted',
      'unwanted',
      'failed',
      'given up',
    ]);
    const isLate = random() < 0.25;
    const readyAt = fate === 'given up' ? Infinity : isLate ? clock.now() + random() * 90 * MINUTE : 0;
    const failures = fate === 'failed' ? Infinity : random() < 0.2 ? 1 + Math.floor(random() * 2) : 0;
    calls.set(nextId, { id: nextId, fate, readyAt, failures, flowLate: random() < 0.1 ? 1 : 0 });
    kinds.add(fate);
    if (isLate) kinds.add('late');
    nextId += 1 + Math.floor(random() * 3);
  }

  const hasOpenFailure = (): boolean =>
    [...calls.values()].some((call) => call.fate === 'failed' && !isAtEnd(call));

  const isAtEnd = ({ id, fate }: Call): boolean => {
    if (fate === 'unwanted') return true;
    if (fate === 'sent') return sent.has(id);
    return failedFor.has(id);
  };

  /** One process, until it is killed or everything is done. */
  async function live(killAtStep: number | undefined): Promise<'killed' | 'done'> {
    let steps = 0;
    let isDead = false;
    const errors: Error[] = [];
    const inHand = new Set<number>();
    const never = new Promise<never>(() => undefined);

    /** A point at which the process may die; whoever is dead does nothing any more. */
    const step = async (): Promise<void> => {
      if (isDead) return never;
      steps += 1;
      if (steps !== killAtStep) return;
      isDead = true;
      disk.kill();
      for (const id of inHand) excused.add(id);
      excuses += inHand.size;
      return never;
    };
    const alive = async <T>(value: T): Promise<T> => (isDead ? never : value);

    const store = await disk.open();
    await checkRecord(store);
    const mortal: Store = {
      ...store,
      async set(key, value, how) {
        await step();
        // What is to survive a power cut takes its time, and is overtaken by what is not waited for.
        if (how?.durable) await clock.sleep(Math.round(random() * 50));
        await alive(0);
        await store.set(key, value, how);
        if (key.includes(':failed:')) failedFor.add(idIn(key));
        await step();
      },
      async compareAndSet(key, expected, value, how) {
        await step();
        if (key === KEY) notePlace(value);
        await alive(0);
        const isDone = await store.compareAndSet(key, expected, value, how);
        if (isDone && key === KEY) noteSettled(value, inHand);
        await step();
        return isDone;
      },
      async delete(key, how) {
        await step();
        const wasThere = await store.delete(key, how);
        if (key.includes(':failed:')) failedFor.delete(idIn(key));
        await step();
        return wasThere;
      },
    };

    const snapshot = (call: Call): SyncRow<Snapshot> => {
      const { id, fate, readyAt } = call;
      const verdict = fate === 'unwanted' ? 'unwanted' : readyAt > clock.now() ? 'late' : 'wanted';
      return { id, item: { id, verdict } };
    };
    const source: SyncSource<Snapshot> = {
      count: async () => alive(undefined),
      async *pagesAfter(after) {
        for (let place = after; ;) {
          await alive(0);
          const later = [...calls.values()].filter(({ id }) => id > place).slice(0, pageSize);
          const last = later.at(-1);
          if (!last) return;
          yield later.map(snapshot);
          place = last.id;
        }
      },
      byIds: async (ids) => alive(ids.flatMap((id) => calls.get(id) ?? []).map(snapshot)),
      judge: ({ verdict }) => verdict,
      label: ({ id }) => ({ title: `call ${id}` }),
    };

    async function deliver({ id }: Snapshot): Promise<SyncEnd> {
      const call = calls.get(id);
      assert.ok(call, `row ${id} does not exist`);
      expect(call.fate !== 'unwanted', `row ${id} is not wanted`);
      expect(!inHand.has(id), `row ${id} is handed out while it is in the flow`);
      expect(!settled.has(id), `row ${id} was on record as done`);
      inHand.add(id);
      expect(inHand.size <= inFlight, 'too many in the flow');
      await step();
      await clock.sleep(1 + Math.round(random() * 20_000));
      await step();
      if (call.flowLate > 0) {
        call.flowLate -= 1;
        inHand.delete(id);
        return { how: 'late' };
      }
      if (call.failures > 0) {
        call.failures -= 1;
        inHand.delete(id);
        return { how: 'failed', reason: 'by fate' };
      }
      const times = (sent.get(id) ?? 0) + 1;
      sent.set(id, times);
      if (times > 1) {
        repeats += 1;
        expect(mayLoseWrites || excused.has(id), `row ${id} was sent again without a reason`);
      }
      await step();
      return { how: 'finished' };
    }

    const cursor: Cursor = createCursor<Snapshot>({
      name: NAME,
      store: () => alive(mortal),
      source,
      deliver,
      clock,
      inFlight,
      lateHours: LATE_HOURS,
      everyMs: isScheduled ? 20 * MINUTE : undefined,
      registry: createCursorRegistry(),
      pace: { ordersMs: 100 * 60 * MINUTE, waitingMs: 2000 },
      listeners: { onError: (error) => void errors.push(error) },
    });

    const turns = async (): Promise<'killed' | 'done'> => {
      for (let turn = 0; turn < MOST_TURNS; turn += 1) {
        if (!isScheduled) cursor.start();
        if (random() < 0.3 && calls.size < 40) addCall();
        else if (turn % 5 === 4 && hasOpenFailure()) addGoodCall();
        await move(clock, disk, random() < 0.6 ? random() * 30_000 : 20 * MINUTE);
        if (isDead) return 'killed';
        const isOver = [...calls.values()].every(isAtEnd) && cursor.status().state === 'idle';
        if (isOver) return 'done';
      }
      const open = [...calls.values()].filter((call) => !isAtEnd(call));
      return assert.fail(`never at its end: ${JSON.stringify({ open, ...cursor.status() })}`);
    };

    const how = await turns();
    assert.deepEqual(faults, []);
    // Of a history whose rows in hand all failed; the next turn begins where it stopped.
    assert.deepEqual(
      errors.filter((error) => textAt(error, 'code') !== 'SYNC_HALTED'),
      [],
    );
    if (kills === 0) firstSteps = steps;
    if (how === 'done') {
      await checkEnd(cursor);
      await cursor.close();
      await store.close();
    } else {
      kills += 1;
    }
    return how;
  }

  /** In the flow until it is on record that it is through. */
  function noteSettled(value: unknown, inHand: Set<number>): void {
    const { reached, open } = recordIn(value);
    for (const id of [...inHand]) if (sent.has(id) && id <= reached && !open.includes(id)) inHand.delete(id);
  }

  function notePlace(value: unknown): void {
    const { reached, open } = recordIn(value);
    const position = open.length > 0 ? Math.min(...open) - 1 : reached;
    expect(position >= highestPosition || kills > 0, 'the position goes back');
    expect(open.length <= inFlight + SUSPECTS, 'more open than can be in the flow or under suspicion');
    highestPosition = Math.max(position, highestPosition);
  }

  /** What a process that starts finds on record as done must never be handed out again. */
  async function checkRecord(store: Store): Promise<void> {
    const { reached, open } = recordIn(await store.get(KEY));
    const elsewhere = new Set<number>();
    for await (const { key } of store.scan(`${KEY}:`)) elsewhere.add(idIn(key));
    const dealtWith = [...calls.values()].filter(({ id }) => id <= reached && !open.includes(id));
    settled = new Set(dealtWith.map(({ id }) => id).filter((id) => !elsewhere.has(id)));
    for (const { id, fate } of dealtWith) {
      if (!settled.has(id) || fate === 'unwanted') continue;
      assert.ok(sent.has(id) || fate === 'given up', `row ${id} was passed over (${fate})`);
    }
  }

  async function checkEnd(cursor: Cursor): Promise<void> {
    const { rows, total } = await cursor.failed({ limit: 500 });
    const fated = [...calls.values()]
      .filter(({ fate }) => fate === 'failed' || fate === 'given up')
      .map(({ id }) => id);
    const listed = rows.map(({ id }) => id);
    assert.deepEqual(listed, fated);
    assert.equal(total, fated.length);
    assert.equal(cursor.status().late, 0);
    assert.equal(cursor.status().position, Math.max(...calls.keys()));
    assert.ok(mayLoseWrites || repeats <= excuses, `${repeats} repeats, ${excuses} in the flow at kills`);
  }

  const count = 8 + Math.floor(random() * 16);
  for (let made = 0; made < count; made += 1) addCall();
  let chance = randomKills;
  for (let killStep = killAt; ;) {
    if (killStep === undefined && chance > 0) {
      chance -= 1;
      killStep = 1 + Math.floor(random() * 60);
    }
    if ((await live(killStep)) === 'done') break;
    killStep = undefined;
  }
  return { steps: firstSteps, kills, repeats, sent: sent.size, kinds };
}

/** In small steps, so that the disk can do its part in between. */
async function move(clock: ManualClock, disk: Disk, ms: number): Promise<void> {
  // Times on record are whole milliseconds.
  await clock.advance(Math.round(ms));
  await disk.settle();
  await clock.advance(0);
}

const idIn = (key: string): number => Number(key.split(':').at(-1));

function recordIn(value: unknown): { reached: number; open: readonly number[] } {
  if (value === undefined) return { reached: 0, open: [] };
  assert.ok(typeof value === 'object' && value !== null && 'reached' in value && 'open' in value);
  assert.ok(typeof value.reached === 'number' && Array.isArray(value.open));
  return { reached: value.reached, open: value.open.map(Number) };
}
