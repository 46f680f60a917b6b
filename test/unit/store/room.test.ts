import assert from 'node:assert/strict';
import { createRoom } from '../../../lib/store/room';

describe('room', () => {
  it('lets in at once while there is room', () => {
    const room = createRoom(() => false);
    assert.equal(room.enter(), undefined);
  });

  it('lets nobody pass those who wait, nor those who were just let in', async () => {
    let isFull = true;
    const room = createRoom(() => isFull);
    const order: string[] = [];
    const come = async (name: string): Promise<void> => {
      const wait = room.enter();
      if (wait) await wait;
      order.push(name);
    };
    const early = [come('first'), come('second')];
    isFull = false;
    const third = come('third');
    room.leave();
    const fourth = come('fourth');
    assert.deepEqual(order, []);
    await Promise.all([...early, third, fourth]);
    assert.deepEqual(order, ['first', 'second', 'third', 'fourth']);
    assert.equal(room.enter(), undefined);
  });

  it('keeps waiting while it is full', async () => {
    const room = createRoom(() => true);
    let isIn = false;
    const coming = room.enter()?.then(() => (isIn = true));
    room.leave();
    await Promise.resolve();
    assert.equal(isIn, false);
    room.open();
    await coming;
    assert.equal(isIn, true);
  });
});
