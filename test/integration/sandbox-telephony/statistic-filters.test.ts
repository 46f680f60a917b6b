import assert from 'node:assert/strict';
import type { CallInit, Portal } from '../../../sandbox/bitrix24';
import { byId, idsOf, servers } from './support';

const start = servers();
const noon = Date.parse('2026-03-10T12:00:00+03:00');

async function withCalls(...calls: CallInit[]): Promise<Portal> {
  const portal = await start.portal();
  for (const call of calls) portal.telephony.addCall(call);
  return portal;
}

describe('sandbox telephony: filters of the statistics', () => {
  it('know every operator', async () => {
    const portal = await withCalls(...[10, 20, 30, 40].map((duration) => ({ duration })));
    const found = (filter: object): Promise<number[]> => idsOf(portal, { FILTER: filter, ...byId });
    assert.deepEqual(await found({ CALL_DURATION: 20 }), [2]);
    assert.deepEqual(await found({ '=CALL_DURATION': '20' }), [2]);
    assert.deepEqual(await found({ '!CALL_DURATION': 20 }), [1, 3, 4]);
    assert.deepEqual(await found({ '!=CALL_DURATION': [20, 30] }), [1, 4]);
    assert.deepEqual(await found({ '>CALL_DURATION': 20 }), [3, 4]);
    assert.deepEqual(await found({ '>=CALL_DURATION': 20 }), [2, 3, 4]);
    assert.deepEqual(await found({ '<CALL_DURATION': 20 }), [1]);
    assert.deepEqual(await found({ '<=CALL_DURATION': 20 }), [1, 2]);
    assert.deepEqual(await found({ '><CALL_DURATION': [20, 30] }), [2, 3]);
    assert.deepEqual(await found({ '!><CALL_DURATION': [20, 30] }), [1, 4]);
    assert.deepEqual(await found({ CALL_DURATION: [10, 40] }), [1, 4]);
    assert.deepEqual(await found({ '>ID': 2, '<=ID': 3 }), [3]);
  });

  it('look into texts', async () => {
    const portal = await withCalls({ phone: '+79001112233' }, { phone: '74951234567' });
    const found = (filter: object): Promise<number[]> => idsOf(portal, { FILTER: filter, ...byId });
    assert.deepEqual(await found({ '%PHONE_NUMBER': '11122' }), [1]);
    assert.deepEqual(await found({ '!%PHONE_NUMBER': '11122' }), [2]);
    assert.deepEqual(await found({ '?PHONE_NUMBER': '495' }), [2]);
  });

  it('drop what they do not understand, so that more is found and not less', async () => {
    const portal = await withCalls({ operatorId: 7 }, { operatorId: 9 });
    const found = (filter: object): Promise<number[]> => idsOf(portal, { FILTER: filter, ...byId });
    assert.deepEqual(await found({ PORTAL_USER: 7 }), [1, 2]);
    assert.deepEqual(await found({ '~PORTAL_USER_ID': 7 }), [1, 2]);
    assert.deepEqual(await found({ '@PORTAL_USER_ID': [7] }), [1, 2]);
    assert.deepEqual(await found({ portal_user_id: 7 }), [1, 2]);
    assert.deepEqual(await found({ PORTAL_USER_ID: [] }), [1, 2]);
    assert.deepEqual(await found({ '>ID': '$result[page][49][ID]' }), [1, 2]);
    assert.deepEqual(await found({ '>ID': '' }), [1, 2]);
    assert.deepEqual(await found({ '>=CALL_START_DATE': 'yesterday' }), [1, 2]);
    assert.deepEqual(await found({ RECORD_FILE_ID: 1 }), [1, 2]);
    assert.deepEqual(await idsOf(portal, { filter: { PORTAL_USER_ID: 7 }, ...byId }), [1, 2]);
  });

  it('compare dates as moments, whatever zone they are written in', async () => {
    const portal = await withCalls(
      { startedAt: noon - 1000 },
      { startedAt: noon },
      { startedAt: noon + 1000 },
    );
    const from = (date: string): Promise<number[]> =>
      idsOf(portal, { FILTER: { '>=CALL_START_DATE': date }, ...byId });
    assert.deepEqual(await from('2026-03-10T12:00:00+03:00'), [2, 3]);
    assert.deepEqual(await from('2026-03-10T09:00:00Z'), [2, 3]);
    assert.deepEqual(await from('2026-03-10T09:00:01+00:00'), [3]);
    assert.deepEqual(await from('2026-03-10 12:00:01'), [3], 'without an offset: in the zone of the portal');
    assert.deepEqual(await from('2026-03-11'), []);
    const before = { FILTER: { '<CALL_START_DATE': '2026-03-10T12:00:00+03:00' }, ...byId };
    assert.deepEqual(await idsOf(portal, before), [1]);
  });

  it('find one call by its CALL_ID, made up or not', async () => {
    const portal = await withCalls({ callId: 'call-of-a-test' });
    const { firstId } = portal.telephony.seed({ count: 500 });
    for (const { id, callId } of [1, firstId, firstId + 250].map((one) => portal.telephony.call(one)))
      assert.deepEqual(await idsOf(portal, { FILTER: { CALL_ID: callId } }), [id]);
    assert.deepEqual(await idsOf(portal, { FILTER: { CALL_ID: ['none', 'call-of-a-test'] } }), [1]);
  });

  it('treat empty, null and nothing alike', async () => {
    const portal = await withCalls({ app: true }, { recordUrl: '' }, { recordUrl: 'http://x.example/' });
    const found = (filter: object): Promise<number[]> => idsOf(portal, { FILTER: filter, ...byId });
    assert.deepEqual(await found({ CALL_RECORD_URL: '' }), [1, 2]);
    assert.deepEqual(await found({ '!CALL_RECORD_URL': '' }), [3]);
  });
});
