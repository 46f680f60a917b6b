import assert from 'node:assert/strict';
import { createHeadStart } from '../../../lib/conversation/intake/head-start';
import { manualClock } from '../../support/manual-clock';

describe('the head start after an outage', () => {
  it('holds from the loss of the store until a moment after its return', async () => {
    const clock = manualClock();
    const told: boolean[] = [];
    const headStart = createHeadStart(clock, (isHeld) => told.push(isHeld));
    headStart.storeIs('there');
    await clock.advance(10_000);
    assert.deepEqual(told, []);
    for (const how of ['away', 'away', 'there', 'there'] as const) headStart.storeIs(how);
    await clock.advance(3999);
    assert.deepEqual(told, [true]);
    await clock.advance(1);
    assert.deepEqual(told, [true, false]);
  });

  it('begins anew with another outage, and ends with the store', async () => {
    const clock = manualClock();
    const told: boolean[] = [];
    const headStart = createHeadStart(clock, (isHeld) => told.push(isHeld));
    for (const how of ['away', 'there'] as const) headStart.storeIs(how);
    await clock.advance(3500);
    for (const how of ['away', 'there'] as const) headStart.storeIs(how);
    await clock.advance(3500);
    assert.deepEqual(told, [true]);
    headStart.close();
    await clock.advance(5000);
    assert.deepEqual([told, clock.pending()], [[true], 0]);
  });

  it('is given after a stutter as well, but not for each of many', async () => {
    const clock = manualClock();
    const told: boolean[] = [];
    const headStart = createHeadStart(clock, (isHeld) => told.push(isHeld));
    headStart.stuttered();
    await clock.advance(4000);
    headStart.stuttered();
    await clock.advance(4000);
    assert.deepEqual(told, [true, false]);
    await clock.advance(30_000);
    headStart.stuttered();
    assert.deepEqual(told, [true, false, true]);
    headStart.close();
  });

  it('leaves more time for work than it takes, however slow the process is', async () => {
    const clock = manualClock();
    const told: number[] = [];
    const headStart = createHeadStart(
      clock,
      () => void told.push(clock.now()),
      () => new Promise(() => undefined),
    );
    for (let seconds = 0; seconds < 60; seconds += 1) {
      headStart.stuttered();
      await clock.advance(1000);
    }
    assert.deepEqual(told, [0, 20_000, 50_000]);
    headStart.close();
  });

  it('is not ended by a stutter while the store is away', async () => {
    const clock = manualClock();
    const told: boolean[] = [];
    const headStart = createHeadStart(clock, (isHeld) => told.push(isHeld));
    headStart.storeIs('away');
    headStart.stuttered();
    await clock.advance(60_000);
    assert.deepEqual(told, [true]);
  });

  it('lasts until all have moved what waited with them, and at most until they must be dead', async () => {
    const clock = manualClock();
    const told: boolean[] = [];
    let move = (): void => undefined;
    const asked: AbortSignal[] = [];
    const headStart = createHeadStart(
      clock,
      (isHeld) => told.push(isHeld),
      (leastMs, signal) => {
        assert.equal(leastMs, 4000);
        asked.push(signal);
        return new Promise((resolve) => (move = resolve));
      },
    );
    for (const how of ['away', 'there'] as const) headStart.storeIs(how);
    await clock.advance(19_000);
    assert.deepEqual(told, [true]);
    move();
    await clock.advance(0);
    assert.deepEqual([told, clock.pending()], [[true, false], 0]);
    for (const how of ['away', 'there'] as const) headStart.storeIs(how);
    await clock.advance(19_999);
    assert.deepEqual(told, [true, false, true]);
    await clock.advance(1);
    assert.deepEqual(
      [told, asked.map(({ aborted }) => aborted)],
      [
        [true, false, true, false],
        [true, true],
      ],
    );
  });

  it('asks anew after another outage, and does not take the earlier answer', async () => {
    const clock = manualClock();
    const told: boolean[] = [];
    const answers: (() => void)[] = [];
    const headStart = createHeadStart(
      clock,
      (isHeld) => told.push(isHeld),
      () => new Promise((resolve) => void answers.push(resolve)),
    );
    for (const how of ['away', 'there', 'away', 'there'] as const) headStart.storeIs(how);
    answers[0]?.();
    await clock.advance(5000);
    assert.deepEqual(told, [true]);
    answers[1]?.();
    await clock.advance(0);
    assert.deepEqual(told, [true, false]);
  });

  it('lasts to its end when nobody can be asked', async () => {
    const clock = manualClock();
    const told: boolean[] = [];
    const headStart = createHeadStart(
      clock,
      (isHeld) => told.push(isHeld),
      () => Promise.reject(new Error('away')),
    );
    for (const how of ['away', 'there'] as const) headStart.storeIs(how);
    await clock.advance(19_999);
    assert.deepEqual(told, [true]);
    await clock.advance(1);
    assert.deepEqual(told, [true, false]);
  });
});
