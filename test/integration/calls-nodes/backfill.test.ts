import assert from 'node:assert/strict';
import { idAt } from '../../../lib/core/fields';
import { patienceMs } from '../../support/patience';
import { until } from '../../support/until';
import { onceTalked, sourceId, useCallsHouse } from './calls-house';

const history = 10_000;

describe('a long history, read while people go on calling', function () {
  const house = useCallsHouse();

  for (const batchReferences of ['resolved', 'left'] as const) {
    it(`gives each call once and in order (references in a batch: ${batchReferences})`, async () => {
      const place = await house.open({ isDeployed: false, portal: { batchReferences } });
      const { telephony } = place.portal;
      telephony.seed({
        count: history,
        from: Date.now() - 20 * 24 * 60 * 60_000,
        failedEvery: 0,
        robotEvery: 0,
      });
      const wanted = (): number[] =>
        [...telephony.calls()]
          .filter(({ duration, record, recordUrl }) => duration >= 30 && (record || recordUrl))
          .map(({ id }) => id);
      await place.deploy({
        source: { from: '', names: false, inFlight: 50 },
        insteadOfUpload: { type: 'function', func: 'return null;', outputs: 1 },
      });
      const handedOut = (): number[] =>
        house.scene.watch
          .heard('bitlane-calls-upload')
          .map((message) => idAt(message, 'call', 'id') ?? assert.fail('no id'));
      place.send(true);
      let seen = 0;
      let whileItRan = 0;
      for (let live = 0; live < 20; live += 1) {
        await until(() => handedOut().length >= seen + 50 || place.reports().length > 0, 'calls');
        seen = handedOut().length;
        if (place.reports().length === 0) whileItRan += 1;
        telephony.addCall({ duration: 31 });
        telephony.addCall({ duration: 31, startedAt: Date.now() - 10 * 24 * 60 * 60_000 });
      }
      await until(() => place.reports().length > 0, 'the end of the run', 2 * patienceMs);
      assert.ok(whileItRan > 0, 'no call came while it ran');
      // Those that came when the last page was read already.
      await place.run();
      assert.deepEqual(handedOut(), wanted());
      assert.equal(telephony.count, history + 40);
      const total = place.reports().reduce((sum, report) => sum + Number(report['sent']), 0);
      assert.equal(total, wanted().length);
      const pages = place.portal.calls.filter(({ method, inBatch }) => method === statistics && !inBatch);
      if (batchReferences === 'resolved') assert.ok(pages.length < 60, `${pages.length} pages by themselves`);
      const shown = house.scene.watch.statuses.map((status) => JSON.stringify(status));
      const progress = /\d of [\d\s]+, \d+ in flight/;
      assert.ok(
        shown.some((status) => status.includes(sourceId) && progress.test(status)),
        shown.join('\n'),
      );
    });
  }

  it('makes one talk of each call, also of those that come while it is uploaded', async () => {
    const place = await house.open({ isDeployed: false, portal: { limits: 'off' } });
    const { telephony } = place.portal;
    const ids = (count: number): number[] =>
      Array.from({ length: count }, () => telephony.addCall({ duration: 31 }).id);
    const wanted = ids(300);
    await place.deploy({ source: { inFlight: 8 } });
    place.send(true);
    let whileItRan = 0;
    for (let live = 0; live < 60; live += 1) {
      const talks = 4 * live;
      await until(() => place.service.talks.length > talks, 'talks');
      if (place.reports().length === 0) whileItRan += 1;
      wanted.push(...ids(1));
    }
    await until(() => place.reports().length > 0, 'the end of the run', 2 * patienceMs);
    assert.equal(whileItRan, 60);
    // Those that came when the last page was read already.
    await place.run();
    assert.deepEqual(onceTalked(place), wanted);
    assert.equal(place.service.talks.length, 360);
  });
});

const statistics = 'voximplant.statistic.get';
