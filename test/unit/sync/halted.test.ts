import assert from 'node:assert/strict';
import type { SyncEnd } from '../../../lib/sync/source';
import { broken, done, openScene, range } from './scene';

const refused = new Error('the key is not accepted');
const halted: SyncEnd = { how: 'halted', error: refused };

describe('sync cursor: what would go wrong with every row', () => {
  it('ends the run, and leaves all rows where they are', async () => {
    let isMended = false;
    const scene = openScene({ ends: () => (isMended ? done : halted), attempts: 1 });
    scene.history.add(...range(1, 40));
    scene.cursor.start();
    await scene.pass(60_000);
    assert.deepEqual(scene.errors, [refused]);
    assert.deepEqual([scene.last().how, scene.last().error], ['failed', refused]);
    assert.ok(scene.ids().length <= 2, `handed out ${scene.ids().length}`);
    assert.equal(scene.cursor.status().failed, 0);
    isMended = true;
    scene.handed.length = 0;
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(
      scene.ids().sort((a, b) => a - b),
      range(1, 40),
    );
  });

  it('waits for the other rows in hand, which end as they do', async () => {
    const scene = openScene();
    scene.history.add(1, 2, 3);
    scene.cursor.start();
    await scene.pass();
    await scene.end(1, halted);
    assert.equal(scene.summaries.length, 0);
    await scene.end(2);
    assert.equal(scene.last().sent, 1);
    assert.deepEqual(scene.ids(), [1, 2]);
  });

  it('is tried again at the next time of the schedule', async () => {
    let isMended = false;
    const scene = openScene({ ends: () => (isMended ? done : halted), everyMs: 60_000 });
    scene.history.add(1);
    await scene.pass();
    assert.deepEqual(scene.ids(), [1]);
    isMended = true;
    await scene.pass(60_000);
    assert.deepEqual(scene.ids(), [1, 1]);
    assert.equal(scene.cursor.status().sent, 1);
  });

  it('is also what some rows in a row fail with, whatever it is; none of them is put down as a bad one', async () => {
    let isMended = false;
    const scene = openScene({ ends: () => (isMended ? done : broken('no connection')), pausesMs: [0] });
    scene.history.add(...range(1, 40));
    for (let times = 0; times < 20; times += 1) {
      scene.cursor.start();
      await scene.pass();
      assert.deepEqual([scene.last().how, scene.last().error?.message], ['failed', 'no connection']);
      assert.ok(times === 0 || scene.last().failed === 0);
    }
    assert.deepEqual((await scene.cursor.failed()).rows, []);
    // In each of those runs after the first, one try of one row.
    assert.ok(scene.handed.length < 20 + 15, `handed out ${scene.handed.length} times`);
    isMended = true;
    scene.handed.length = 0;
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(
      scene.ids().sort((a, b) => a - b),
      range(1, 40),
    );
  });

  it('is not what one row fails with alone: it does not hold up the others for ever', async () => {
    const denied: SyncEnd = {
      how: 'halted',
      error: new Error('BITRIX_AUTH: crm.lead.update: ACCESS_DENIED'),
    };
    const scene = openScene({ ends: (id) => (id === 5 ? denied : done) });
    scene.history.add(...range(1, 40));
    for (let times = 0; times < 4; times += 1) {
      scene.cursor.start();
      await scene.pass();
    }
    assert.equal(scene.last().how, 'done');
    assert.deepEqual(new Set(scene.ids()), new Set(range(1, 40)));
    const { rows } = await scene.cursor.failed();
    assert.deepEqual(
      rows.map(({ id, reason }) => [id, reason]),
      [[5, 'BITRIX_AUTH: crm.lead.update: ACCESS_DENIED']],
    );
  });

  it('ends the retry of many rows, but not that of a few', async () => {
    let end: SyncEnd = broken('odd', true);
    const scene = openScene({ ends: () => end, inFlight: 1 });
    scene.history.add(...range(1, 20));
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.cursor.status().failed, 20);
    end = halted;
    scene.handed.length = 0;
    scene.cursor.retryFailed();
    await scene.pass();
    assert.deepEqual(scene.ids(), [1, 2, 3]);
    assert.deepEqual([scene.last().how, scene.cursor.status().failed], ['failed', 20]);
  });

  it('is not what rows fail with that nobody could bring to an end, nor what fails among others that go well', async () => {
    const scene = openScene({
      ends: (id) => (id % 3 === 0 ? broken('odd', true) : id % 3 === 1 ? broken('even') : done),
      pausesMs: [0],
    });
    for (let last = 200; last < 260; last += 3) {
      scene.history.add(...(last === 200 ? range(1, last) : [last]));
      scene.cursor.start();
      await scene.pass();
    }
    const { rows, total } = await scene.cursor.failed({ limit: 500 });
    assert.equal(total, 133);
    assert.ok(rows.every(({ id }) => id % 3 !== 2));
    assert.equal(new Set(scene.ids().filter((id) => id % 3 === 2)).size, 86);
  });
});
