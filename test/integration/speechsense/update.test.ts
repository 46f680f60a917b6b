import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { chat, chatFields, speechSenseBench } from './support';

describe('the metadata of a talk', () => {
  const bench = speechSenseBench();

  it('is read first, and all of it sent again with the changes over it', async () => {
    const service = await bench.service();
    const client = bench.client(service, { connectionId: service.chatConnectionId });
    const { talkId } = await client.uploadText(chat, { ...chatFields, ticket_id: '7' }, { key: 'k' });
    const before = { ...service.talks[0]?.fields };
    await client.updateTalk(` ${talkId} `, {
      kind: 'chat',
      fields: { comment: 'again', client_name: 'Jon' },
    });
    assert.deepEqual(at(service.callsOf('Get')[0]?.messages[0], 'talk_ids'), [talkId]);
    assert.deepEqual(service.callsOf('UploadText')[1]?.messages, [
      {
        metadata: {
          connection_id: service.chatConnectionId,
          fields: { ...before, client_name: 'Jon', comment: 'again' },
        },
        talk_id: talkId,
      },
    ]);
    assert.equal(service.talks[0]?.fields['ticket_id'], '7');
    assert.equal(service.talks.length, 1);
  });

  it('loses a key only when the key is given without a value', async () => {
    const service = await bench.service();
    const client = bench.client(service, { connectionId: service.chatConnectionId });
    const { talkId } = await client.uploadText(chat, { ...chatFields, ticket_id: '7' }, { key: 'k' });
    await client.updateTalk(talkId, { kind: 'chat', fields: { ticket_id: null } });
    const { ticket_id, ...rest } = service.talks[0]?.fields ?? {};
    assert.deepEqual([ticket_id, rest['call_id']], [undefined, chatFields.call_id]);
    await assert.rejects(client.updateTalk(talkId, { kind: 'chat', fields: { bot_id: '' } }), {
      code: 'SPEECHSENSE_FIELD_MISSING',
    });
  });

  it('is changed by one at a time, so that two changes at once are both there', async () => {
    const service = await bench.service();
    const client = bench.client(service, { connectionId: service.chatConnectionId });
    const { talkId } = await client.uploadText(chat, chatFields, { key: 'k' });
    // The first one has to come again.
    service.script({ on: 'UploadText', refuse: { code: 14, message: 'later' } });
    await Promise.all([
      client.updateTalk(talkId, { kind: 'chat', fields: { vote: '5' } }),
      client.updateTalk(talkId, { kind: 'chat', fields: { deal: '17' } }),
    ]);
    const { vote, deal } = service.talks[0]?.fields ?? {};
    assert.deepEqual([vote, deal], ['5', '17']);
  });

  for (const [what, refuse] of [
    ['is not given by the connection', { code: 7, message: 'Permission denied' }],
    ['is of a talk that is not there', { code: 5, message: 'not found' }],
    ['needs more ids than the connection has', { code: 3, message: 'project_id is needed' }],
  ] as const) {
    it(`that ${what} is left as it is, unless all of it is given on purpose`, async () => {
      const service = await bench.service();
      const client = bench.client(service, { connectionId: service.chatConnectionId });
      const { talkId } = await client.uploadText(chat, { ...chatFields, ticket_id: '7' }, { key: 'k' });
      service.script({ on: 'Get', refuse });
      const fields = { ...chatFields, language: 'ru-RU' };
      await assert.rejects(client.updateTalk(talkId, { kind: 'chat', fields }), {
        code: 'SPEECHSENSE_UNREAD',
      });
      assert.equal(service.callsOf('UploadText').length, 1);
      await client.updateTalk(talkId, { kind: 'chat', fields, replace: true });
      assert.equal(service.talks[0]?.fields['ticket_id'], undefined);
      assert.equal(service.callsOf('Get').length, 1);
    });
  }

  it('of a talk that is not attached yet is not touched either', async () => {
    const service = await bench.service({ indexAfterMs: 3600_000 });
    const client = bench.client(service, { connectionId: service.chatConnectionId });
    const { talkId } = await client.uploadText(chat, chatFields, { key: 'k' });
    await assert.rejects(client.updateTalk(talkId, { kind: 'chat', fields: { comment: 'x' } }), {
      code: 'SPEECHSENSE_UNREAD',
    });
    assert.equal(service.callsOf('UploadText').length, 1);
  });

  it('is not called unreadable because of a key that is wrong, or an outage', async () => {
    const service = await bench.service();
    const wrong = bench.client(service, { credential: { authType: 'api-key', secret: 'another' } });
    await assert.rejects(wrong.updateTalk('aud1', { kind: 'audio', fields: {} }), {
      code: 'SPEECHSENSE_AUTH',
    });
    const client = bench.client(service);
    await service.stop();
    await assert.rejects(client.updateTalk('aud1', { kind: 'audio', fields: {} }), {
      code: 'SPEECHSENSE_UNREACHABLE',
    });
    await assert.rejects(client.updateTalk('  ', { kind: 'audio', fields: {} }), { code: 'INPUT_INVALID' });
  });
});
