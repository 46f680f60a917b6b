import assert from 'node:assert/strict';
import { readCall } from '../../../lib/bitrix24/calls/call';

const external = {
  ID: '7',
  CALL_ID: 'externalCall.716f1cb73def9700a23842adf9c4c568.1773130779',
  PORTAL_USER_ID: '1269',
  PORTAL_NUMBER: 'REST_APP:',
  PHONE_NUMBER: '+79061234568',
  CALL_DURATION: '95',
  CALL_START_DATE: '2026-03-10T11:19:38+01:00',
  CALL_RECORD_URL: null,
  CALL_FAILED_CODE: '200',
  CRM_ENTITY_TYPE: 'CONTACT',
  CRM_ENTITY_ID: '275',
  CRM_ACTIVITY_ID: '7953',
  RECORD_FILE_ID: 9079,
  CALL_TYPE: '2',
};

describe('a row of the call statistics (bitrix24-telephony 2.2)', () => {
  it('a whole one', () => {
    assert.deepEqual(readCall(external), {
      id: 7,
      callId: 'externalCall.716f1cb73def9700a23842adf9c4c568.1773130779',
      startedAt: '2026-03-10T10:19:38.000Z',
      durationSeconds: 95,
      direction: 'incoming',
      failedCode: '200',
      operator: { id: '1269' },
      client: { id: 'CONTACT_275', phone: '+79061234568' },
      line: 'REST_APP:',
      recordFileId: 9079,
      activityId: 7953,
      crm: { type: 'CONTACT', id: 275 },
    });
  });

  it('numbers for texts and texts for numbers mean the same', () => {
    const asNumbers = {
      ...external,
      ID: 7,
      PORTAL_USER_ID: 1269,
      CALL_DURATION: 95,
      CALL_FAILED_CODE: 200,
      CRM_ENTITY_ID: 275,
      CRM_ACTIVITY_ID: 7953,
      RECORD_FILE_ID: '9079',
      CALL_TYPE: 2,
    };
    assert.deepEqual(readCall(asNumbers), readCall(external));
  });

  for (const nothing of ['', null, '0', 0, undefined]) {
    it(`${JSON.stringify(nothing)} is nothing`, () => {
      const fields = [
        'PORTAL_USER_ID',
        'RECORD_FILE_ID',
        'CRM_ENTITY_ID',
        'CRM_ACTIVITY_ID',
        'CALL_DURATION',
      ];
      const call = readCall({ ...external, ...Object.fromEntries(fields.map((field) => [field, nothing])) });
      assert.deepEqual(call?.operator, { id: '' });
      assert.deepEqual(call?.client, { id: '+79061234568', phone: '+79061234568' });
      assert.equal(call?.durationSeconds, 0);
      for (const key of ['recordFileId', 'activityId', 'crm', 'recordUrl']) assert.ok(!(key in call), key);
    });
  }

  it('an empty address of a recording is none, another one is kept as it is', () => {
    assert.ok(!('recordUrl' in (readCall({ ...external, CALL_RECORD_URL: '' }) ?? {})));
    const call = readCall({ ...external, CALL_RECORD_URL: 'https://pbx.example/1.mp3?x=1' });
    assert.equal(call?.recordUrl, 'https://pbx.example/1.mp3?x=1');
  });

  it('every type of call, and those that are none', () => {
    const directions = ['1', '2', '3', '4', '5', '6', '', null].map(
      (CALL_TYPE) => readCall({ ...external, CALL_TYPE })?.direction,
    );
    assert.deepEqual(directions, [
      'outgoing',
      'incoming',
      'redirected',
      'callback',
      'robot',
      'unknown',
      'unknown',
      'unknown',
    ]);
  });

  it('results of a call are texts', () => {
    assert.equal(readCall({ ...external, CALL_FAILED_CODE: '603-S' })?.failedCode, '603-S');
    assert.equal(readCall({ ...external, CALL_FAILED_CODE: null })?.failedCode, '');
  });

  it('dates of every spelling with an offset; one without is nobody’s', () => {
    const times = [
      '2026-03-10T10:19:38Z',
      '2026-03-10T13:19:38+0300',
      '2026-03-10 13:19:38+03:00',
      '2026-03-10T10:19:38.000+00:00',
    ];
    for (const CALL_START_DATE of times)
      assert.equal(readCall({ ...external, CALL_START_DATE })?.startedAt, '2026-03-10T10:19:38.000Z');
    for (const CALL_START_DATE of ['2026-03-10T10:19:38', '2026-13-40T10:19:38Z', '', null, 'yesterday'])
      assert.equal(readCall({ ...external, CALL_START_DATE })?.startedAt, '');
  });

  it('without a usable ID there is no call', () => {
    for (const ID of [undefined, null, '', '0', 0, 'x', '-1', '1.5', {}])
      assert.equal(readCall({ ...external, ID }), undefined);
  });

  it('without a CALL_ID it is called by its row', () => {
    assert.equal(readCall({ ...external, CALL_ID: null })?.callId, 'ID_7');
  });
});
