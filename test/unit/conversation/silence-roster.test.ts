import assert from 'node:assert/strict';
import { createIdleWatch, type IdleWatch } from '../../../lib/conversation/session/idle-watch';
import { UnreachableError } from '../../../lib/core/errors';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';

const idleMs = 30 * 60_000;
/** Each minute, at the latest. */
const roundMs = 75_000;
const away = new UnreachableError('STORE_UNAVAILABLE', 'away', { sent: false });

describe('silences that several processes watch', () => {
  let clock: ManualClock;
  let store: Store;
  let told: string[];
  let troubles: unknown[];
  let scans: number;
  let watches: IdleWatch[];
  beforeEach(() => {
    clock = manualClock(1_700_000_000_000);
    store = createMemoryStore({ clock, monotonic: () => clock.now() });
    [told, troubles, scans, watches] = [[], [], 0, []];
  });
  afterEach(async () => {
    watches.forEach((watch) => watch.close());
    await store.close();
  });

  function watch(name: string, change: (open: Store) => Partial<Store> = () => ({})): IdleWatch {
    const made = createIdleWatch({
      store: async () => ({ ...store, scan: (prefix) => counted(prefix), ...change(store) }),
      ...{ owner: 'node', idleMs, clock, random: () => 0.5 },
      onIdle: (memo) => void told.push(`${name}: ${String(memo)}`),
      onTrouble: (error) => void troubles.push(error),
    });
    watches.push(made);
    return made;
  }

  function counted(prefix: string): ReturnType<Store['scan']> {
    scans += 1;
    return store.scan(prefix);
  }

  it('are told by another one when theirs has gone', async () => {
    const [one, two] = [watch('one'), watch('two')];
    await one.open();
    await two.open();
    await one.heard('a', 'Ann');
    one.close();
    await clock.advance(idleMs);
    assert.deepEqual(told, ['two: Ann']);
    await clock.advance(idleMs * 2);
    assert.equal(told.length, 1);
  });

  it('are looked through at the start and when somebody has gone, not each minute', async () => {
    const all = [watch('one'), watch('two'), watch('three')];
    for (const each of all) await each.open();
    assert.equal(scans, 3);
    await clock.advance(roundMs * 20);
    assert.equal(scans, 3);
    all[0]?.close();
    await clock.advance(roundMs);
    assert.equal(scans, 4);
    await clock.advance(roundMs * 20);
    assert.equal(scans, 4);
  });

  it('are not told early by one that knows of them, when another one hears something', async () => {
    const [one, two] = [watch('one'), watch('two')];
    await one.open();
    await two.open();
    await one.heard('a', 'first');
    await clock.advance(idleMs - 1);
    await two.heard('a', 'second');
    await clock.advance(idleMs - 1);
    assert.deepEqual(told, []);
    await clock.advance(1);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /second/);
  });

  it('are looked through again when the one who does it cannot finish', async () => {
    const one = watch('one');
    await one.open();
    let isBroken = true;
    const broken = (): never => {
      throw away;
    };
    const two = watch('two', () => (isBroken ? { scan: broken } : {}));
    await two.open();
    assert.deepEqual(troubles, [away]);
    await one.heard('a', 'Ann');
    one.close();
    await clock.advance(roundMs);
    isBroken = false;
    await clock.advance(idleMs);
    assert.deepEqual(told, ['two: Ann']);
  });

  it('stay with one that was taken for dead and is not, and are told once', async () => {
    const losing = new AbortController();
    let isLent = false;
    const one = watch('one', (open) => ({
      async hold(name) {
        const hold = await open.hold(name);
        if (isLent || !hold) return hold;
        isLent = true;
        return { ...hold, isOurs: async () => !losing.signal.aborted, lost: losing.signal };
      },
    }));
    await one.open();
    await one.heard('a', 'Ann');
    losing.abort();
    const two = watch('two');
    await two.open();
    await clock.advance(roundMs * 3);
    await one.heard('b', 'Bob');
    one.close();
    await clock.advance(idleMs + roundMs);
    assert.deepEqual([...told].sort(), ['two: Ann', 'two: Bob']);
  });

  it('begin anew with a word that could not be written, and end when the store has one', async () => {
    let isAway = false;
    const one = watch('one', (open) => ({
      set: (...given) => (isAway ? Promise.reject(away) : open.set(...given)),
    }));
    await one.open();
    await one.heard('a', 'Ann');
    await clock.advance(idleMs / 2);
    isAway = true;
    await assert.rejects(one.heard('a', 'Ann again'), away);
    await clock.advance(idleMs / 2);
    assert.deepEqual(told, []);
    await clock.advance(idleMs / 2);
    assert.deepEqual(told, ['one: Ann']);
  });
});
