import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import { until } from '../../support/until';
import { onceTalked, useCallsHouse } from './calls-house';

describe('a sync in the name of somebody', function () {
  const house = useCallsHouse();
  const logged = (text: string): boolean => house.scene.red.log.some((line) => line.includes(text));

  it('who is no administrator says that recordings are refused and that calls may be missing', async () => {
    const webhook = { userId: 9, admin: false };
    const place = await house.open({ isDeployed: false, portal: { webhook } });
    const { telephony } = place.portal;
    telephony.setRight(9, 'own');
    const theirs = telephony.addCall({ duration: 40, operatorId: 7 }).id;
    const own = telephony.addCall({ duration: 40, operatorId: 9 }).id;
    await place.deploy();
    await place.run();
    await until(() => logged('is no administrator'), 'the warning');
    assert.deepEqual(onceTalked(place), [own]);
    assert.ok(!place.talkCounts().has(theirs));
  });

  it('who may see the calls but not open the recordings says what to do', async () => {
    const webhook = { userId: 9, admin: false };
    const place = await house.open({ portal: { webhook } });
    const call = place.portal.telephony.addCall({ duration: 40, operatorId: 7 }).id;
    await place.run();
    const codes = (): (string | undefined)[] =>
      house.scene.watch.heard('bitlane-calls-errors').map((message) => textAt(message, 'error', 'code'));
    await until(() => codes().includes('SYNC_ROW_FAILED'), 'the call that failed');
    await until(() => ofSource().length > 0, 'the error of the node itself');
    const { failedRows } = await place.ask({ action: 'status' });
    assert.match(
      JSON.stringify(failedRows),
      new RegExp(`"id":${call}.*BITRIX_RECORDING_DENIED.*administrator`),
    );
  });

  function ofSource(): unknown[] {
    return house.scene.watch
      .heard('bitlane-calls-errors')
      .filter(
        (message) =>
          textAt(message, 'error', 'code') === 'BITRIX_RECORDING_DENIED' &&
          textAt(message, 'error', 'source', 'type') === 'voximplant-calls',
      );
  }

  it('who is an administrator says nothing of the kind', async () => {
    const place = await house.open();
    place.portal.telephony.addCall({ duration: 40 });
    const before = house.scene.red.log.length;
    await place.run();
    assert.deepEqual(
      house.scene.red.log.slice(before).filter((line) => /administrator|three months/.test(line)),
      [],
    );
  });

  it('warns of calls that SpeechSense does not keep', async () => {
    const place = await house.open({ changes: { source: { from: '2020-01-01' } } });
    await place.run();
    await until(() => logged('older than three months'), 'the warning');
  });
});
