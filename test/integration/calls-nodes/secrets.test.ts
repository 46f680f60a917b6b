import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { useCallsHouse } from './calls-house';

describe('the secrets of a call sync', function () {
  const house = useCallsHouse({ logLevel: 'trace' });

  it('are in no log, status, error or message, whatever goes wrong', async () => {
    const place = await house.open({ changes: { source: { attempts: 1 } } });
    const { telephony } = place.portal;
    telephony.addCall({ duration: 40 });
    const gone = telephony.addCall({ duration: 40 }).id;
    telephony.breakRecord(gone, { status: 403, error: 'ACCESS_DENIED' }, 20);
    telephony.breakRecord(telephony.addCall({ duration: 40 }).id, 'html', 20);
    const elsewhere = telephony.addCall({ duration: 40, record: 'none' }).id;
    telephony.changeCall(elsewhere, { recordUrl: 'http://10.0.0.5/records/a.wav' });
    await place.run();
    await place.ask({ action: 'status' });
    place.portal.failNext({ method: 'voximplant.statistic.get', with: 'html', times: 2 });
    await place.run();
    const { watch, red } = house.scene;
    const panel = await (await fetch(`${red.url}/bitlane/panel`)).text();
    const seen = inspect([red.log, watch.statuses, watch.published, watch.messages, panel], { depth: 12 });
    assert.ok(seen.includes('BITRIX_RECORDING_DENIED'), 'nothing has gone wrong');
    assert.ok(!seen.includes(place.portal.state.webhook.secret), 'the webhook');
    assert.ok(!seen.includes(place.service.apiKey), 'the key of SpeechSense');
    assert.doesNotMatch(seen, /download\.json|disk(?:%7C|\|)\d/, 'a link with a token');
  });
});
