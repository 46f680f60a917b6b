import assert from 'node:assert/strict';
import { until } from '../../support/until';
import { fullCall } from '../speechsense-nodes/audio-flow';
import { onceTalked, useCallsHouse } from './calls-house';

describe('the flow that is shipped for calls, with its variables set', function () {
  const house = useCallsHouse();

  it('sends every call once, with the fields of its row and those that are required', async () => {
    const place = await house.open();
    const { telephony, crm } = place.portal;
    crm.addItem({ type: 'CONTACT', id: 275, name: 'Ivan', lastName: 'Ivanov', secondName: 'P.' });
    const own = telephony.addCall({ duration: 40, type: 2, operatorId: 9, phone: '+74950000001' });
    const foreign = telephony.addCall({ ...fullCall, duration: 45, operatorId: 7 });
    telephony.changeCall(foreign.id, { recordUrl: 'https://records.example.com/a.wav' });
    await place.press('bitlane-calls-start');
    await until(() => place.reports().length > 0, 'the end of the run');

    assert.deepEqual(onceTalked(place), [own.id, foreign.id]);
    const required = {
      [own.id]: {
        ...{ operator_id: '9', operator_name: 'Operator Peter', direction_outgoing: 'false' },
        ...{ client_id: '+74950000001', client_name: '+74950000001' },
      },
      [foreign.id]: {
        ...{ operator_id: '7', operator_name: 'Operator Olga', direction_outgoing: 'true' },
        ...{ client_id: 'CONTACT_275', client_name: 'Ivanov Ivan P.' },
      },
    };
    const keys = new Set<string>();
    for (const { id } of [own, foreign]) {
      const row = await place.rowOf(id);
      const startedAt = new Date(String(row['CALL_START_DATE'])).toISOString();
      const sent = Object.entries(row)
        .filter(([name, value]) => name !== 'CALL_LOG' && value !== null && value !== '')
        .map(([name, value]) => [name.toLowerCase(), String(value)] as const);
      for (const [key] of sent) keys.add(key);
      assert.deepEqual(place.talkOf(id).fields, {
        ...Object.fromEntries(sent),
        ...required[id],
        ...{ call_start_date: startedAt, date: startedAt, language: 'ru-RU' },
      });
    }
    assert.equal(keys.size, 28);
    const [summary] = place.reports();
    assert.deepEqual([summary?.['how'], summary?.['sent'], summary?.['position']], ['done', 2, foreign.id]);
  });

  it('counts without sending, tells how far it is, and goes on where it stopped', async () => {
    const place = await house.open();
    const { telephony } = place.portal;
    const first = telephony.addCall({ duration: 35 });
    telephony.addCall({ duration: 5 });
    await place.press('bitlane-calls-count');
    await until(() => place.reports('dry-run').length > 0, 'the count');
    const [counted] = place.reports('dry-run');
    assert.equal(counted?.['wanted'], 1);
    assert.equal(place.service.talks.length, 0);
    await place.press('bitlane-calls-start');
    await until(() => place.reports().length === 1, 'the end of the run');
    const second = telephony.addCall({ duration: 35 });
    await place.press('bitlane-calls-start');
    await until(() => place.reports().length === 2, 'the end of the second run');
    assert.deepEqual(onceTalked(place), [first.id, second.id]);
    assert.equal(telephony.sentRecords(first.id), 1);
    await place.press('bitlane-calls-status');
    await until(() => place.reports('status').length > 0, 'the status');
    assert.equal(place.reports('status')[0]?.['position'], second.id);
  });

  it('begins anew after a reset, and uploads nothing a second time', async () => {
    const place = await house.open();
    const { telephony } = place.portal;
    const ids = [1, 2, 3].map(() => telephony.addCall({ duration: 35 }).id);
    await place.run();
    const status = await place.ask({ action: 'reset' });
    assert.deepEqual([status['position'], status['state']], [0, 'idle']);
    assert.equal((await place.run())['sent'], 3);
    assert.deepEqual(onceTalked(place), ids);
    const reused = house.scene.watch.heard('bitlane-calls-talk').map(reusedIn);
    assert.deepEqual(reused, [false, false, false, true, true, true]);
    assert.deepEqual(
      ids.map((id) => telephony.sentRecords(id)),
      [1, 1, 1],
    );
  });
});

function reusedIn(message: unknown): unknown {
  return Object.assign({ speechsense: { reused: undefined } }, message).speechsense.reused;
}
