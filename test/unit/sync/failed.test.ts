import assert from 'node:assert/strict';
import { broken, done, KEY, openScene, placeIn, START, type SyncScene } from './scene';

/** Rows 1 to `count` in the failed list, and the flow mended. */
async function afterFailures(count: number): Promise<SyncScene> {
  let isBroken = true;
  const scene = openScene({ ends: () => (isBroken ? broken('key refused', true) : done) });
  for (let id = 1; id <= count; id += 1) scene.history.add(id);
  scene.cursor.start();
  await scene.pass();
  isBroken = false;
  scene.handed.length = 0;
  return scene;
}

describe('sync cursor: the failed list', () => {
  it('is read in pages', async () => {
    const scene = await afterFailures(7);
    const first = await scene.cursor.failed({ limit: 3 });
    assert.deepEqual(
      first.rows.map(({ id }) => id),
      [1, 2, 3],
    );
    assert.deepEqual([first.total, first.next], [7, 3]);
    const last = await scene.cursor.failed({ limit: 4, after: 3 });
    assert.deepEqual([last.rows.length, last.next], [4, undefined]);
    assert.deepEqual(first.rows[0], {
      id: 1,
      title: 'call 1',
      reason: 'key refused',
      tries: 1,
      failedAt: START,
    });
  });

  it('is tried again as a whole, and forgets what was sent', async () => {
    const scene = await afterFailures(3);
    scene.cursor.retryFailed();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 2, 3]);
    assert.equal(scene.cursor.status().failed, 0);
    assert.equal(await scene.store.get(`${KEY}:failed:1`), undefined);
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.handed.length, 3);
  });

  it('is tried again row by row, counting on, and keeps a row that fails once more', async () => {
    const scene = openScene({ ends: (id) => (id === 1 ? broken('twice') : done), pausesMs: [0] });
    scene.history.add(1, 2);
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.cursor.status().failed, 1);
    scene.handed.length = 0;
    scene.cursor.retryFailed([1, 2, 77]);
    await scene.pass();
    assert.deepEqual(
      scene.handed.map(({ id, attempt }) => [id, attempt]),
      [
        [1, 4],
        [1, 5],
        [1, 6],
      ],
    );
    const { rows } = await scene.cursor.failed();
    assert.deepEqual(
      rows.map(({ id, tries }) => [id, tries]),
      [[1, 6]],
    );
  });

  it('hands out what the filters no longer want, as a person asked for it', async () => {
    const scene = await afterFailures(1);
    scene.history.judgeAs('unwanted', 1);
    scene.cursor.retryFailed();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1]);
  });

  it('moves what is late to the late rows, and keeps what the portal does not show', async () => {
    const scene = await afterFailures(2);
    scene.history.judgeAs('late', 1);
    scene.history.rows.delete(2);
    scene.cursor.retryFailed();
    await scene.pass();
    assert.deepEqual(scene.ids(), []);
    assert.equal(scene.cursor.status().late, 1);
    assert.equal(scene.cursor.status().failed, 1);
    assert.equal(scene.last().gone, 1);
  });

  it('drops what a person does not want, but nothing that is in the flow', async () => {
    const scene = openScene({ inFlight: 1, attempts: 1 });
    scene.history.add(1, 2, 3);
    scene.cursor.start();
    await scene.pass();
    for (const id of [1, 2, 3]) await scene.end(id, broken('no luck', true));
    scene.cursor.retryFailed([1]);
    await scene.pass();
    assert.deepEqual(scene.inHand(), [1]);
    assert.equal(await scene.cursor.dropFailed([1, 2, 99]), 1);
    assert.equal(await scene.cursor.dropFailed(), 1);
    await scene.end(1, broken());
    assert.deepEqual(
      (await scene.cursor.failed()).rows.map(({ id }) => id),
      [1],
    );
  });

  it('is there after a crash, and a row in it is not met again', async () => {
    // The crash came after the entry, before the place.
    const entry = { title: 'call 2', reason: 'why', tries: 3, failedAt: START };
    const scene = openScene({ ends: () => done, stored: { [`${KEY}:failed:2`]: entry } });
    scene.history.add(1, 2, 3);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 3]);
    assert.equal(scene.cursor.status().position, 3);
    assert.equal(scene.cursor.status().failed, 1);
    scene.cursor.retryFailed();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 3, 2]);
  });

  it('holds no more of a reason and a title than fits on a line or two', async () => {
    const scene = openScene({ ends: () => broken('x'.repeat(5000), true) });
    scene.history.add(1);
    scene.history.label = () => ({ title: 'y'.repeat(5000) });
    scene.cursor.start();
    await scene.pass();
    const [row] = (await scene.cursor.failed()).rows;
    assert.ok((row?.reason.length ?? 0) <= 500 && (row?.title.length ?? 0) <= 120);
  });
});

describe('sync cursor: reset', () => {
  it('forgets all, and the next start reads from the beginning', async () => {
    const scene = openScene({ ends: (id) => (id === 3 ? broken('no', true) : done) });
    scene.history.add(1, 3);
    scene.history.judgeAs('late', 2);
    scene.cursor.start();
    await scene.pass();
    await scene.cursor.reset();
    const { position, late, failed, last, handled } = scene.cursor.status();
    assert.deepEqual([position, late, failed, last, handled], [0, 0, 0, undefined, 0]);
    assert.deepEqual(await placeIn(scene.store), { reached: 0, open: [] });
    scene.history.judgeAs('wanted', 2);
    scene.handed.length = 0;
    await scene.pass();
    assert.deepEqual(scene.ids(), []);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 2, 3]);
  });

  it('stops a run first, and begins with what was asked for meanwhile', async () => {
    const scene = openScene({ inFlight: 1 });
    scene.history.add(1, 2);
    scene.cursor.start();
    await scene.pass();
    await scene.end(1);
    const reset = scene.cursor.reset();
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.inHand(), [2]);
    await scene.end(2);
    await reset;
    await scene.pass();
    assert.deepEqual(scene.inHand(), [1]);
    assert.equal(scene.summaries[0]?.how, 'stopped');
  });

  it('is brought to its end by the next process when a crash cuts it short', async () => {
    const scene = openScene({ ends: (id) => (id === 3 ? broken('no', true) : done) });
    scene.history.add(1, 3);
    scene.history.judgeAs('late', 2);
    scene.cursor.start();
    await scene.pass();
    scene.store.delete = () => Promise.reject(new Error('dead'));
    await assert.rejects(scene.cursor.reset());
    const next = await scene.crash();
    next.history.judgeAs('wanted', 2);
    next.cursor.start();
    await next.pass();
    assert.deepEqual(next.ids(), [1, 2, 3]);
  });

  it('is gone on with by the same process when the store failed half-way', async () => {
    const scene = openScene({ ends: () => done });
    scene.history.judgeAs('late', 1, 2);
    scene.cursor.start();
    await scene.pass();
    const { delete: remove } = scene.store;
    scene.store.delete = () => Promise.reject(new Error('no disk'));
    await assert.rejects(scene.cursor.reset());
    scene.store.delete = remove;
    scene.history.judgeAs('wanted', 1, 2);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 2]);
  });
});
