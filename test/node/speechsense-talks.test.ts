import assert from 'node:assert/strict';
import { at, entriesAt } from '../../lib/core/fields';
import { createSpeechSenseClient } from '../../lib/speechsense/client';
import { createUploadRecords } from '../../lib/speechsense/records';
import { until } from '../support/until';
import { chat, chatFields } from '../integration/speechsense/support';
import { useSpeechSenseScene } from './speechsense-talk-scene';

const code = (message: unknown): unknown => at(message, 'error', 'code');

describe('speechsense-talks', () => {
  const scene = useSpeechSenseScene();

  /** As an upload node would have made them. */
  async function upload(count: number): Promise<string[]> {
    const { endpoint, apiKey: secret, chatConnectionId: connectionId } = scene.service;
    const credential = { authType: 'api-key' as const, secret };
    const language = 'ru-RU';
    const client = createSpeechSenseClient({
      ...{ endpoint, tls: false, credential, connectionId, kind: 'chat', language },
    });
    const store = (): Promise<typeof scene.store> => Promise.resolve(scene.store);
    const { uploadText } = client.uploads(createUploadRecords({ store, connectionId }));
    const ids: string[] = [];
    for (let number = 0; number < count; number += 1) {
      const fields = { ...chatFields, call_id: `call-${number}`, ticket_id: String(number % 2) };
      ids.push((await uploadText(chat, fields, { key: `call-${number}` })).talkId);
    }
    client.close();
    return ids;
  }
  const masks = (): unknown[] =>
    scene.service.callsOf('Get').map(({ messages: [request] }) => at(request, 'results_mask', 'paths'));
  const talks = { type: 'speechsense-talks' };

  it('gets a talk as a plain object with what was asked for', async () => {
    await scene.deploy({
      ...talks,
      action: 'get',
      results: ['transcription', 'summarization', 'classifiers'],
    });
    const [talkId] = await upload(1);
    const out = await scene.ask({ payload: 'old', speechsense: { talkId, uploadKey: 'call-0' } });
    const { payload } = out;
    assert.equal(at(payload, 'talkId'), talkId);
    assert.equal(at(payload, 'transcript'), 'Client: Hello\nBot: Good day\nOperator: Anna here');
    assert.deepEqual(at(payload, 'phrases', '0'), {
      ...{ speaker: 'John', role: 'client', startMs: 0, endMs: 900, text: 'Hello' },
    });
    assert.deepEqual(at(payload, 'summary'), { 'What the client wanted': 'To order a delivery' });
    assert.deepEqual(at(payload, 'tags'), [{ name: 'politeness', count: 3, byChannel: { 0: 2, 1: 1 } }]);
    assert.equal(at(payload, 'statistics'), undefined);
    assert.equal(at(payload, 'fields', 'call_id'), 'call-0');
    assert.equal(at(payload, 'state', 'overall'), 'success');
    assert.deepEqual(at(out, 'speechsense', 'uploadKey'), 'call-0');
    assert.deepEqual(masks(), [['transcription', 'summarization', 'text_classifiers', 'talk_state']]);
    assert.deepEqual(JSON.parse(JSON.stringify(payload)), payload);
  });

  it('gets a list in its order, by the hundred, and names those that are not there yet', async () => {
    await scene.deploy({ ...talks, action: 'get', talkId: 'payload', results: 'state' });
    const ids = await upload(3);
    const later = [...ids].reverse();
    const out = await scene.ask({ payload: later });
    assert.deepEqual(
      entriesAt(out, 'payload').map((talk) => at(talk, 'talkId')),
      later,
    );
    scene.service.setTimes({ indexAfterMs: 3600_000 });
    const none = await scene.ask({ payload: ids.map((talkId) => ({ talkId })) });
    assert.deepEqual([none.payload, at(none, 'speechsense', 'missing')], [[], ids]);
    assert.equal(code(await scene.ask({ payload: ids[0] })), 'SPEECHSENSE_NOT_FOUND');
    assert.equal(code(await scene.ask({ payload: [] })), 'INPUT_INVALID');
    assert.equal(code(await scene.ask({ payload: [ids[0], ''] })), 'INPUT_INVALID');
  });

  it('finds talks by what their metadata says', async () => {
    await scene.deploy({ ...talks, action: 'search' });
    const ids = await upload(5);
    const out = await scene.ask({ payload: { fields: { ticket_id: '0' }, limit: 2 } });
    assert.deepEqual(out.payload, [ids[0], ids[2]]);
    assert.deepEqual(out.speechsense, {
      ...{ connectionId: scene.service.chatConnectionId, count: 3, nextPageToken: '2' },
    });
    const rest = await scene.ask({ payload: { fields: { ticket_id: [0] }, pageToken: '2' } });
    assert.deepEqual(rest.payload, [ids[4]]);
    assert.deepEqual((await scene.ask({ payload: 1773230932000 })).payload, ids);
    assert.equal(code(await scene.ask({ payload: { ticket_id: '0' } })), 'INPUT_INVALID');
  });

  it('waits for a talk and gives it when it is analysed', async () => {
    await scene.deploy({ ...talks, action: 'wait' });
    const [talkId] = await upload(1);
    const out = await scene.ask({ speechsense: { talkId, messages: 3 } });
    assert.equal(at(out, 'payload', 'statistics', 'durationSeconds'), 62);
    assert.deepEqual(out.speechsense, {
      ...{ talkId, messages: 3, connectionId: scene.service.chatConnectionId },
    });
  });

  it('waits for talks that are not there yet together, says so, and stops with a deploy', async () => {
    await scene.deploy({ ...talks, action: 'wait' });
    scene.service.setTimes({ readyAfterMs: 3600_000, indexAfterMs: 3600_000 });
    const ids = await upload(4);
    for (const talkId of ids) scene.send({ speechsense: { talkId } });
    const askedFor = (): unknown[] =>
      scene.service.callsOf('Get').flatMap(({ messages: [request] }) => entriesAt(request, 'talk_ids'));
    await until(() => askedFor().length === 4, 'the first look');
    assert.deepEqual([...askedFor()].sort(), [...ids].sort());
    assert.deepEqual([scene.seen.out, scene.seen.caught], [[], []]);
    const shown = (): string => JSON.stringify(scene.seen.statuses.at(-1));
    await until(() => shown().includes('speechsense-talks.status.waiting'), 'the status');
    assert.match(shown(), /"fill":"yellow"/);
    await scene.unload();
    assert.equal(askedFor().length, 4);
  });

  it('gives up when its time is over, and at once when the analysis has failed', async () => {
    await scene.deploy({ ...talks, action: 'wait', waitMinutes: 0 });
    scene.service.setTimes({ readyAfterMs: 3600_000 });
    const [talkId = ''] = await upload(1);
    assert.equal(code(await scene.ask({ speechsense: { talkId } })), 'SPEECHSENSE_NOT_READY');
    scene.service.setTimes({ readyAfterMs: 0 });
    scene.service.failAnalysis(talkId);
    assert.equal(code(await scene.ask({ speechsense: { talkId } })), 'SPEECHSENSE_ANALYSIS');
    assert.equal(code(await scene.ask({ payload: 'nothing' })), 'INPUT_INVALID');
    assert.equal(code(await scene.ask({ speechsense: { talkId: 7 } })), 'SPEECHSENSE_NOT_READY');
  });

  it('says what is wrong with its settings', async () => {
    await scene.deploy({ ...talks, action: 'get', results: ['sumary'] });
    assert.equal(code(await scene.ask({})), 'CONFIG_INVALID');
    await scene.deploy({ ...talks, action: 'wait', waitMinutes: -1 });
    assert.equal(code(await scene.ask({})), 'CONFIG_INVALID');
    await scene.deploy({ ...talks, action: 'find' });
    assert.equal(code(await scene.ask({})), 'CONFIG_INVALID');
  });

  it('leaves its place to the node that follows, whatever it was waiting for when it was closed', async () => {
    let open: () => void = () => undefined;
    scene.openStoreAfter(new Promise((resolve) => (open = resolve)));
    await scene.deploy({ ...talks, action: 'wait', keep: true });
    const gone = scene.unload();
    open();
    await gone;
    const place = await scene.store.hold('speechsense:waiting:node');
    assert.ok(place, 'the node that was closed still holds it');
    await place.release();
  });
});
