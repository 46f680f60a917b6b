import assert from 'node:assert/strict';
import { createOrders } from '../../../lib/sync/orders';
import { broken, done, HOUR, KEY, MINUTE, placeIn, range } from './scene';
import { shareStore, type SharedStore } from './two-instances';

const orderKinds = async ({ store }: SharedStore): Promise<string[]> => {
  const listed = await createOrders(KEY, () => Promise.resolve(store)).list();
  return listed.map(({ kind }) => kind);
};

describe('sync cursor of several instances: a word that was refused', () => {
  it('does not stop what another person has started since, when the one who refused it takes over', async () => {
    const shared = shareStore();
    shared.history.add(1);
    const one = shared.start({ ends: () => done, everyMs: HOUR });
    await shared.pass();
    const other = shared.start({ ends: () => done, everyMs: HOUR });
    await shared.pass();
    other.isAway = true;
    await assert.rejects(other.cursor.stop(), { code: 'STORE_UNAVAILABLE' });
    other.isAway = false;
    await shared.pass();
    assert.equal(other.cursor.status().isHeld, false);
    shared.history.add(2);
    await one.die();
    await shared.pass();
    assert.equal(other.cursor.status().isElsewhere, undefined);
    assert.deepEqual([other.cursor.status().isHeld, other.ids()], [false, [2]]);
    await other.cursor.close();
  });

  it('does not start what another person has stopped since', async () => {
    const shared = shareStore();
    const one = shared.start({ ends: () => done, everyMs: HOUR });
    await shared.pass();
    const other = shared.start({ ends: () => done, everyMs: HOUR });
    await shared.pass();
    other.isAway = true;
    other.cursor.start();
    await shared.pass();
    assert.equal(other.errors.length, 1);
    other.isAway = false;
    await one.cursor.stop();
    shared.history.add(1);
    await one.die();
    await shared.pass(2 * HOUR);
    assert.deepEqual([other.cursor.status().isHeld, other.ids()], [true, []]);
    assert.equal((await placeIn(shared.store))['isHeld'], true);
    await other.cursor.close();
  });

  it('counts nowhere when nobody could read whose the cursor is', async () => {
    const shared = shareStore();
    const one = shared.start({ ends: () => done });
    one.isAway = true;
    await assert.rejects(one.cursor.stop(), { code: 'STORE_UNAVAILABLE' });
    one.isAway = false;
    await shared.pass();
    assert.equal(one.cursor.status().isHeld, false);
    await one.cursor.close();
  });
});

describe('sync cursor of several instances: what was ordered at another one', () => {
  it('goes on when the one who had begun it is killed, without a schedule', async () => {
    const shared = shareStore();
    shared.history.add(...range(1, 6));
    const one = shared.start();
    await shared.pass();
    const other = shared.start({ ends: () => done });
    await shared.pass();
    other.cursor.start();
    await shared.pass();
    await one.end(1);
    await one.end(2);
    assert.deepEqual(one.inHand(), [3, 4]);
    await one.die();
    await shared.pass();
    assert.deepEqual(other.ids(), [3, 4, 5, 6]);
    assert.equal(other.last().by, 'person');
    assert.deepEqual(await orderKinds(shared), []);
    await other.cursor.close();
  });

  it('goes on when the one who had begun it is closed', async () => {
    const shared = shareStore();
    shared.history.add(...range(1, 4));
    const one = shared.start();
    await shared.pass();
    const other = shared.start({ ends: () => done });
    await shared.pass();
    other.cursor.start();
    await shared.pass();
    await one.end(1);
    await one.cursor.close();
    await shared.pass();
    assert.deepEqual(other.ids(), [2, 3, 4]);
    await other.cursor.close();
  });

  it('is left to the next one when it is read by one who closes', async () => {
    const shared = shareStore();
    shared.history.add(1);
    const one = shared.start();
    await shared.pass();
    const other = shared.start({ ends: () => done });
    await shared.pass();
    let goOn = (): void => undefined;
    const slow = new Promise<void>((resolve) => (goOn = resolve));
    one.afterGet = (key) => (key.endsWith(':orders') ? slow : Promise.resolve());
    await shared.store.set(`${KEY}:orders`, [{ id: 'a', kind: 'start' }]);
    await shared.pass(60);
    other.isAway = true;
    await one.cursor.close();
    goOn();
    await shared.pass();
    other.isAway = false;
    await shared.pass();
    assert.deepEqual([one.ids(), other.ids()], [[], [1]]);
    await other.cursor.close();
  });

  it('goes on when the one who had begun it was taken for dead, and nobody else came', async () => {
    const shared = shareStore();
    shared.history.add(1, 2);
    const one = shared.start();
    await shared.pass();
    const other = shared.start();
    await shared.pass();
    other.cursor.start();
    await shared.pass();
    assert.deepEqual(one.inHand(), [1, 2]);
    other.freeze();
    await one.lose();
    for (const { end } of [...one.handed]) end();
    await shared.pass();
    assert.deepEqual(one.ids(), [1, 2, 1, 2]);
    for (const id of [1, 2]) await one.end(id);
    await shared.pass();
    assert.deepEqual(await orderKinds(shared), []);
    await one.cursor.close();
  });

  it('sends failed rows again, whoever dies meanwhile', async () => {
    const shared = shareStore();
    shared.history.add(1, 2);
    const one = shared.start({ attempts: 1 });
    await shared.pass();
    const other = shared.start({ ends: () => done });
    await shared.pass();
    one.cursor.start();
    await shared.pass();
    await one.end(1, broken('no', true));
    await one.end(2);
    await shared.pass();
    other.cursor.retryFailed([1]);
    await shared.pass();
    assert.deepEqual(one.inHand(), [1]);
    await one.die();
    await shared.pass();
    assert.deepEqual([other.ids(), other.cursor.status().failed], [[1], 0]);
    await other.cursor.close();
  });

  it('is not begun again when its run has ended, or a person has stopped it', async () => {
    const shared = shareStore();
    shared.history.add(1, 2, 3);
    const one = shared.start({ inFlight: 1 });
    await shared.pass();
    const other = shared.start();
    await shared.pass();
    other.cursor.start();
    await shared.pass();
    assert.deepEqual(await orderKinds(shared), ['start']);
    for (const id of [1, 2, 3]) await one.end(id);
    await shared.pass();
    assert.deepEqual(await orderKinds(shared), []);
    shared.history.add(4, 5);
    other.cursor.start();
    await shared.pass();
    const stopped = one.cursor.stop();
    await one.end(4);
    await stopped;
    assert.deepEqual(await orderKinds(shared), []);
    await one.die();
    await shared.pass(HOUR);
    assert.deepEqual(other.ids(), []);
    await other.cursor.close();
  });
});

