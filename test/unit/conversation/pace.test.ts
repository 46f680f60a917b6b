import assert from 'node:assert/strict';
import { createPace } from '../../../lib/conversation/inbox/pace';

function scene(isTakingIn = () => false) {
  const turns: (() => void)[] = [];
  const entered: string[] = [];
  const pace = createPace(isTakingIn, (act) => turns.push(act));
  return {
    entered,
    ask(...names: string[]) {
      for (const name of names)
        pace().then(
          () => entered.push(name),
          () => undefined,
        );
    },
    /** How many turns are asked for. */
    wanted: () => turns.length,
    async turn() {
      turns.shift()?.();
      await Promise.resolve();
    },
  };
}

describe('the pace of work', () => {
  it('lets some in with each turn, in the order in which they asked', async () => {
    const { entered, ask, turn } = scene();
    const names = Array.from({ length: 20 }, (_, place) => `${place}`);
    ask(...names);
    assert.deepEqual(entered, []);
    await turn();
    assert.deepEqual(entered, names.slice(0, 16));
    ask('last');
    await turn();
    await turn();
    assert.deepEqual(entered, [...names, 'last']);
  });

  it('asks for no turn when nobody waits, and begins anew with the next', async () => {
    const { entered, ask, turn, wanted } = scene();
    ask('a');
    await turn();
    assert.equal(wanted(), 0);
    ask('b');
    assert.equal(wanted(), 1);
    await turn();
    assert.deepEqual(entered, ['a', 'b']);
  });

  it('waits while events are taken in, and goes on at once when they are', async () => {
    let isTakingIn = true;
    const { entered, ask, turn } = scene(() => isTakingIn);
    ask('a');
    for (let passed = 0; passed < 3; passed += 1) await turn();
    assert.deepEqual(entered, []);
    isTakingIn = false;
    await turn();
    assert.deepEqual(entered, ['a']);
  });

  it('waits for no longer than twenty turns, however much comes', async () => {
    const { entered, ask, turn } = scene(() => true);
    ask('a', 'b');
    for (let passed = 0; passed < 19; passed += 1) await turn();
    assert.deepEqual(entered, []);
    await turn();
    assert.deepEqual(entered, ['a']);
    for (let passed = 0; passed < 20; passed += 1) await turn();
    assert.deepEqual(entered, ['a', 'b']);
  });
});
