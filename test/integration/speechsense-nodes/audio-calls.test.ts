import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { startRecordHost } from '../../../sandbox/bitrix24';
import { audioFlow, fullCall, sha256, useAudioHouse, type Row } from './audio-flow';

describe('calls of a portal on their way to SpeechSense, in a real Node-RED', function () {
  const house = useAudioHouse();
  const deploy = (changes: object = {}): Promise<void> =>
    house.deploy(audioFlow(house.service, house.portal, { ...changes }));

  before(() => deploy());

  it('have the 28 keys of the guide as the portal gives them, the required ones, and nothing else', async () => {
    const { callId } = house.portal.telephony.addCall(fullCall);
    house.portal.telephony.changeCall(callId, { recordUrl: 'https://records.example.com/a.wav' });
    const row = await house.rowOf(callId);
    const message = await house.upload(row);
    const [talk] = house.talksOf(row);
    // Only the calls of the portal's own telephone have a RECORD_DURATION.
    const sent = Object.entries(row).filter(([name, value]) => name !== 'CALL_LOG' && value !== null);
    assert.equal(sent.length, 27);
    const startedAt = new Date(String(row['CALL_START_DATE'])).toISOString();
    assert.deepEqual(talk?.fields, {
      ...Object.fromEntries(sent.map(([name, value]) => [name.toLowerCase(), String(value)])),
      ...{ call_start_date: startedAt, date: startedAt, direction_outgoing: 'true', language: 'ru-RU' },
      ...{ operator_id: '1', operator_name: 'Orlova Anna' },
      ...{ client_id: 'CONTACT_275', client_name: 'Ivanov Ivan' },
    });
    const bytes = house.bytesOf(row);
    assert.deepEqual([talk.size, talk.sha256], [bytes.length, sha256(bytes)]);
    assert.deepEqual(house.uploaded(message), {
      ...{ talkId: talk.id, connectionId: house.service.connectionId, uploadKey: callId, reused: false },
      ...{ bytes: bytes.length, durationSeconds: (bytes.length - 44) / 32_000, channels: 2, codec: 'lpcm16' },
    });
    assert.deepEqual(at(message, 'payload'), row);
  });

  it('have the 28th key when they are of the portal own telephone', async () => {
    const row = await house.newCall();
    await house.upload(row);
    assert.equal(house.talksOf(row)[0]?.fields['record_duration'], row['RECORD_DURATION']);
  });

  it('are one talk when they come twice, and are not fetched again', async () => {
    const row = await house.newCall();
    const first = house.uploaded(await house.upload(row));
    const second = house.uploaded(await house.upload(row));
    assert.deepEqual([second.talkId, first.reused, second.reused], [first.talkId, false, true]);
    await deploy();
    assert.equal(house.uploaded(await house.upload(row)).reused, true);
    assert.equal(house.talksOf(row).length, 1);
    assert.equal(house.portal.telephony.sentRecords(Number(row['ID'])), 1);
  });

  it('are one talk when they come four times at once', async () => {
    const row = await house.newCall();
    const talks = await Promise.all([1, 2, 3, 4].map(() => house.upload(row)));
    const ids = new Set(talks.map((talk) => house.uploaded(talk).talkId));
    assert.deepEqual([ids.size, house.talksOf(row).length], [1, 1]);
    assert.equal(house.portal.telephony.sentRecords(Number(row['ID'])), 1);
  });

  it('go side by side when they are different ones', async () => {
    const rows: Row[] = [];
    for (let count = 0; count < 8; count += 1) rows.push(await house.newCall());
    await Promise.all(rows.map((row) => house.upload(row)));
    assert.deepEqual(
      rows.map((row) => house.talksOf(row).map(({ sha256: digest }) => digest)),
      rows.map((row) => [sha256(house.bytesOf(row))]),
    );
  });

  it('are known by their id also when the metadata does not name it', async () => {
    await deploy({ fields: [{ key: 'ticket_id', from: 'CRM_ACTIVITY_ID', fromType: 'row' }] });
    const row = await house.newCall({ activityId: 77 });
    const { uploadKey, talkId } = house.uploaded(await house.upload(row));
    assert.equal(uploadKey, row['CALL_ID']);
    const { fields } = house.service.talks.find(({ id }) => id === talkId) ?? assert.fail('no talk');
    assert.deepEqual(Object.keys(fields).sort(), [
      ...['client_id', 'client_name', 'date', 'direction_outgoing', 'language'],
      ...['operator_id', 'operator_name', 'ticket_id'],
    ]);
    await deploy();
  });

  it('come from the portal that the node names, whatever the message says', async () => {
    const row = await house.newCall();
    const { portal, ...names } = Object.assign({ portal: {} }, house.messageOf(row).call);
    assert.ok(portal);
    assert.equal(at(await house.ask({ payload: row, call: names }), 'error', 'code'), 'CONFIG_MISSING');
    await deploy({ portal: 'portal' });
    house.uploaded(await house.ask({ payload: row, call: names }));
    assert.equal(house.talksOf(row).length, 1);
    await deploy();
  });

  it('are not fetched from another portal than their own', async () => {
    await deploy({ portal: 'portal' });
    const row = await house.newCall();
    const call = { portal: { nodeId: 'portal', memberId: 'another', domain: 'another.example.com' } };
    assert.equal(at(await house.ask({ payload: row, call }), 'error', 'code'), 'INPUT_INVALID');
    assert.equal(house.talksOf(row).length, 0);
    await deploy();
  });

  it('have their recording from the telephone system when the portal has none', async () => {
    const { telephony } = house.portal;
    const host = await startRecordHost(telephony);
    try {
      const card = telephony.addCall({ duration: 5, record: 'none' });
      telephony.changeCall(card.id, { recordUrl: `${host.origin}/records/${card.callId}.wav` });
      const row = await house.rowOf(card.callId);
      assert.equal(await house.refused(row), 'ADDRESS_REFUSED');
      assert.equal(host.requests.length, 0);
      await deploy({ allowPrivateNetwork: true });
      assert.equal(house.uploaded(await house.upload(row)).reused, false);
      const [request] = host.requests;
      assert.deepEqual(
        ['authorization', 'cookie', 'referer'].map((name) => request?.headers[name]),
        [undefined, undefined, undefined],
      );
    } finally {
      await host.stop();
      await deploy();
    }
  });
});
