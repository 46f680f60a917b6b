import assert from 'node:assert/strict';
import { at, entriesAt, idAt, textAt } from '../../../lib/core/fields';
import type { CallCard } from '../../../sandbox/bitrix24';
import { viaWebhook } from '../sandbox-portal/support';
import { fields, mp3, sandboxBench } from '../sandbox-speechsense/support';
import { useStage, type Stage } from './support';

describe('the calls page of the sandbox', () => {
  const stage = useStage();
  const bench = sandboxBench();

  async function send({ speechSense }: Stage, { callId }: CallCard): Promise<string> {
    const metadata = {
      connection_id: speechSense.connectionId,
      fields: { ...fields, language: 'ru-RU', call_id: callId },
    };
    const audio = { audio_metadata: mp3, audio_data: { data: Buffer.from('sound') } };
    const answer = await bench.ask(speechSense, 'Upload', { metadata, audio });
    return textAt(answer, 'talk_id') ?? '';
  }

  async function transcriptOf({ speechSense }: Stage, talkId: string): Promise<string> {
    const request = { connection_id: speechSense.connectionId, talk_ids: [talkId] };
    const mask = { results_mask: { paths: ['transcription'] } };
    const answer = await bench.ask(speechSense, 'Get', { ...request, ...mask });
    const [talk] = entriesAt(answer, 'talk');
    return entriesAt(talk, 'transcription', 'phrases')
      .map((phrase) => textAt(phrase, 'phrase', 'text'))
      .join(' ');
  }

  it('puts what was sent last on top, with its fields', async () => {
    const here = stage();
    const [first, second, third] = [1, 2, 3].map(() => here.portal.telephony.addCall());
    assert.ok(first && second && third);
    await send(here, second);
    await send(here, first);
    const { body } = await here.get('/api/calls');
    assert.deepEqual(
      entriesAt(body, 'calls').map((call) => idAt(call, 'id')),
      [first.id, second.id, third.id],
    );
    assert.equal(textAt(entriesAt(body, 'calls')[0], 'talk', 'fields', 'call_id'), first.callId);
    assert.deepEqual([at(body, 'total'), at(body, 'withTalk')], [3, 2]);
    const sent = (await here.get('/api/calls?only=sent')).body;
    assert.equal(entriesAt(sent, 'calls').length, 2);
  });

  it('shows the transcript as soon as the portal has it', async () => {
    const here = stage();
    const call = here.portal.telephony.addCall();
    await send(here, call);
    const talk = async (): Promise<unknown> =>
      at(entriesAt((await here.get('/api/calls')).body, 'calls')[0], 'talk');
    assert.deepEqual(at(await talk(), 'transcript'), []);
    const said = [{ SIDE: 'Client', START_TIME: 0, STOP_TIME: 2, MESSAGE: 'Where is it?' }];
    const params = { CALL_ID: call.callId, MESSAGES: said };
    assert.equal((await viaWebhook(here.portal, 'telephony.call.attachTranscription', params)).status, 200);
    assert.deepEqual(at(await talk(), 'transcript'), [{ who: 'Client', text: 'Where is it?' }]);
  });

  it('plays the recording, as long as it is', async () => {
    const here = stage();
    const call = here.portal.telephony.addCall();
    const { bytes, headers, status } = await here.get(`/api/recording?call=${call.id}`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'audio/wav');
    assert.equal(headers['content-length'], String(bytes.length));
    assert.equal(bytes.subarray(0, 4).toString(), 'RIFF');
    assert.equal((await here.get('/api/recording?call=999')).status, 400);
  });

  it('ends a call when it is told to', async () => {
    const here = stage();
    const { body } = await here.post('/api/calls', '');
    const [call] = entriesAt((await here.get('/api/calls')).body, 'calls');
    assert.equal(idAt(call, 'id'), idAt(body, 'id'));
  });

  it('hears something else in each talk, always the same in one, in the language of who looked last', async () => {
    const here = stage();
    const calls = Array.from({ length: 30 }, () => here.portal.telephony.addCall());
    await here.get('/api/calls?lng=ru');
    const ids = await Promise.all(calls.map((call) => send(here, call)));
    const heard = await Promise.all(ids.map((id) => transcriptOf(here, id)));
    assert.ok(new Set(heard).size >= 3, 'all talks say much the same');
    assert.ok(heard.every((text) => /[а-я]{3}/.test(text)));
    await here.get('/api/calls?lng=en');
    assert.equal(await transcriptOf(here, ids[0] ?? ''), heard[0]);
    const [call] = calls;
    assert.ok(call);
    const english = await transcriptOf(here, await send(here, call));
    assert.match(english, /^[a-z0-9 ,.:?!'"-]+$/);
  });
});
