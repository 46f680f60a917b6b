import assert from 'node:assert/strict';
import { manualClock } from '../../support/manual-clock';
import { ask, at, byId, rowsIn, servers } from './support';

const start = servers();
const noon = Date.parse('2026-03-10T12:00:00+03:00');

describe('sandbox telephony: rows of the statistics', () => {
  it('have all 29 fields, as texts or null, and one number', async () => {
    const portal = await start.portal();
    portal.telephony.addCall({ startedAt: noon, duration: 95, crm: { type: 'CONTACT', id: 12 } });
    const [row = {}] = rowsIn((await ask(portal, byId)).result);
    assert.equal(Object.keys(row).length, 29);
    const { RECORD_FILE_ID: fileId, ...others } = row;
    assert.equal(typeof fileId, 'number');
    for (const [name, value] of Object.entries(others))
      assert.ok(value === null || typeof value === 'string', `${name} is ${String(value)}`);
    assert.equal(row['CALL_START_DATE'], '2026-03-10T12:00:00+03:00');
    assert.deepEqual(
      [row['CALL_DURATION'], row['CRM_ENTITY_TYPE'], row['CRM_ENTITY_ID'], row['CALL_RECORD_URL']],
      ['95', 'CONTACT', '12', ''],
    );
  });

  it('of calls that did not take place have no recording, and their code is a text', async () => {
    const portal = await start.portal();
    portal.telephony.addCall({ failedCode: '603-S' });
    portal.telephony.addCall({ failedCode: 'OTHER', operatorId: null });
    portal.telephony.addCall({ type: 5, operatorId: 0 });
    const rows = rowsIn((await ask(portal, byId)).result);
    assert.deepEqual(
      rows.map((row) => [row['CALL_FAILED_CODE'], row['PORTAL_USER_ID'], row['RECORD_FILE_ID'] === null]),
      [
        ['603-S', '7', true],
        ['OTHER', null, true],
        ['200', '0', false],
      ],
    );
  });

  it('get their recording later, and another id with a file put in its place', async () => {
    const clock = manualClock(noon);
    const portal = await start.portal({ clock });
    const late = portal.telephony.addCall({ record: { afterMs: 600_000 } });
    const fileId = async (): Promise<unknown> => at((await ask(portal, byId)).result, 0, 'RECORD_FILE_ID');
    assert.equal(await fileId(), null);
    await clock.advance(600_000);
    const first = await fileId();
    assert.equal(typeof first, 'number');
    const second = portal.telephony.attachRecord(late.callId);
    assert.notEqual(second, first);
    assert.equal(await fileId(), second);
    portal.telephony.removeRecord(late.id);
    assert.equal(await fileId(), null);
  });

  it('of another telephone system name a recording on another host, and none on the drive', async () => {
    const portal = await start.portal();
    portal.telephony.addCall({ app: true, recordUrl: 'http://pbx.example/1.wav' });
    portal.telephony.addCall({ app: true });
    const [atPbx = {}, onDrive = {}] = rowsIn((await ask(portal, byId)).result);
    assert.deepEqual([atPbx['RECORD_FILE_ID'], atPbx['CALL_RECORD_URL']], [null, 'http://pbx.example/1.wav']);
    assert.deepEqual([typeof onDrive['RECORD_FILE_ID'], onDrive['CALL_RECORD_URL']], ['number', null]);
    assert.match(String(onDrive['CALL_ID']), /^externalCall\.[0-9a-f]{32}\.\d+$/);
    assert.deepEqual([onDrive['SESSION_ID'], onDrive['RECORD_DURATION']], [null, null]);
  });

  it('written down late have a higher id and an old date', async () => {
    const portal = await start.portal();
    const { lastId } = portal.telephony.seed({ count: 10, to: noon });
    const late = portal.telephony.addCall({ startedAt: noon - 40 * 86_400_000 });
    assert.equal(late.id, lastId + 1);
    const rows = rowsIn((await ask(portal, byId)).result);
    assert.equal(rows.at(-1)?.['CALL_START_DATE'], '2026-01-29T12:00:00+03:00');
    assert.throws(() => portal.telephony.addCall({ id: 3 }), /ids only grow/);
  });
});