describe('sync cursor of several instances: an order whose end could not be put on record', () => {
  const failOnce = (part: string): ((key: string) => void) => {
    let isDone = false;
    return (key) => {
      if (isDone || !key.includes(part)) return;
      isDone = true;
      throw new Error('no answer');
    };
  };

  it('does not reset twice', async () => {
    const shared = shareStore();
    shared.history.add(1, 2, 3);
    const one = shared.start({ ends: () => done });
    await shared.pass();
    const other = shared.start();
    await shared.pass();
    one.cursor.start();
    await shared.pass();
    one.beforeSet = failOnce(':answer:');
    const reset = other.cursor.reset();
    // Between the reset and the next look at the orders.
    await shared.pass(70);
    assert.equal((await placeIn(shared.store))['reached'], 0);
    one.cursor.start();
    await shared.pass();
    await reset;
    await shared.pass();
    one.cursor.start();
    await shared.pass();
    assert.deepEqual(one.ids(), [1, 2, 3, 1, 2, 3]);
    await one.cursor.close();
    await other.cursor.close();
  });

  it('tells how many rows were dropped', async () => {
    const shared = shareStore();
    shared.history.add(1, 2);
    const one = shared.start({ attempts: 1, ends: () => broken('no', true) });
    await shared.pass();
    const other = shared.start();
    await shared.pass();
    one.cursor.start();
    await shared.pass();
    assert.equal(one.cursor.status().failed, 2);
    one.beforeSet = failOnce(':answer:');
    const dropped = other.cursor.dropFailed();
    await shared.pass(3000);
    assert.equal(await dropped, 2);
    await one.cursor.close();
    await other.cursor.close();
  });
});

describe('sync cursor of several instances: whoever waits for another one', () => {
  it('asks again when the store has lost the order', async () => {
    const shared = shareStore();
    shared.history.add(1);
    const one = shared.start({ ends: () => done });
    await shared.pass();
    const other = shared.start();
    await shared.pass();
    one.cursor.start();
    await shared.pass();
    assert.equal(one.cursor.status().position, 1);
    one.isAway = true;
    const reset = other.cursor.reset();
    await shared.pass(100);
    assert.deepEqual(await orderKinds(shared), ['reset']);
    await shared.store.delete(`${KEY}:orders`);
    one.isAway = false;
    await shared.pass(5000);
    await reset;
    assert.equal(one.cursor.status().position, 0);
    await one.cursor.close();
    await other.cursor.close();
  });

  it('is told so when nobody answers, and the order does not come as a surprise later', async () => {
    const shared = shareStore();
    const one = shared.start();
    await shared.pass();
    const other = shared.start();
    await shared.pass();
    one.freeze();
    const refused = assert.rejects(other.cursor.reset(), { code: 'SYNC_NO_ANSWER', sent: true });
    await shared.pass(9 * MINUTE);
    assert.deepEqual(await orderKinds(shared), ['reset']);
    await shared.pass(2 * MINUTE);
    await refused;
    assert.deepEqual(await orderKinds(shared), []);
    await other.cursor.close();
  });

  it('holds up nothing here: it takes over and works when that one dies', async () => {
    const shared = shareStore();
    shared.history.add(1, 2);
    const one = shared.start();
    await shared.pass();
    const other = shared.start({ ends: () => done });
    await shared.pass();
    one.cursor.start();
    await shared.pass();
    // The one waits for its rows, and then the order is gone with all else.
    const reset = other.cursor.reset();
    await shared.pass(100);
    await shared.store.delete(`${KEY}:orders`);
    await one.die();
    other.cursor.start();
    await shared.pass(200);
    assert.deepEqual(other.ids(), [1, 2]);
    await shared.pass(5000);
    await reset;
    assert.equal(other.cursor.status().position, 0);
    await other.cursor.close();
  });
});
