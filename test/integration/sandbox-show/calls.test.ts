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

  const listed = async (query = ''): Promise<(number | undefined)[]> =>
    entriesAt((await stage().get(`/api/calls${query}`)).body, 'calls').map((call) => idAt(call, 'id'));

  it('has the latest calls on top, whichever were sent', async () => {
    const here = stage();
    const [last, first, middle] = [3, 1, 2].map((hour) =>
      here.portal.telephony.addCall({ startedAt: Date.now() - (4 - hour) * 3_600_000 }),
    );
    assert.ok(first && middle && last);
    const order = [last.id, middle.id, first.id];
    assert.deepEqual(await listed(), order);
    await send(here, first);
    assert.deepEqual(await listed(), order);
    const { body } = await here.get('/api/calls');
    assert.equal(textAt(entriesAt(body, 'calls')[2], 'talk', 'fields', 'call_id'), first.callId);
    assert.deepEqual([at(body, 'total'), at(body, 'withTalk')], [3, 1]);
  });

  it('has the latest on top of those that were sent, and stands still for whoever reads in it', async () => {
    const here = stage();
    const [first, second, third] = [3, 2, 1].map((hours) =>
      here.portal.telephony.addCall({ startedAt: Date.now() - hours * 3_600_000 }),
    );
    assert.ok(first && second && third);
    await send(here, third);
    await send(here, first);
    assert.deepEqual(await listed('?only=sent'), [third.id, first.id]);
    const talks = at((await here.get('/api/calls?only=sent')).body, 'talks');
    assert.equal(talks, 2);
    await send(here, second);
    assert.deepEqual(await listed('?only=sent'), [third.id, second.id, first.id]);
    assert.deepEqual(await listed(`?only=sent&upTo=2`), [third.id, first.id]);
    assert.equal(at((await here.get(`/api/calls?only=sent&upTo=2`)).body, 'withTalk'), 3);
  });

  it('names the clients in the CRM in the language of the page that was used last', async () => {
    const here = stage();
    const { telephony, crm } = here.portal;
    telephony.addCall({ crm: { type: 'CONTACT', id: 4 } });
    crm.addItem({ type: 'COMPANY', id: 5, title: 'Somebody’s own' });
    const before = crm.item('CONTACT', 4);
    await here.post('/api/language?lng=ru', '');
    assert.match(`${crm.item('CONTACT', 4)?.name} ${crm.item('CONTACT', 4)?.lastName}`, /^[А-Яё]+ [А-Яё]+$/i);
    assert.equal(crm.item('COMPANY', 5)?.title, 'Somebody’s own');
    await here.post('/api/language?lng=en', '');
    assert.deepEqual(crm.item('CONTACT', 4), before);
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

  it('hears something else in each talk, always the same in one, in the language of the page that was used last', async () => {
    const here = stage();
    const calls = Array.from({ length: 30 }, () => here.portal.telephony.addCall());
    await here.post('/api/language?lng=ru', '');
    const ids = await Promise.all(calls.map((call) => send(here, call)));
    const heard = await Promise.all(ids.map((id) => transcriptOf(here, id)));
    assert.ok(new Set(heard).size >= 3, 'all talks say much the same');
    assert.ok(heard.every((text) => /[а-я]{3}/.test(text)));
    await here.post('/api/language?lng=en', '');
    assert.equal(await transcriptOf(here, ids[0] ?? ''), heard[0]);
    const [call] = calls;
    assert.ok(call);
    const english = await transcriptOf(here, await send(here, call));
    assert.match(english, /^[a-z0-9 ,.:?!'"-]+$/);
  });
});
