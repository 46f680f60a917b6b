import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import type { CallRecord } from '../../../sandbox/speechsense';
import { mp3 } from '../../support/audio/mp3';
import { oggOpus } from '../../support/audio/ogg';
import {
  bytesOf,
  callFields,
  chat,
  chatFields,
  rules,
  sha256,
  sourceOf,
  speechSenseBench,
  wavOf,
} from './support';

const fields = {
  ...callFields,
  date: '2026-03-10T10:19:38.000Z',
  direction_outgoing: 'false',
  language: 'ru-RU',
};

describe('speechsense on the wire, read by tables of its own', () => {
  const bench = speechSenseBench();

  it('streams metadata, what the audio is, and its bytes in order', async () => {
    const service = await bench.service();
    const client = bench.client(service, { limits: { chunkBytes: 4096 } });
    const bytes = mp3(48);
    const talk = await client.uploadAudio(sourceOf(bytes), {
      key: 'k',
      fields: callFields,
      rules,
      method: 'stream',
    });
    const [call] = service.callsOf('UploadAsStream');
    assert.deepEqual(call?.messages.slice(0, 2), [
      { metadata: { connection_id: service.connectionId, fields } },
      {
        audio: { audio_metadata: { container_audio: { container_audio_type: 'CONTAINER_AUDIO_TYPE_MP3' } } },
      },
    ]);
    assert.deepEqual(Buffer.concat(chunksOf(call)), bytes);
    assert.deepEqual(call?.chunkSizes, [4096, 4096, bytes.length - 8192]);
    assert.equal(talk.talkId, service.talks[0]?.id);
    assert.equal(talk.bytes, bytes.length);
  });

  it('sends a small recording as one message', async () => {
    const service = await bench.service();
    const bytes = bytesOf(3000);
    await bench.client(service).uploadAudio(sourceOf(bytes), {
      key: 'k',
      fields: callFields,
      rules: { ...rules, raw: { sampleRate: 8000, channels: 2 } },
    });
    assert.deepEqual(service.callsOf('Upload')[0]?.messages, [
      {
        metadata: { connection_id: service.connectionId, fields },
        audio: {
          audio_metadata: {
            raw_audio: {
              audio_encoding: 'AUDIO_ENCODING_LINEAR16_PCM',
              sample_rate_hertz: '8000',
              audio_channel_count: '2',
            },
          },
          audio_data: { data: bytes },
        },
      },
    ]);
    assert.equal(service.talks[0]?.sha256, sha256(bytes));
  });

  it('sends a chat in the order of time, with its times in UTC', async () => {
    const service = await bench.service();
    const client = bench.client(service, { connectionId: service.chatConnectionId });
    const talk = await client.uploadText({ messages: chat.messages.toReversed() }, chatFields, { key: 'k' });
    assert.deepEqual(service.callsOf('UploadText')[0]?.messages, [
      {
        metadata: {
          connection_id: service.chatConnectionId,
          fields: { ...fields, bot_name: 'bot', bot_id: 'bot', date: '2026-03-11T12:08:52.000Z' },
        },
        text_content: {
          messages: [
            { user_id: '587', timestamp: { seconds: '1773230932' }, text: { text: 'Hello' } },
            {
              user_id: 'bot',
              timestamp: { seconds: '1773230933', nanos: 250_000_000 },
              text: { text: 'Good day' },
            },
            { user_id: '103', timestamp: { seconds: '1773230950' }, text: { text: 'Anna here' } },
          ].map(withNanos),
        },
      },
    ]);
    assert.equal(talk.messages, 3);
  });

  it('replaces the metadata of a talk without sending audio', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const { talkId } = await client.uploadAudio(sourceOf(wavOf(100)), {
      key: 'k',
      fields: callFields,
      rules,
    });
    await client.updateTalk(talkId, { kind: 'audio', fields: { ...callFields, comment: 'again' } });
    assert.deepEqual(service.callsOf('Upload')[1]?.messages, [
      {
        metadata: { connection_id: service.connectionId, fields: { ...fields, comment: 'again' } },
        talk_id: talkId,
      },
    ]);
    assert.equal(service.talks.length, 1);
    assert.equal(service.talks[0]?.fields['comment'], 'again');
  });

  it('searches and gets with every place and mask given', async () => {
    const service = await bench.service({ readyAfterMs: 0 });
    const client = bench.client(service, {
      projectId: service.projectId,
      spaceId: 'f3f',
      organizationId: 'bpf',
    });
    const { talkId } = await client.uploadAudio(sourceOf(oggOpus(50)), {
      key: 'k',
      fields: callFields,
      rules,
    });
    const filter = { key: 'userMeta.call_id', any_match: { values: [callFields.call_id] } };
    const found = await client.search({
      filters: [filter],
      query: { text: 'delivery', channel_number: { value: '1' } },
      sort: { fields: [{ field: 'userMeta.date', order: 'SORT_ORDER_DESC', position: '0' }] },
      pageSize: 7,
    });
    assert.deepEqual(found, { talkIds: [talkId], count: 1, nextPageToken: undefined });
    await client.get([talkId], { results: ['transcription', 'talk_state'] });
    const place = {
      organization_id: 'bpf',
      space_id: 'f3f',
      connection_id: service.connectionId,
      project_id: service.projectId,
    };
    assert.deepEqual(service.callsOf('Search')[0]?.messages, [
      {
        ...place,
        filters: [filter],
        query: { text: 'delivery', channel_number: { value: '1' } },
        page_size: '7',
        sort_data: { fields: [{ field: 'userMeta.date', order: 'SORT_ORDER_DESC', position: '0' }] },
      },
    ]);
    assert.deepEqual(service.callsOf('Get')[0]?.messages, [
      { ...place, talk_ids: [talkId], results_mask: { paths: ['transcription', 'talk_state'] } },
    ]);
  });

  it('names the caller in the same way on every call of a talk', async () => {
    const service = await bench.service();
    service.script({ refuse: { code: 14, message: 'try later' } });
    const client = bench.client(service);
    const options = { fields: callFields, rules, method: 'stream' as const };
    await client.uploadAudio(sourceOf(wavOf(100)), { key: 'one', ...options });
    await client.uploadAudio(sourceOf(wavOf(100)), { key: 'two', ...options });
    const ids = service.callsOf('UploadAsStream').map(({ headers }) => headers['x-client-request-id']);
    assert.match(String(ids[0]), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(ids[0], ids[1]);
    assert.notEqual(ids[1], ids[2]);
    assert.equal(service.calls[0]?.headers.authorization, `Api-Key ${service.apiKey}`);
  });
});

function chunksOf(call: CallRecord | undefined): Buffer[] {
  return (call?.messages ?? []).flatMap((message) => {
    const chunk = at(message, 'audio', 'chunk', 'data');
    return Buffer.isBuffer(chunk) ? [chunk] : [];
  });
}

/** What is 0 is on the wire only when it was written down. */
function withNanos<T extends { timestamp: { nanos?: number } }>(message: T): T {
  return { ...message, timestamp: { nanos: 0, ...message.timestamp } };
}
