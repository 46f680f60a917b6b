import assert from 'node:assert/strict';
import { CancelledError } from '../../../lib/core/errors';
import { entriesAt } from '../../../lib/core/fields';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { callFields, chat, chatFields, rules, sourceOf, speechSenseBench, wavOf } from './support';

const options = { key: 'k', fields: callFields, rules };

describe('results of speechsense', () => {
  const bench = speechSenseBench();

  it('come as plain objects', async () => {
    const service = await bench.service({ readyAfterMs: 0 });
    const client = bench.client(service);
    const { talkId } = await client.uploadAudio(sourceOf(wavOf(100)), options);
    const [talk] = await client.get([talkId], { speakers: { 0: 'Operator', 1: 'Client' } });
    assert.ok(talk);
    assert.equal(talk.id, talkId);
    assert.equal(
      talk.dialog,
      'Operator: Good day, how can I help?\nClient: I would like to order a delivery',
    );
    assert.deepEqual(talk.phrases[1], {
      channel: 1,
      speaker: 'Client',
      startMs: 4000,
      endMs: 7000,
      text: 'I would like to order a delivery',
      language: 'ru-RU',
    });
    assert.deepEqual(talk.summary, [
      { id: 'wish', name: 'What the client wanted', answers: ['To order a delivery'] },
    ]);
    assert.deepEqual(talk.tags, [{ name: 'politeness', count: 3, byChannel: { 0: 2, 1: 1 } }]);
    assert.deepEqual(talk.points, [{ id: 'greeted', question: 'Was the client greeted?', answer: 'Yes' }]);
    assert.deepEqual(talk.assistants, [{ assistantId: 'quality', results: { verdict: 'good', score: 9 } }]);
    assert.equal(talk.statistics.durationSeconds, 62);
    assert.deepEqual(talk.statistics.simultaneousSpeech, { seconds: 3, ratio: 0.05 });
    assert.deepEqual(talk.statistics.interruptions, [{ speaker: '0', count: 2, seconds: 1 }]);
    assert.equal(talk.statistics.speakers[1]?.words, 52);
    assert.equal(talk.fields['call_id'], callFields.call_id);
    assert.equal(talk.state.algorithms['speechkit'], 'success');
    assert.match(String(talk.createdAt), /^\d{4}-\d\d-\d\dT/);
  });

  it('hold only what was asked for', async () => {
    const service = await bench.service({ readyAfterMs: 0 });
    const client = bench.client(service);
    const { talkId } = await client.uploadAudio(sourceOf(wavOf(100)), options);
    const [talk] = await client.get([talkId], { results: ['summarization'] });
    assert.equal(talk?.summary.length, 1);
    assert.deepEqual([talk?.phrases, talk?.tags, talk?.statistics.durationSeconds], [[], [], undefined]);
  });

  it('are waited for with growing pauses, from before the talk is in its project', async () => {
    const clock = manualClock(Date.UTC(2026, 2, 11));
    const service = await bench.service({ clock, readyAfterMs: 90_000, indexAfterMs: 20_000 });
    const client = bench.client(service, { clock, connectionId: service.chatConnectionId });
    const { talkId } = await client.uploadText(chat, chatFields, { key: 'k' });
    let asked = 0;
    const waiting = client.waitUntilAnalysed(talkId, { speakers: { 0: 'Operator', 1: 'Client', 2: 'Bot' } });
    for (const pauseMs of [10_000, 30_000, 60_000]) {
      asked += 1;
      await until(() => clock.pending() === 1 && service.callsOf('Get').length === asked, 'the next look');
      await clock.advance(pauseMs);
    }
    const talk = await waiting;
    assert.equal(service.callsOf('Get').length, 4);
    assert.equal(talk.dialog, 'Client: Hello\nBot: Good day\nOperator: Anna here');
  });

  it('that never come are given up, and so is a talk that could not be analysed', async () => {
    const service = await bench.service({ readyAfterMs: 3600_000 });
    const client = bench.client(service);
    const { talkId } = await client.uploadAudio(sourceOf(wavOf(100)), options);
    await assert.rejects(client.waitUntilAnalysed(talkId, { pausesMs: [1], limitMs: 0 }), {
      code: 'SPEECHSENSE_NOT_READY',
    });
    service.setTimes({ readyAfterMs: 0 });
    service.failAnalysis(talkId);
    await assert.rejects(client.waitUntilAnalysed(talkId), { code: 'SPEECHSENSE_ANALYSIS' });
  });

  it('are read no faster than the quota allows, however many are asked for and by whom', async () => {
    const clock = manualClock(Date.UTC(2026, 2, 11));
    const service = await bench.service({ clock, readyAfterMs: 0 });
    const client = bench.client(service, { clock, connectionId: service.chatConnectionId });
    const ids: string[] = [];
    for (let number = 0; number < 20; number += 1) {
      ids.push((await client.uploadText(chat, chatFields, { key: `k${number}` })).talkId);
    }
    const asked = (): number[] =>
      service.callsOf('Get').map(({ messages: [request] }) => entriesAt(request, 'talk_ids').length);
    const both = Promise.all([client.get(ids), client.get(ids)]);
    await until(() => clock.pending() === 2 && asked().length === 1, 'both to wait');
    assert.deepEqual(asked(), [16]);
    await clock.advance(1000);
    await until(() => clock.pending() === 2 && asked().length === 2, 'both to wait again');
    assert.deepEqual(asked(), [16, 16]);
    await clock.advance(1000);
    for (const talks of await both) {
      assert.deepEqual(
        talks.map(({ id }) => id),
        ids,
      );
    }
    assert.deepEqual(asked(), [16, 16, 4, 4]);
  });

  it('are not waited for any more when their signal or the client says so', async () => {
    const clock = manualClock(Date.UTC(2026, 2, 11));
    const service = await bench.service({ clock });
    const client = bench.client(service, { clock });
    const ids = Array.from({ length: 16 }, (_, place) => `audunknown${place}`);
    await assert.rejects(client.get(ids), { code: 'SPEECHSENSE_NOT_FOUND' });
    const stop = new AbortController();
    const stopped = assert.rejects(client.get(ids, { signal: stop.signal }), CancelledError);
    const closed = assert.rejects(client.get(ids), CancelledError);
    await until(() => clock.pending() === 2, 'both to wait');
    stop.abort();
    await stopped;
    client.close();
    await closed;
    await assert.rejects(client.get(ids), CancelledError);
    assert.deepEqual([clock.pending(), service.callsOf('Get').length], [0, 1]);
  });

  it('are turned over page by page', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    for (const key of ['a', 'b', 'c']) await client.uploadAudio(sourceOf(wavOf(100)), { ...options, key });
    const first = await client.search({ pageSize: 2 });
    assert.deepEqual([first.talkIds.length, first.count], [2, 3]);
    const second = await client.search({ pageSize: 2, pageToken: first.nextPageToken ?? '' });
    assert.deepEqual(
      [...first.talkIds, ...second.talkIds],
      service.talks.map(({ id }) => id),
    );
    assert.equal(second.nextPageToken, undefined);
  });

  it('are not asked for with what the service does not know', async () => {
    const service = await bench.service();
    const client = bench.client(service);
    const wrong = [
      client.search({ filters: [{ key: 'userMeta.a', anyMatch: { values: ['b'] } }] }),
      client.search({
        filters: [{ key: 'a', any_match: { values: ['b'] }, boolean_match: { value: true } }],
      }),
      client.search({ sort: { fields: [{ field: 'a', order: 'DOWN' }] } }),
      client.search({ pageSize: 5000 }),
      client.get([]),
    ];
    for (const asked of wrong) await assert.rejects(asked, { code: 'INPUT_INVALID' });
    assert.equal(service.calls.length, 0);
  });
});
