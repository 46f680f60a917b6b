import assert from 'node:assert/strict';
import {
  callFields,
  readFieldRows,
  usualFieldRows,
  type CallFieldsInput,
  type FieldRow,
} from '../../../lib/sync/call-fields';

const row = {
  ...{ ID: '7', PORTAL_USER_ID: '1269', PORTAL_NUMBER: 'sip12', PHONE_NUMBER: '+15550100', CALL_TYPE: '2' },
  ...{ CALL_ID: 'externalCall.716f.1773130779', EXTERNAL_CALL_ID: 'pbx-1', CALL_CATEGORY: 'external' },
  ...{ CALL_LOG: 'https://log.example.com', CALL_DURATION: '95', CALL_FAILED_CODE: '200', CALL_VOTE: '0' },
  ...{ CALL_START_DATE: '2026-03-10T11:19:38+01:00', CALL_RECORD_URL: null, COST: '0.0000', COMMENT: '' },
  ...{ CRM_ENTITY_TYPE: 'CONTACT', CRM_ENTITY_ID: '275', CRM_ACTIVITY_ID: '12', RECORD_FILE_ID: 9079 },
};

interface Given extends Partial<Omit<CallFieldsInput, 'row'>> {
  changes?: object;
  fields?: readonly FieldRow[];
  callbackOutgoing?: boolean;
}

function fieldsOf({ changes, fields = [], callbackOutgoing = true, ...input }: Given = {}): object {
  const read = (): unknown => undefined;
  return callFields({ row: { ...row, ...changes }, names: {}, read, ...input }, { fields, callbackOutgoing });
}

describe('the metadata of a call', () => {
  it('has what SpeechSense requires, without any mapping', () => {
    assert.deepEqual(fieldsOf({ names: { operator: 'Orlova Anna', client: 'Ivanov Ivan' } }), {
      operator_id: '1269',
      operator_name: 'Orlova Anna',
      client_id: 'CONTACT_275',
      client_name: 'Ivanov Ivan',
      date: '2026-03-10T10:19:38.000Z',
      direction_outgoing: false,
    });
  });

  it('has a name for everybody, also when nobody found one out', () => {
    const { operator_name, client_name } = { operator_name: '', client_name: '', ...fieldsOf() };
    assert.deepEqual([operator_name, client_name], ['user 1269', '+15550100']);
    const unknown = fieldsOf({
      changes: { PORTAL_USER_ID: '0', CRM_ENTITY_ID: null, PHONE_NUMBER: '' },
      names: { operator: ' ' },
    });
    assert.deepEqual(Object.entries(unknown).slice(0, 4), [
      ['operator_id', '0'],
      ['operator_name', 'user 0'],
      ['client_id', 'anonymous'],
      ['client_name', 'anonymous'],
    ]);
  });

  for (const [type, expected] of [
    ['1', true],
    ['2', false],
    ['3', false],
    ['4', true],
    ['5', true],
    ['9', undefined],
  ] as const) {
    it(`says of the type ${type} whether the call went out: ${expected}`, () => {
      const fields = fieldsOf({ changes: { CALL_TYPE: type } });
      assert.equal(Reflect.get(fields, 'direction_outgoing'), expected);
    });
  }

  it('takes a callback for a call that came in, when told so', () => {
    const fields = fieldsOf({ changes: { CALL_TYPE: '4' }, callbackOutgoing: false });
    assert.equal(Reflect.get(fields, 'direction_outgoing'), false);
  });

  it('has no date where the portal gives none that can be read', () => {
    assert.ok(!('date' in fieldsOf({ changes: { CALL_START_DATE: 'yesterday' } })));
  });

  it('is an error for a row without an ID', () => {
    assert.throws(() => fieldsOf({ changes: { ID: '' } }), { code: 'INPUT_INVALID' });
  });

  it('has the 28 keys of the guide, as the row has them, and no empty ones', () => {
    assert.equal(usualFieldRows.length, 28);
    const full = Object.fromEntries(usualFieldRows.map(({ from, key }) => [from, `value of ${key}`]));
    const changes = { ...full, ID: '7', CALL_TYPE: '1', CALL_LOG: 'never' };
    const given = Object.entries(changes).filter(([name]) => name !== 'CALL_LOG');
    const mapped = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]));
    assert.equal(given.length, 28);
    assert.deepEqual(fieldsOf({ changes, fields: usualFieldRows }), { ...fieldsOf({ changes }), ...mapped });

    const some = fieldsOf({ fields: usualFieldRows });
    assert.ok(!('call_record_url' in some) && !('comment' in some) && !('session_id' in some));
    assert.equal(Reflect.get(some, 'record_file_id'), 9079);
    assert.equal(Reflect.get(some, 'call_vote'), '0');
  });

  it('has what the mapping names: a field, a property of the message, a text', () => {
    const fields = readFieldRows([
      { key: 'ticket_id', from: 'CRM_ACTIVITY_ID', fromType: 'row' },
      { key: 'operator_name', from: 'call.operator.login', fromType: 'msg' },
      { key: 'department', from: 'Sales', fromType: 'str' },
      { key: ' cost ' },
      { key: 'client_name', from: 'nowhere', fromType: 'msg' },
      { key: '', from: 'ID', fromType: 'row' },
    ]);
    const read = (path: string): unknown => (path === 'call.operator.login' ? 'anna' : undefined);
    const made = fieldsOf({ fields, read });
    const { ticket_id, operator_name, department, cost, client_name } = {
      ...{ ticket_id: '', operator_name: '', department: '', cost: '', client_name: '' },
      ...made,
    };
    assert.deepEqual(
      [ticket_id, operator_name, department, cost, client_name],
      ['12', 'anna', 'Sales', '0.0000', '+15550100'],
    );
    assert.equal(Object.keys(made).length, 9);
  });

  it('is what the mapping gives when there is no row', () => {
    const fields = readFieldRows([...usualFieldRows, { key: 'a', from: 'b', fromType: 'str' }]);
    assert.deepEqual(fieldsOf({ row: undefined, fields } as never), { a: 'b' });
  });

  it('has no source of another kind', () => {
    assert.throws(() => readFieldRows([{ key: 'a', from: 'b', fromType: 'jsonata' }]), {
      code: 'CONFIG_INVALID',
    });
  });
});
