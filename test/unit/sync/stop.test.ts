import assert from 'node:assert/strict';
import { CancelledError } from '../../../lib/core/errors';
import type { SyncEnd } from '../../../lib/sync/source';
import { broken, done, openScene, range } from './scene';

describe('sync cursor: a flow that is stopped', () => {
  it('takes what was cancelled for an interruption', async () => {
    let times = 0;
    const deliver = async (): Promise<SyncEnd> => {
      times += 1;
      if (times < 4) throw new CancelledError();
      return done;
    };
    const scene = openScene({ attempts: 1, deliver });
    scene.history.add(1);
    scene.cursor.start();
    await scene.pass();
    await scene.pass(60_000);
    assert.equal(times, 4);
    assert.deepEqual([scene.last().sent, scene.last().failed], [1, 0]);
  });
});

describe('sync cursor: stop, close, crash', () => {
  it('lets what is under way end, and goes on at the next start', async () => {
    const scene = openScene({ inFlight: 2 });
    scene.history.add(...range(1, 6));
    scene.cursor.start();
    await scene.pass();
    const stopped = scene.cursor.stop();
    await scene.pass();
    assert.equal(scene.cursor.status().state, 'stopping');
    await scene.end(2);
    assert.equal(scene.summaries.length, 0);
    await scene.end(1);
    await stopped;
    assert.equal(scene.last().how, 'stopped');
    assert.equal(scene.cursor.status().state, 'idle');
    assert.deepEqual(scene.ids(), [1, 2]);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.inHand(), [3, 4]);
  });

  it('does not wait for the next try of a failed row when it is stopped, and keeps the row', async () => {
    const scene = openScene();
    scene.history.add(1);
    scene.cursor.start();
    await scene.pass();
    await scene.end(1, broken());
    await scene.cursor.stop();
    assert.deepEqual(scene.ids(), [1]);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.inHand(), [1]);
    await scene.end(1);
    assert.equal(scene.last().sent, 1);
    assert.equal(scene.cursor.status().position, 1);
  });

  it('begins anew when it is started while it stops', async () => {
    const scene = openScene();
    scene.history.add(1, 2, 3);
    scene.cursor.start();
    await scene.pass();
    const stopped = scene.cursor.stop();
    scene.cursor.start();
    await scene.end(1);
    await scene.end(2);
    await stopped;
    await scene.pass();
    assert.deepEqual(scene.inHand(), [3]);
  });

  it('closes at once, aborting what is under way, which is handed out again by the next one', async () => {
    const scene = openScene({ inFlight: 2 });
    scene.history.add(1, 2, 3);
    scene.cursor.start();
    await scene.pass();
    await scene.end(1);
    await scene.cursor.close();
    assert.ok(scene.handed.every(({ signal }) => signal.aborted));
    assert.equal(scene.last().how, 'stopped');
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.handed.length, 3);
    const next = await scene.crash();
    next.cursor.start();
    await next.pass();
    assert.deepEqual(next.inHand(), [2, 3]);
    await next.cursor.close();
  });

  it('closes although the portal and the store give no answer', async () => {
    const history = openScene();
    history.history.before = () => new Promise(() => undefined);
    history.cursor.start();
    await history.pass();
    await history.cursor.close();
    const store = openScene({ store: () => new Promise(() => undefined) });
    store.cursor.start();
    await store.cursor.close();
    assert.equal(store.last().how, 'stopped');
  });

  it('hands out again after a crash what had not ended, and nothing else', async () => {
    const scene = openScene({ inFlight: 3 });
    scene.history.add(...range(1, 9));
    scene.cursor.start();
    await scene.pass();
    await scene.end(1);
    await scene.end(3);
    assert.deepEqual(scene.inHand(), [2, 4, 5]);
    const next = await scene.crash();
    next.cursor.start();
    await next.pass();
    assert.deepEqual(next.inHand(), [2, 4, 5]);
    for (const id of [2, 4, 5, 6, 7, 8, 9]) await next.end(id);
    assert.equal(next.last().position, 9);
  });

  it('waits for a store that is away, and hands out nothing new meanwhile', async () => {
    const scene = openScene({ inFlight: 1 });
    scene.history.add(1, 2);
    scene.cursor.start();
    await scene.pass();
    const { compareAndSet } = scene.store;
    scene.store.compareAndSet = () => Promise.reject(new Error('no disk'));
    await scene.end(1);
    await scene.pass(5000);
    assert.deepEqual(scene.inHand(), []);
    scene.store.compareAndSet = compareAndSet;
    await scene.pass(1000);
    assert.deepEqual(scene.inHand(), [2]);
    await scene.end(2);
    assert.equal(scene.last().how, 'done');
  });

  it('ends its run when the store was closed', async () => {
    const scene = openScene({ inFlight: 1 });
    scene.history.add(1, 2);
    scene.cursor.start();
    await scene.pass();
    await scene.store.close();
    await scene.end(1);
    assert.deepEqual(scene.ids(), [1]);
    assert.equal(scene.last().how, 'stopped');
  });
});
