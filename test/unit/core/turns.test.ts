import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { CancelledError } from '../../../lib/core/errors';
import { createTurns, type Turn } from '../../../lib/core/turns';

describe('turns in a conversation', () => {
  const next = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  function recorder() {
    const turns = createTurns();
    const started: string[] = [];
    const held = new Map<string, Turn>();
    const take = (name: string, ...keys: string[]): void => {
      turns.take(keys).then(
        (turn) => {
          started.push(name);
          held.set(name, turn);
        },
        () => started.push(`${name} gave up`),
      );
    };
    return { turns, started, take, release: (name: string) => held.get(name)?.release(), held };
  }

  it('come in order within a key, side by side between keys, at once without one', async () => {
    const { started, take, release, turns } = recorder();
    take('a1', 'a');
    take('a2', 'a');
    take('a3', 'a');
    take('b1', 'b');
    take('none');
    await next();
    assert.deepEqual(started, ['a1', 'b1', 'none']);
    release('a1');
    release('a1');
    await next();
    assert.deepEqual(started, ['a1', 'b1', 'none', 'a2']);
    for (const name of ['a2', 'b1', 'none']) release(name);
    await next();
    release('a3');
    assert.equal(turns.size(), 0);
  });

  it('wait for all their keys, and never for each other', async () => {
    const { started, take, release, turns } = recorder();
    take('ab', 'a', 'b');
    take('ba', 'b', 'a');
    take('b', 'b');
    await next();
    assert.deepEqual(started, ['ab']);
    release('ab');
    await next();
    release('ba');
    await next();
    assert.deepEqual(started, ['ab', 'ba', 'b']);
    release('b');
    assert.equal(turns.size(), 0);
  });

  it('keep others out of a conversation from the moment its id is known', async () => {
    const { started, take, release, held, turns } = recorder();
    take('first', 'session');
    await next();
    held.get('first')?.alsoHold('c1');
    take('second', 'c1');
    await next();
    assert.deepEqual(started, ['first']);
    release('first');
    held.get('first')?.alsoHold('c2');
    await next();
    assert.deepEqual(started, ['first', 'second']);
    release('second');
    assert.equal(turns.size(), 0);
  });

  it('put one listener on a signal that many wait by, and none when all have had their turn', async () => {
    const turns = createTurns();
    const { signal } = new AbortController();
    const first = await turns.take(['a']);
    const waiting = Array.from({ length: 20 }, () => turns.take(['a'], signal));
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    first.release();
    for (const turn of waiting) (await turn).release();
    assert.deepEqual([getEventListeners(signal, 'abort').length, turns.size()], [0, 0]);
  });

  it('can be given up, and then hold nobody back', async () => {
    const { turns, started, take, release } = recorder();
    take('first', 'a');
    const giveUp = new AbortController();
    const waiting = turns.take(['a'], giveUp.signal);
    take('third', 'a');
    giveUp.abort();
    await assert.rejects(waiting, CancelledError);
    await assert.rejects(turns.take(['z'], giveUp.signal), CancelledError);
    release('first');
    await next();
    assert.deepEqual(started, ['first', 'third']);
    release('third');
    assert.equal(turns.size(), 0);
  });
});
