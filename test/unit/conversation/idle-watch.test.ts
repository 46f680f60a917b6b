import assert from 'node:assert/strict';
import { createIdleWatch } from '../../../lib/conversation/session/idle-watch';
import { UnreachableError } from '../../../lib/core/errors';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';
import { manualClock } from '../../support/manual-clock';

const idleMs = 60_000;

describe('the watch over silent sessions', () => {
  function bench() {
    const clock = manualClock(1_700_000_000_000);
    const store = createMemoryStore({ clock, monotonic: () => clock.now() });
    const told: unknown[] = [];
    const troubles: unknown[] = [];
    let isAway = false;
    /** The next one takes place, and nobody hears of it. */
    let isAnswerLost = false;
    let isStuck = false;
    const lossy: Store = {
      ...store,
      async compareAndSet(...change) {
        if (isStuck && change[2] === undefined) {
          throw new UnreachableError('STORE_UNAVAILABLE', 'away', { sent: false });
        }
        const isDone = await store.compareAndSet(...change);
        if (!isAnswerLost) return isDone;
        isAnswerLost = false;
        throw new UnreachableError('STORE_UNAVAILABLE', 'the answer is lost', { sent: true });
      },
    };
    const watch = (owner = 'node') =>
      createIdleWatch({
        store: () =>
          isAway
            ? Promise.reject(new UnreachableError('STORE_UNAVAILABLE', 'away', { sent: false }))
            : Promise.resolve(lossy),
        owner,
        idleMs,
        clock,
        onIdle: (memo) => void told.push(memo),
        onTrouble: (error) => void troubles.push(error),
      });
    const away = (now: boolean): void => void (isAway = now);
    const loseAnswer = (): void => void (isAnswerLost = true);
    const refuseToPutAway = (): void => void (isStuck = true);
    const left = async (): Promise<number> => (await store.stats()).liveKeys;
    return { clock, told, troubles, watch, away, loseAnswer, refuseToPutAway, left };
  }

  it('tells once that nothing was heard for that long', async () => {
    const { clock, told, watch } = bench();
    const idle = watch();
    await idle.heard('a', { name: 'Ann' });
    await clock.advance(idleMs - 1);
    assert.deepEqual(told, []);
    await clock.advance(1);
    assert.deepEqual(told, [{ name: 'Ann' }]);
    await clock.advance(idleMs * 3);
    assert.equal(told.length, 1);
  });

  it('begins anew with each word, for each session by itself', async () => {
    const { clock, told, watch } = bench();
    const idle = watch();
    await idle.heard('a', 'a1');
    await clock.advance(idleMs / 2);
    await idle.heard('b', 'b1');
    await idle.heard('a', 'a2');
    await clock.advance(idleMs - 1);
    assert.deepEqual(told, []);
    await idle.heard('a', 'a3');
    await clock.advance(1);
    assert.deepEqual(told, ['b1']);
    await clock.advance(idleMs);
    assert.deepEqual(told, ['b1', 'a3']);
  });

  it('says nothing of a session that is over, nor after it was closed', async () => {
    const { clock, told, watch } = bench();
    const idle = watch();
    await idle.heard('a', 'a');
    await idle.heard('b', 'b');
    await idle.forget('a');
    idle.close();
    await clock.advance(idleMs * 2);
    assert.deepEqual(told, []);
    assert.equal(clock.pending(), 0);
  });

  it('goes on after a restart, also with silences whose time came meanwhile', async () => {
    const { clock, told, watch } = bench();
    const before = watch();
    await before.heard('early', 'early');
    await clock.advance(idleMs / 2);
    await before.heard('late', 'late');
    before.close();
    await clock.advance(idleMs * 0.75);
    const after = watch();
    await after.open();
    await clock.advance(0);
    assert.deepEqual(told, ['early']);
    await clock.advance(idleMs);
    assert.deepEqual(told, ['early', 'late']);
  });

  it('tells it in one of several processes, and in none when another one has heard something', async () => {
    const { clock, told, watch } = bench();
    const [one, other] = [watch(), watch()];
    await one.heard('a', 'a1');
    await other.open();
    await clock.advance(idleMs / 2);
    await other.heard('a', 'a2');
    await clock.advance(idleMs / 2);
    assert.deepEqual(told, []);
    await clock.advance(idleMs);
    assert.deepEqual(told, ['a2']);
  });

  it('does not mix up the sessions of two nodes', async () => {
    const { clock, told, watch } = bench();
    await watch('one').heard('a', 'of one');
    const other = watch('other');
    await other.open();
    await clock.advance(idleMs);
    assert.deepEqual(told, ['of one']);
  });

  it('waits for a store that is away', async () => {
    const { clock, told, troubles, watch, away } = bench();
    await watch().heard('a', 'a');
    away(true);
    await clock.advance(idleMs);
    assert.equal(troubles.length, 1);
    away(false);
    await clock.advance(5000);
    assert.deepEqual(told, ['a']);
  });

  it('tells, once, what it took without hearing that it did', async () => {
    const { clock, told, troubles, watch, loseAnswer, left } = bench();
    const [one, other] = [watch(), watch()];
    await one.heard('a', 'a');
    const before = await left();
    loseAnswer();
    await clock.advance(idleMs);
    assert.deepEqual([told, troubles.length], [[], 1]);
    await other.open();
    await clock.advance(5000);
    assert.deepEqual(told, ['a']);
    await clock.advance(idleMs * 3);
    assert.equal(told.length, 1);
    assert.ok((await left()) <= before);
  });

  it('tells once what cannot be put away afterwards, also when it comes upon it again', async () => {
    const { clock, told, watch, refuseToPutAway, left } = bench();
    const idle = watch();
    await idle.heard('a', 'a');
    refuseToPutAway();
    await clock.advance(idleMs);
    assert.deepEqual([told, await left()], [['a'], 1]);
    await idle.open();
    await clock.advance(idleMs);
    assert.deepEqual(told, ['a']);
  });
});
