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
    assert.ok(scene.handed.every(({ attempt }) => attempt === 1));
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

  it('is also what some rows in a row fail with, whatever it is; a row that does so again is to blame itself', async () => {
    let isMended = false;
    const scene = openScene({ ends: () => (isMended ? done : broken('no connection')), pausesMs: [0] });
    scene.history.add(...range(1, 40));
    scene.cursor.start();
    await scene.pass();
    const failed = async (): Promise<number[]> => (await scene.cursor.failed()).rows.map(({ id }) => id);
    assert.deepEqual(await failed(), [1, 2]);
    assert.deepEqual([scene.last().how, scene.last().error?.message], ['failed', 'no connection']);
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(await failed(), [1, 2, 3]);
    isMended = true;
    scene.handed.length = 0;
    scene.cursor.start();
    await scene.pass();
    assert.deepEqual(
      scene.ids().sort((a, b) => a - b),
      range(4, 40),
    );
  });

  it('is not what rows fail with that nobody could bring to an end, nor what fails among others that go well', async () => {
    const scene = openScene({
      ends: (id) => (id % 3 === 0 ? broken('odd', true) : id % 3 === 1 ? broken('even') : done),
      pausesMs: [0],
    });
    scene.history.add(...range(1, 30));
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.last().how, 'done');
    assert.deepEqual([scene.last().sent, scene.last().failed], [10, 20]);
  });
});
