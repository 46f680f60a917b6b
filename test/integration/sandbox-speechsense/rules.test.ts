import assert from 'node:assert/strict';
import { at, entriesAt } from '../../../lib/core/fields';
import { grpcStatus } from '../../../sandbox/speechsense';
import { fields, mp3, sandboxBench } from './support';

const chatFields = { ...fields, bot_name: 'bot', bot_id: 'bot' };
const timestamp = { seconds: '1773230932', nanos: 0 };
const data = Buffer.from('abc');

describe('the SpeechSense of the sandbox keeps to the rules', () => {
  const bench = sandboxBench();

  const badFields: Readonly<Record<string, Record<string, string>>> = {
    'a key is missing': { operator_id: '' },
    'a value is too long': { comment: 'ы'.repeat(513) },
    'a date has no zone': { date: '2026-03-10T10:19:38.000' },
    'a direction is a number': { direction_outgoing: '1' },
    'a language is a word': { language: 'russian' },
    'a value is the word null': { comment: 'null' },
  };
  for (const [name, changes] of Object.entries(badFields)) {
    it(`and refuses a talk when ${name}`, async () => {
      const service = await bench.service();
      const metadata = { connection_id: service.connectionId, fields: { ...fields, ...changes } };
      const request = { metadata, audio: { audio_metadata: mp3, audio_data: { data } } };
      await assert.rejects(bench.ask(service, 'Upload', request), { code: grpcStatus.invalidArgument });
      assert.equal(service.talks.length, 0);
      assert.equal(service.calls[0]?.status, grpcStatus.invalidArgument);
    });
  }

  it('and refuses an unknown connection, and one of another kind', async () => {
    const service = await bench.service();
    const upload = (connection_id: string): Promise<object> =>
      bench.ask(service, 'Upload', {
        metadata: { connection_id, fields },
        audio: { audio_metadata: mp3, audio_data: { data } },
      });
    await assert.rejects(upload('eagnobody'), { code: grpcStatus.notFound });
    await assert.rejects(upload(service.chatConnectionId), { code: grpcStatus.failedPrecondition });
  });

  it('and refuses streams in another order, without audio, and with empty chunks', async () => {
    const service = await bench.service();
    const metadata = { metadata: { connection_id: service.connectionId, fields } };
    const audio = { audio: { audio_metadata: mp3 } };
    const chunk = { audio: { chunk: { data } } };
    const empty = { audio: { chunk: { data: Buffer.alloc(0) } } };
    for (const messages of [
      [audio, metadata, chunk],
      [metadata, chunk],
      [metadata, audio],
      [metadata, audio, empty],
    ]) {
      await assert.rejects(bench.stream(service, 'UploadAsStream', messages), {
        code: grpcStatus.invalidArgument,
      });
    }
    assert.equal(service.talks.length, 0);
    await bench.stream(service, 'UploadAsStream', [metadata, audio, chunk, chunk]);
    assert.deepEqual(service.callsOf('UploadAsStream').at(-1)?.chunkSizes, [3, 3]);
  });

  it('and refuses messages of strangers, without a time, and out of order', async () => {
    const service = await bench.service();
    const metadata = { connection_id: service.chatConnectionId, fields: chatFields };
    const hello = { user_id: '587', timestamp, text: { text: 'Hello' } };
    const earlier = { ...hello, timestamp: { seconds: '1773230900', nanos: 0 } };
    for (const messages of [
      [],
      [{ ...hello, user_id: '1' }],
      [{ user_id: '587', text: { text: 'a' } }],
      [hello, earlier],
      [{ user_id: '587', timestamp }],
    ]) {
      await assert.rejects(bench.ask(service, 'UploadText', { metadata, text_content: { messages } }), {
        code: grpcStatus.invalidArgument,
      });
    }
    await bench.ask(service, 'UploadText', { metadata, text_content: { messages: [hello] } });
    assert.equal(service.talks.length, 1);
  });

  it('and lets in those who are known and belong to the space', async () => {
    const service = await bench.service();
    for (const authorization of ['Api-Key wrong', `Bearer ${service.apiKey}`, service.apiKey]) {
      await assert.rejects(bench.ask(service, 'ListModels', {}, authorization), {
        code: grpcStatus.unauthenticated,
      });
    }
    service.setMember(false);
    await assert.rejects(bench.ask(service, 'ListModels', {}), { code: grpcStatus.permissionDenied });
  });

  it('and takes a badge as an operation', async () => {
    const service = await bench.service();
    const operation = await bench.stream(service, 'UploadBadge', [
      { metadata: { connection_id: service.connectionId, fields } },
      { audio: { audio_metadata: mp3 } },
      { audio: { chunk: { data } } },
    ]);
    assert.equal(Reflect.get(operation, 'id'), `operation-${service.talks[0]?.id}`);
    assert.equal(Reflect.get(operation, 'done'), false);
    assert.deepEqual(service.callsOf('UploadBadge')[0]?.messages[2], { audio: { chunk: { data } } });
  });

  it('and has results after a while, and talks in the index after another', async () => {
    let now = Date.UTC(2026, 2, 11);
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    const service = await bench.service({ clock, readyAfterMs: 9000, indexAfterMs: 4000 });
    const metadata = { connection_id: service.connectionId, fields };
    await bench.ask(service, 'Upload', { metadata, audio: { audio_metadata: mp3, audio_data: { data } } });
    const talk_ids = [service.talks[0]?.id];
    const request = {
      connection_id: service.connectionId,
      talk_ids,
      results_mask: { paths: ['talk_state', 'transcription'] },
    };
    const seen = async (): Promise<unknown[]> => {
      const answer = await bench.ask(service, 'Get', request);
      return entriesAt(answer, 'talk').map((talk) => at(talk, 'transcription'));
    };
    assert.deepEqual(await seen(), []);
    now += 5000;
    assert.deepEqual(await seen(), [null]);
    now += 5000;
    assert.notEqual((await seen())[0], null);
  });
});
