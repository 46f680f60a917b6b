import assert from 'node:assert/strict';
import { at } from '../../lib/core/fields';
import { until } from '../support/until';
import { chat, chatFields } from '../integration/speechsense/support';
import { useSpeechSenseScene } from './speechsense-talk-scene';

const { call_id: callId, ...keyless } = chatFields;
const metadata = { ...keyless, language: 'ru-RU' };
const code = (message: unknown): unknown => at(message, 'error', 'code');

describe('speechsense-upload-text', () => {
  const scene = useSpeechSenseScene();
  const uploads = (): unknown[] => scene.service.callsOf('UploadText').flatMap(({ messages }) => messages);

  it('uploads a chat, says which talk it became, and leaves the rest of the message as it was', async () => {
    await scene.deploy({});
    const out = await scene.ask({ payload: chat, metadata: { ...metadata, call_id: callId }, keep: 'me' });
    const [talk] = scene.service.talks;
    assert.deepEqual(out.speechsense, {
      talkId: talk?.id,
      connectionId: scene.service.chatConnectionId,
      uploadKey: callId,
      reused: false,
      messages: 3,
    });
    assert.deepEqual([out.payload, out.keep], [chat, 'me']);
    assert.equal(talk?.messages.length, 3);
  });

  it('sends the same for each form that a chat and its metadata come in', async () => {
    await scene.deploy({ reupload: true });
    const { chatConnectionId: connection_id } = scene.service;
    const whole = { connection_id, fields: metadata };
    const onWire = chat.messages.map(({ user_id, text, timestamp }) => ({
      user_id,
      timestamp: {
        seconds: String(Math.floor(momentMs(timestamp) / 1000)),
        nanos: (momentMs(timestamp) % 1000) * 1e6,
      },
      text: { text },
    }));
    const forms: Record<string, unknown>[] = [
      { payload: chat, metadata },
      { payload: chat.messages, metadata: whole },
      { payload: [...chat.messages].reverse(), metadata: { metadata: whole } },
      { payload: JSON.stringify(chat), metadata: JSON.stringify(whole) },
      { payload: `\uFEFF${JSON.stringify(chat.messages)}`, metadata: Buffer.from(JSON.stringify(metadata)) },
      { payload: { ...chat, metadata } },
      { payload: { text_content: { messages: onWire }, metadata: whole } },
    ];
    for (const form of forms) assert.equal(code(await scene.ask(form)), undefined, JSON.stringify(form));
    const [first, ...others] = uploads();
    assert.equal(others.length, forms.length - 1);
    for (const other of others) assert.deepEqual(other, first);
    assert.deepEqual(at(first, 'text_content', 'messages', '0', 'timestamp'), {
      seconds: String(Date.UTC(2026, 2, 11, 12, 8, 52) / 1000),
      nanos: 0,
    });
  });

  it('knows a chat by its content when nothing names it, whatever the order of the keys', async () => {
    await scene.deploy({});
    const first = await scene.ask({ payload: chat, metadata });
    const turned = Object.fromEntries(Object.entries({ ...metadata, comment: null }).reverse());
    const second = await scene.ask({ payload: JSON.stringify(chat), metadata: turned });
    assert.equal(at(second, 'speechsense', 'reused'), true);
    assert.equal(at(second, 'speechsense', 'talkId'), at(first, 'speechsense', 'talkId'));
    await scene.ask({ payload: chat, metadata: { ...metadata, ticket_id: '2' } });
    await scene.ask({ payload: chat.messages.slice(1), metadata });
    assert.equal(scene.service.talks.length, 3);
  });

  it('knows a chat by the key of the message before the one of the metadata', async () => {
    await scene.deploy({});
    const named = { ...metadata, call_id: callId };
    await scene.ask({ payload: chat, metadata: named, uploadKey: 17 });
    const again = await scene.ask({ payload: chat.messages, metadata, uploadKey: ' 17 ' });
    assert.deepEqual([at(again, 'speechsense', 'uploadKey'), scene.service.talks.length], ['17', 1]);
    await scene.ask({ payload: chat, metadata: named });
    assert.equal(scene.service.talks.length, 2);
    assert.equal(code(await scene.ask({ payload: chat, metadata, uploadKey: {} })), 'INPUT_INVALID');
  });

  it('makes one talk of two messages that come at once, and another one only on request', async () => {
    await scene.deploy({});
    const message = { payload: chat, metadata };
    scene.send({ ...message });
    scene.send({ ...message });
    await until(() => scene.seen.out.length === 2, 'both');
    assert.deepEqual(scene.seen.out.map((out) => at(out, 'speechsense', 'reused')).sort(), [false, true]);
    assert.equal(scene.service.talks.length, 1);
    await scene.deploy({ reupload: true });
    await scene.ask({ ...message });
    assert.equal(scene.service.talks.length, 2);
  });

  it('looks for a talk whose answer was lost by the field that holds its key, and by no other', async () => {
    await scene.deploy({});
    const named = { ...metadata, operator_id: '103', call_id: 'call-1', ticket_id: '103' };
    const lost = { drop: true, keeps: true };
    await scene.ask({ payload: chat, metadata: named });

    // The operator and the ticket have other talks, and so has the call.
    scene.service.script(lost);
    const held = await scene.ask({ payload: chat.messages, metadata: named, uploadKey: '103' });
    assert.equal(code(held), 'SPEECHSENSE_UNCERTAIN');
    assert.equal(scene.service.callsOf('Search').length, 0);

    scene.service.script(lost);
    const found = await scene.ask({ payload: chat, metadata: { ...named, call_id: 'call-2' } });
    const [, , talk] = scene.service.talks;
    assert.equal(at(found, 'speechsense', 'talkId'), talk?.id);
    assert.equal(scene.service.talks.length, 3);
  });

  it('changes the metadata of a talk that is there, and uploads no chat', async () => {
    await scene.deploy({});
    const { speechsense } = await scene.ask({ payload: chat, metadata });
    const talkId = at(speechsense, 'talkId');
    const changed = await scene.ask({ talkId, metadata: { comment: 'again' } });
    assert.deepEqual(changed.speechsense, {
      talkId,
      connectionId: scene.service.chatConnectionId,
      reused: true,
      updated: true,
    });
    await scene.ask({ payload: chat, metadata: { talk_id: talkId, fields: { comment: 'third' } } });
    const [talk, ...others] = scene.service.talks;
    assert.deepEqual([talk?.fields['comment'], talk?.fields['client_name']], ['third', 'John']);
    assert.equal(talk?.fields['talk_id'], undefined);
    assert.equal(others.length, 0);
    scene.service.script({ on: 'Get', refuse: { code: 7, message: 'no' } });
    assert.equal(code(await scene.ask({ talkId, metadata: { comment: 'x' } })), 'SPEECHSENSE_UNREAD');
    await scene.ask({ talkId, metadata: { ...metadata, comment: 'alone' }, replaceMetadata: true });
    assert.deepEqual(Object.keys(talk?.fields ?? {}).sort(), [...Object.keys(metadata), 'comment'].sort());
  });

  it('tells what was cut, left out or skipped, and never the words themselves', async () => {
    await scene.deploy({});
    const long = 'marker-long '.repeat(200);
    const silent = { user_id: '587', text: null, timestamp: '2026-03-11T12:08:52Z' };
    const out = await scene.ask({
      payload: { messages: [...chat.messages, silent] },
      metadata: { ...metadata, comment: long, record_url: `https://a.example/${long}` },
    });
    assert.equal(at(out, 'speechsense', 'skipped'), 1);
    assert.deepEqual(at(out, 'speechsense', 'notes'), [
      { key: 'comment', what: 'cut', bytes: Buffer.byteLength(long) },
      { key: 'record_url', what: 'left-out', bytes: Buffer.byteLength(`https://a.example/${long}`) },
    ]);
    const warnings = JSON.stringify(scene.logged());
    assert.match(warnings, /cut or left out: 2, messages skipped: 1/);
    assert.doesNotMatch(warnings, /marker-long/);
  });

  for (const [what, message, expected] of [
    ['no chat', { metadata }, 'INPUT_INVALID'],
    ['a text that is no JSON', { payload: 'hello marker-text', metadata }, 'INPUT_INVALID'],
    ['a chat without messages', { payload: { messages: [] }, metadata }, 'INPUT_INVALID'],
    ['no metadata', { payload: chat }, 'SPEECHSENSE_FIELD_MISSING'],
    ['metadata of another connection', { payload: chat, metadata: { connection_id: 'x' } }, 'INPUT_INVALID'],
    [
      'a message of somebody else',
      {
        payload: [{ user_id: '999', text: 'marker-text', timestamp: '2026-03-11T12:08:52Z' }],
        metadata,
      },
      'INPUT_INVALID',
    ],
    [
      'a message without a time',
      { payload: [{ user_id: '587', text: 'marker-text', timestamp: 'noon' }], metadata },
      'INPUT_INVALID',
    ],
    ['a date that is none', { payload: chat, metadata: { ...metadata, date: 'today' } }, 'SPEECHSENSE_FIELD'],
  ] as const) {
    it(`refuses ${what} before anything is sent`, async () => {
      await scene.deploy({});
      const caught = await scene.ask({ ...message });
      assert.equal(code(caught), expected);
      assert.equal(scene.service.calls.length, 0);
      assert.doesNotMatch(JSON.stringify([at(caught, 'error'), scene.logged()]), /marker-text/);
    });
  }

  it('says what is wrong with its connection', async () => {
    await scene.deploy({}, { kind: 'audio' });
    assert.equal(code(await scene.ask({ payload: chat, metadata })), 'CONFIG_INVALID');
    await scene.deploy({ connection: '' });
    assert.equal(code(await scene.ask({ payload: chat, metadata })), 'CONFIG_MISSING');
    await scene.deploy({}, { endpoint: '${BITLANE_TEST_UNSET_ENDPOINT}' });
    const unset = await scene.ask({ payload: chat, metadata });
    assert.equal(code(unset), 'CONFIG_UNUSABLE');
    assert.match(String(at(unset, 'error', 'message')), /BITLANE_TEST_UNSET_ENDPOINT is not set/);
    await scene.deploy({}, {}, 'another-key');
    assert.equal(code(await scene.ask({ payload: chat, metadata })), 'SPEECHSENSE_AUTH');
  });
});

function momentMs(timestamp: string): number {
  return Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(timestamp) ? timestamp : `${timestamp}Z`);
}
