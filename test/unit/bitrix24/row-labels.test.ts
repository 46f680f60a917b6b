import assert from 'node:assert/strict';
import { readCall, type Call } from '../../../lib/bitrix24/calls/call';
import type { FoundChat } from '../../../lib/bitrix24/chats/history';
import { labelOfCall, maskedNumber } from '../../../nodes/voximplant-calls/call-label';
import { createChatLabels } from '../../../nodes/openline-chats/chat-label';

const row = {
  ...{ ID: '5', CALL_ID: '716CC6F5', CALL_TYPE: '2', CALL_DURATION: '134', PORTAL_USER_ID: '7' },
  ...{ PHONE_NUMBER: '+77011234567', CALL_START_DATE: '2026-03-10T14:05:00+05:00' },
};

function callOf(changes: Readonly<Record<string, string>> = {}, name?: string): Call {
  const call = readCall({ ...row, ...changes }) ?? assert.fail('no call');
  return name === undefined ? call : { ...call, operator: { ...call.operator, name } };
}
const titleOf = (changes?: Readonly<Record<string, string>>, name?: string): string =>
  labelOfCall(callOf(changes, name)).title;

describe('what a call is called in a list', () => {
  it('says who called whom and for how long, with its time and its id beside it', () => {
    assert.deepEqual(labelOfCall(callOf({}, 'Anna')), {
      title: '+7 701 … 67 → Anna, 2:14',
      mark: '716CC6F5',
      at: Date.UTC(2026, 2, 10, 9, 5),
    });
  });

  it('begins with the operator where the operator has called', () => {
    for (const type of ['1', '4']) {
      assert.equal(titleOf({ CALL_TYPE: type }, 'Anna'), 'Anna → +7 701 … 67, 2:14');
    }
    assert.equal(titleOf({ CALL_TYPE: '3' }, 'Anna'), '+7 701 … 67 → Anna, 2:14');
  });

  it('says what is known while there is no name, no operator or no number', () => {
    assert.equal(titleOf(), '+7 701 … 67 → user 7, 2:14');
    assert.equal(titleOf({ PORTAL_USER_ID: '0', CALL_DURATION: '0' }), '+7 701 … 67, 0:00');
    const inCrm = { PHONE_NUMBER: '', CRM_ENTITY_TYPE: 'CONTACT', CRM_ENTITY_ID: '275' };
    assert.equal(titleOf({ ...inCrm, CALL_DURATION: '3725' }), 'CONTACT_275 → user 7, 1:02:05');
  });

  it('never has the whole number of a client, and the whole one of a colleague', () => {
    const shown = {
      '87011234567': '8 701 … 67',
      '+380501234567': '+38050 … 67',
      '7-701-123-45-67': '7 701 … 67',
      '1234567': '1 … 67',
      '123456': '1 … 56',
      '101': '101',
      'sip:anna@pbx.example': 'sip…',
      '': '',
    };
    for (const [phone, text] of Object.entries(shown)) assert.equal(maskedNumber(phone), text);
  });
});

describe('what a chat is called in a list', () => {
  const filter: FoundChat['filter'] = { sent: {}, judge: () => 'wanted', isLineWanted: () => true };
  const found = (connector: string): FoundChat => ({
    activity: {
      ...{ id: 9, sessionId: 812, isChat: true, isCompleted: true, connector, line: 3 },
      ...{ startedAt: '', endedAt: '', responsibleId: undefined, owner: undefined },
    },
    ...{ filter, group: undefined },
  });
  const labels = createChatLabels({ label: () => ({ title: 'session 812', at: 5 }) });

  it('says by which connector it came, and who had it once that was read', () => {
    const chat = found('telegrambot');
    assert.deepEqual(labels.of(chat), { title: 'session 812, telegrambot', at: 5 });
    labels.note(chat, { metadata: { operator_id: '7', operator_name: 'Anna', client_name: 'Zoe' } });
    assert.deepEqual(labels.of(chat), { title: 'session 812, telegrambot → Anna', at: 5 });
  });

  it('leaves out what nobody knows', () => {
    const chat = found('');
    labels.note(chat, { metadata: { operator_id: 'operator', operator_name: 'user operator' } });
    assert.deepEqual(labels.of(chat), { title: 'session 812', at: 5 });
  });
});
