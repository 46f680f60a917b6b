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

  it('is not ended by a stutter while the store is away', async () => {
    const clock = manualClock();
    const told: boolean[] = [];
    const headStart = createHeadStart(clock, (isHeld) => told.push(isHeld));
    headStart.storeIs('away');
    headStart.stuttered();
    await clock.advance(60_000);
    assert.deepEqual(told, [true]);
  });
});
