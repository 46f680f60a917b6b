import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import { until } from '../../support/until';
import { onceTalked, sourceId, useCallsHouse } from './calls-house';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('calls that are not like the others', function () {
  const house = useCallsHouse();

  it('wait for a recording that comes late, and are sent when it is there', async () => {
    const place = await house.open();
    const { telephony } = place.portal;
    const late = telephony.addCall({ duration: 40, record: 'none' });
    const next = telephony.addCall({ duration: 40 });
    const first = await place.run();
    assert.deepEqual([first['sent'], first['lateNow'], first['position']], [1, 1, next.id]);
    await place.run({ action: 'late' });
    assert.deepEqual(onceTalked(place), [next.id]);
    telephony.attachRecord(late.id);
    const second = await place.run({ action: 'late' });
    assert.deepEqual([second['sent'], second['lateNow']], [1, 0]);
    assert.deepEqual(onceTalked(place), [late.id, next.id]);
  });

  it('are sent once when the recording is attached ten minutes later, by the pauses of 2, 5 and 15 minutes', async () => {
    const place = await house.open();
    const { telephony } = place.portal;
    const { id } = telephony.addCall({ duration: 40, record: 'none' });
    const now = Date.now;
    const lateAfter = async (minutes: number): Promise<unknown[]> => {
      Date.now = () => now() + minutes * MINUTE_MS;
      const { sent, late, lateNow } = await place.run();
      return [sent, late, lateNow];
    };
    try {
      assert.deepEqual(await lateAfter(0), [0, 1, 1]);
      // Not due yet, so nobody looks.
      assert.deepEqual(await lateAfter(1), [0, 0, 1]);
      assert.deepEqual(await lateAfter(2.5), [0, 1, 1]);
      assert.deepEqual(await lateAfter(8), [0, 1, 1]);
      telephony.attachRecord(id);
      assert.deepEqual(await lateAfter(10), [0, 0, 1]);
      assert.equal(place.service.talks.length, 0);
      assert.deepEqual(await lateAfter(24), [1, 0, 0]);
      assert.deepEqual(await lateAfter(60), [0, 0, 0]);
    } finally {
      Date.now = now;
    }
    assert.deepEqual(onceTalked(place), [id]);
  });

  it('are not among the late ones when the file server is out of order, and are sent when it is back', async () => {
    const place = await house.open({ changes: { source: { attempts: 1 } } });
    const calls = Array.from({ length: 12 }, () => place.portal.telephony.addCall({ duration: 40 }).id);
    const overload = { status: 503, error: 'OVERLOAD' };
    place.portal.failNext({ method: 'download', with: overload, times: Infinity });
    const outage = await place.run();
    assert.deepEqual([outage['how'], outage['lateNow']], ['failed', 0]);
    assert.ok(Number(outage['failedNow']) < 4, `${String(outage['failedNow'])} of 12`);
    place.portal.clearFaults();
    await place.run();
    await place.run({ action: 'retry' });
    assert.deepEqual(onceTalked(place), calls);
  });

  it('go to the failed ones when a page stands in the place of the recording', async () => {
    const place = await house.open({ changes: { source: { attempts: 2 } } });
    const { telephony } = place.portal;
    const { id } = telephony.addCall({ duration: 40 });
    telephony.breakRecord(id, 'html', Infinity);
    const summary = await place.run();
    assert.deepEqual([summary['failed'], summary['lateNow']], [1, 0]);
    const { failedRows } = await place.ask({ action: 'status' });
    assert.match(JSON.stringify(failedRows), /BITRIX_UNREACHABLE: [^"]*PAGE/);
  });

  it('wait as well when only the download shows that the recording is not there', async () => {
    const place = await house.open();
    const { telephony } = place.portal;
    const emptied = telephony.addCall({ duration: 40, record: { bytes: Buffer.alloc(0) } });
    assert.equal((await place.run())['late'], 1);
    const replaced = telephony.addCall({ duration: 40 });
    place.portal.failNext({ method: 'disk.file.get', with: { status: 400, error: 'ERROR_NOT_FOUND' } });
    const second = await place.run();
    assert.deepEqual([second['late'], second['lateNow'], second['failedNow']], [1, 2, 0]);
    assert.equal(place.talkCounts().size, 0);
    telephony.attachRecord(emptied.id);
    telephony.attachRecord(replaced.id);
    assert.equal((await place.run({ action: 'late' }))['sent'], 2);
    assert.deepEqual(onceTalked(place), [emptied.id, replaced.id]);
  });

  it('are found although they were written late, with an old date, or in the same second', async () => {
    const place = await house.open();
    const { telephony } = place.portal;
    const startedAt = Date.now() - HOUR_MS;
    const twins = [1, 2].map(() => telephony.addCall({ duration: 40, startedAt }).id);
    await place.run();
    const old = telephony.addCall({ duration: 40, startedAt: startedAt - 48 * HOUR_MS }).id;
    const twin = telephony.addCall({ duration: 40, startedAt }).id;
    await place.run();
    assert.deepEqual(onceTalked(place), [...twins, old, twin]);
  });

  it('go to the failed ones with a reason when they fail, and are sent when a person asks for it', async () => {
    const place = await house.open({ changes: { source: { attempts: 2 } } });
    const { telephony } = place.portal;
    const before = telephony.addCall({ duration: 40 }).id;
    const broken = telephony.addCall({ duration: 40 }).id;
    const after = telephony.addCall({ duration: 40 }).id;
    telephony.breakRecord(broken, 'reset', Infinity);
    const summary = await place.run();
    assert.deepEqual([summary['sent'], summary['failed'], summary['position']], [2, 1, after]);
    const { failedRows } = await place.ask({ action: 'status' });
    const [failed] = Array.isArray(failedRows) ? (failedRows as unknown[]) : [];
    assert.deepEqual([at(failed, 'id'), at(failed, 'tries')], [broken, 2]);
    assert.match(textAt(failed, 'reason') ?? '', /^[A-Z]+_[A-Z_]+: ./);
    assert.match(textAt(failed, 'title') ?? '', /^\S.* … \d\d → .+, 0:40$|^.+ → \S.* … \d\d, 0:40$/);
    assert.equal(textAt(failed, 'mark'), textAt(await place.rowOf(broken), 'CALL_ID'));
    const told = house.scene.watch.heard('bitlane-calls-errors');
    assert.ok(told.some((message) => at(message, 'error', 'code') === 'SYNC_ROW_FAILED'));
    telephony.breakRecord(broken, 'reset', 0);
    await place.press('bitlane-calls-retry');
    await until(() => place.reports().length > 1, 'the end of the second run');
    assert.equal(place.reports()[1]?.['failedNow'], 0);
    assert.deepEqual(onceTalked(place), [before, broken, after]);
  });

  it('are not tried again when another try would end in the same way', async () => {
    const place = await house.open();
    const mono = place.portal.telephony.addCall({ duration: 40, record: { channels: 1 } }).id;
    assert.equal((await place.run())['failed'], 1);
    assert.equal(place.portal.telephony.sentRecords(mono) <= 1, true);
    const { failedRows } = await place.ask({ action: 'status' });
    assert.match(JSON.stringify(failedRows), /AUDIO_MONO/);
    await place.deploy({ upload: { mono: 'allow' } });
    await place.run({ action: 'retry', ids: [mono] });
    assert.deepEqual(onceTalked(place), [mono]);
  });

  it('can be dropped from the failed ones', async () => {
    const place = await house.open();
    place.portal.telephony.addCall({ duration: 40, record: { channels: 1 } });
    await place.run();
    const status = await place.ask({ action: 'drop' });
    assert.deepEqual(status['failedRows'], []);
    assert.equal((await place.run())['handled'], 0);
  });

  it('are sent without names when the portal gives none', async () => {
    const scopes = ['telephony', 'disk'];
    const place = await house.open({ portal: { webhook: { scopes } } });
    const call = place.portal.telephony.addCall({ duration: 40, crm: { type: 'CONTACT', id: 9 } });
    await place.run();
    const { fields } = place.talkOf(call.id);
    assert.deepEqual([fields['operator_name'], fields['client_name']], ['user 7', call.phone]);
  });

  it('are not begun with when the portal refuses, and the next start goes on', async () => {
    const place = await house.open();
    const call = place.portal.telephony.addCall({ duration: 40 });
    const denied = { status: 403, error: 'ACCESS_DENIED' };
    place.portal.failNext({ method: 'voximplant.statistic.get', with: denied, times: Infinity });
    const failed = await place.run();
    assert.deepEqual([failed['how'], at(failed, 'error', 'code')], ['failed', 'BITRIX_AUTH']);
    await until(() => house.scene.watch.status(sourceId) === 'bitlane.brief.BITRIX_AUTH', 'the status');
    place.portal.clearFaults();
    assert.equal((await place.run())['sent'], 1);
    assert.deepEqual(onceTalked(place), [call.id]);
  });
});
