import assert from 'node:assert/strict';
import { createLeftovers, usualLeftoverRules } from '../../../../lib/bitrix24/files/leftovers';
import { manualClock } from '../../../support/manual-clock';

const { lookMs, longestMs } = usualLeftoverRules;

describe('what is left behind a flow', () => {
  const open = () => {
    const clock = manualClock();
    const gone: string[] = [];
    const leftovers = createLeftovers(usualLeftoverRules, clock);
    const add = (name: string, isOver = (): boolean => false): void =>
      leftovers.add({ isOver, remove: () => void gone.push(name) });
    return { clock, gone, leftovers, add };
  };

  it('goes when nobody uses it any more, once', async () => {
    const { clock, gone, add } = open();
    let isOver = false;
    add('a', () => isOver);
    add('b');
    await clock.advance(lookMs * 3);
    assert.deepEqual(gone, []);
    isOver = true;
    await clock.advance(lookMs * 3);
    assert.deepEqual(gone, ['a']);
  });

  it('goes after its longest time, whether anybody uses it or not', async () => {
    const { clock, gone, add } = open();
    add('a');
    await clock.advance(longestMs - 1);
    assert.deepEqual(gone, []);
    await clock.advance(lookMs);
    assert.deepEqual(gone, ['a']);
    assert.equal(clock.pending(), 0, 'it is still being looked after');
  });

  it('is looked after again when there was nothing in between', async () => {
    const { clock, gone, add } = open();
    add('a', () => true);
    await clock.advance(lookMs);
    add('b', () => true);
    await clock.advance(lookMs);
    assert.deepEqual(gone, ['a', 'b']);
  });

  it('goes at the end, and one that cannot go keeps no other', async () => {
    const { clock, gone, leftovers, add } = open();
    leftovers.add({
      isOver: () => false,
      remove() {
        throw new Error('busy');
      },
    });
    add('b');
    await leftovers.close();
    assert.deepEqual(gone, ['b']);
    assert.equal(clock.pending(), 0);
  });
});
