import assert from 'node:assert/strict';
import { readToldStatus, toldStatus } from '../../../lib/sync/told-status';
import { broken, done, HOUR, MINUTE, openScene, START } from './scene';

describe('what a cursor tells of how far behind it is', () => {
  it('is when the latest run began that came to the end of the history', async () => {
    const scene = openScene();
    scene.history.add(1);
    assert.equal(scene.cursor.status().caughtUpAt, undefined);
    scene.cursor.start();
    await scene.pass(MINUTE);
    assert.equal(scene.cursor.status().caughtUpAt, undefined);
    await scene.end(1);
    assert.equal(scene.cursor.status().caughtUpAt, START);
    await scene.pass(HOUR);
    scene.cursor.recheckLate();
    await scene.pass();
    assert.equal(scene.cursor.status().caughtUpAt, START, 'late rows alone are no history');
    scene.cursor.start();
    await scene.pass();
    assert.equal(scene.cursor.status().caughtUpAt, START + MINUTE + HOUR);
    await scene.cursor.reset();
    assert.equal(scene.cursor.status().caughtUpAt, undefined);
  });

  it('stays what it was when a run is stopped half-way', async () => {
    const scene = openScene();
    scene.history.add(1);
    scene.cursor.start();
    await scene.pass(MINUTE);
    const stopping = scene.cursor.stop();
    await scene.end(1);
    await stopping;
    assert.equal(scene.last().how, 'stopped');
    assert.equal(scene.cursor.status().caughtUpAt, undefined);
  });

  it('has the time at which a run last came on, as long as it runs', async () => {
    const scene = openScene();
    scene.history.add(1, 2);
    scene.cursor.start();
    await scene.pass(MINUTE);
    assert.equal(scene.cursor.status().movedAt, START);
    await scene.end(1);
    assert.equal(scene.cursor.status().movedAt, START + MINUTE);
    await scene.pass(HOUR);
    const told = readToldStatus(toldStatus(scene.cursor.status()));
    assert.equal(told.movedAt, START + MINUTE);
    await scene.end(2);
    assert.equal(scene.cursor.status().movedAt, undefined);
    assert.equal(readToldStatus(toldStatus(scene.cursor.status())).caughtUpAt, START);
  });

  it('is told of each row that was sent or not wanted, and of no other', async () => {
    let count = 0;
    const scene = openScene({
      ends: (id) => (id === 2 ? broken('no luck', true) : done),
      listeners: { onDone: () => void (count += 1) },
    });
    scene.history.add(1, 2, 3, 4, 5);
    scene.history.judgeAs('late', 4);
    scene.history.judgeAs('unwanted', 5);
    scene.cursor.start();
    await scene.pass();
    const { sent, skipped, failed, late } = scene.cursor.status();
    assert.deepEqual([sent, skipped, failed, late, count], [2, 1, 1, 1, 3]);
  });
});
