import assert from 'node:assert/strict';
import { createGate } from '../../../sandbox/speechsense';
import { until } from '../../support/until';
import { onceTalked, sourceId, useCallsHouse, type CallsPlace } from './calls-house';

const count = 40;

describe('a sync in the middle of its work', function () {
  const house = useCallsHouse();

  function addCalls(place: CallsPlace, many = count): number[] {
    return Array.from({ length: many }, () => place.portal.telephony.addCall({ duration: 31 }).id);
  }

  /** Resolves in the midst of an upload, with calls before it and behind it. */
  async function inTheMiddle(place: CallsPlace): Promise<ReturnType<typeof createGate>> {
    const hold = createGate();
    // The talk is made, and its answer is lost.
    place.service.script({}, {}, {}, {}, {}, { keeps: true, hold });
    place.send(true);
    await hold.arrived;
    return hold;
  }

  for (const type of ['full', 'flows', 'nodes'] as const) {
    it(`loses no call and sends none twice by a deploy of the kind "${type}"`, async () => {
      const place = await house.open();
      const ids = addCalls(place);
      const hold = await inTheMiddle(place);
      await place.deploy({ source: { name: `changed for ${type}` } }, type);
      hold.open();
      await place.run();
      // Other uploads may have been broken off without an answer as well.
      await inAnHour(() => place.run({ action: 'late' }));
      assert.deepEqual(onceTalked(place), ids);
    });
  }

  it('has a call whose upload has an unclear end wait, and sends it when there is certainly no talk of it', async () => {
    const place = await house.open();
    const [id = 0] = addCalls(place, 1);
    const hold = createGate();
    place.service.script({ hold, drop: true });
    place.send(true);
    await hold.arrived;
    await place.deploy({}, 'full');
    hold.open();
    const summary = await place.run();
    assert.deepEqual([summary['lateNow'], summary['failedNow'], place.talkCounts().size], [1, 0, 0]);
    const [other = 0] = addCalls(place, 1);
    await place.run();
    // Search finds the other one by then, so what it does not find was never made.
    const later = await inAnHour(() => place.run({ action: 'late' }));
    assert.deepEqual([later['sent'], later['lateNow']], [1, 0]);
    assert.deepEqual(onceTalked(place), [id, other]);
  });

  it('goes on by itself after a deploy when it has a schedule', async () => {
    const source = { everyMinutes: 60 };
    const place = await house.open({ isDeployed: false });
    const ids = addCalls(place);
    const hold = createGate();
    place.service.script({}, {}, { keeps: true, hold });
    await place.deploy({ source });
    await hold.arrived;
    await place.deploy({ source, upload: { name: 'another name' } });
    hold.open();
    await until(() => place.reports().length > 0, 'the end of the run');
    await inAnHour(() => place.run({ action: 'late' }));
    assert.deepEqual(onceTalked(place), ids);
  });

  it('brings to its end what is in the flow when it is stopped, and goes on from there', async () => {
    const place = await house.open();
    const ids = addCalls(place);
    const hold = await inTheMiddle(place);
    place.send({ action: 'stop' });
    await until(() => /left|flight|work/.test(house.scene.watch.status(sourceId) ?? ''), 'the status');
    hold.open();
    await until(() => place.reports().length > 0, 'the end of the run');
    const [stopped] = place.reports();
    assert.equal(stopped?.['how'], 'stopped');
    const sent = onceTalked(place);
    assert.ok(sent.length >= 5 && sent.length < ids.length, `${sent.length} sent`);
    assert.equal((await place.run())['sent'], ids.length - sent.length);
    assert.deepEqual(onceTalked(place), ids);
  });

  it('has no more calls in the flow than the setting says', async () => {
    const place = await house.open({ changes: { source: { inFlight: 2 } } });
    addCalls(place, 12);
    const gates = Array.from({ length: 2 }, () => createGate());
    place.service.script(...gates.map((hold) => ({ keeps: true, hold })));
    place.send(true);
    await Promise.all(gates.map(({ arrived }) => arrived));
    const status = await place.ask({ action: 'status' });
    assert.deepEqual([status['inFlight'], house.scene.watch.heard('bitlane-calls-upload').length], [2, 2]);
    for (const gate of gates) gate.open();
    await until(() => place.reports().length > 0, 'the end of the run');
  });

  it('keeps several places side by side, one for each name', async () => {
    const place = await house.open();
    const ids = addCalls(place, 3);
    await place.run();
    await place.deploy({ source: { cursorName: 'another department', operators: '9' } });
    const other = place.portal.telephony.addCall({ duration: 31, operatorId: 9 }).id;
    const summary = await place.run();
    assert.deepEqual([summary['sent'], summary['cursor']], [1, 'another department']);
    await place.deploy();
    assert.equal((await place.run())['handled'], 1);
    assert.deepEqual(onceTalked(place), [...ids, other]);
  });
});

/** The clock of this process shows a later time meanwhile, as it does after an hour. */
async function inAnHour<T>(act: () => Promise<T>): Promise<T> {
  const { now } = Date;
  Date.now = () => now() + 60 * 60_000;
  try {
    return await act();
  } finally {
    Date.now = now;
  }
}
