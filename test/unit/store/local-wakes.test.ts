import assert from 'node:assert/strict';
import { createLocalWakes } from '../../../lib/store/local-wakes';
import type { Next } from '../../../lib/store/wakes';
import { manualClock } from '../../support/manual-clock';

const room = {};
const nothing = { async *queues() {} };

/** Answers with these in turn, then that there is nothing. */
function wakesThatFind(...found: (() => Next)[]) {
  const looks: string[] = [];
  const wakes = createLocalWakes(nothing, { kind: 'dialog', clock: manualClock() });
  wakes.start((queue) => {
    looks.push(queue);
    return Promise.resolve(found.shift()?.() ?? { how: 'idle' });
  });
  return { wakes, looks };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const full = (isFree: boolean): Next => ({ how: 'full', room, isFree: () => isFree });

describe('the wakes of a store of one process', () => {
  it('look again when a place became free before the queue stood in line', async () => {
    const { wakes, looks } = wakesThatFind(() => full(true));
    wakes.wake('a');
    await settled();
    assert.deepEqual(looks, ['a', 'a']);
    assert.equal(wakes.placeFree(room), undefined);
  });

  it('have a queue stand in line while there is no place', async () => {
    const { wakes, looks } = wakesThatFind(() => full(false));
    wakes.wake('a');
    await settled();
    assert.deepEqual(looks, ['a']);
    assert.equal(wakes.placeFree(room), 'a');
    await settled();
    assert.deepEqual(looks, ['a', 'a']);
  });

  it('look again at what found nobody when those who take it changed in the middle of the look', async () => {
    const { wakes, looks } = wakesThatFind(() => {
      wakes.takersChanged();
      return { how: 'parked' };
    });
    wakes.wake('a');
    await settled();
    assert.deepEqual(looks, ['a', 'a']);
    assert.equal(wakes.parked(), 0);
  });
});
