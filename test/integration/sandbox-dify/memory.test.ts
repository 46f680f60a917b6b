import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { manualClock } from '../../support/manual-clock';
import { at, callerOf, refusalIn, servers } from './support';

const start = servers();

describe('sandbox dify: messages', () => {
  it('lists the newest first, page by page', async () => {
    const dify = await start();
    const { stream, get } = callerOf(dify, 'chatbot');
    const first = await stream({ query: 'One' });
    const conversation_id = String(first.events[0]?.['conversation_id']);
    for (const query of ['Two', 'Three']) await stream({ query, conversation_id });
    const { json } = await get('/messages', { conversation_id, limit: '2' });
    assert.deepEqual([at(json, 'data', 0, 'query'), at(json, 'data', 1, 'query')], ['Three', 'Two']);
    assert.equal(at(json, 'has_more'), true);
    const next = await get('/messages', { conversation_id, first_id: String(at(json, 'data', 1, 'id')) });
    assert.equal(at(next.json, 'data', 0, 'answer'), 'You said: **One**');
    assert.equal(at(next.json, 'has_more'), false);
  });

  it('is the way to ask whether a conversation is there', async () => {
    const dify = await start();
    const { stream, get, post } = callerOf(dify, 'chatbot');
    const conversation_id = String((await stream()).events[0]?.['conversation_id']);
    const probe = { conversation_id, limit: '1' };
    assert.equal((await get('/messages', probe)).status, 200);
    const gone = '404 not_found: Conversation Not Exists.';
    assert.equal(refusalIn(await callerOf(dify, 'chatbot', 'bob').get('/messages', probe)), gone);
    assert.equal(refusalIn(await get('/messages', { conversation_id: randomUUID() })), gone);
    assert.match(refusalIn(await get('/messages', { conversation_id: 'x' })), /^400 invalid_param/);
    assert.match(refusalIn(await get('/messages', { ...probe, limit: '101' })), /^400 invalid_param/);
    assert.match(refusalIn(await callerOf(dify, 'workflow').get('/messages', probe)), /^400 not_chat_app/);
    assert.equal((await post('/chat-messages', { query: 'x', inputs: {}, conversation_id })).status, 200);
  });

  it('keeps feedback, and takes it back', async () => {
    const dify = await start();
    const { stream, post } = callerOf(dify, 'chatflow');
    const id = String((await stream()).events[0]?.['message_id']);
    const rate = (body: object): Promise<string> => post(`/messages/${id}/feedbacks`, body).then(refusalIn);
    assert.match(await rate({ rating: 'like', content: 'good' }), /^200/);
    assert.deepEqual(dify.messages[0]?.feedback, { rating: 'like', content: 'good' });
    assert.match(await rate({ rating: null }), /^200/);
    assert.equal(dify.messages[0]?.feedback, undefined);
    assert.match(await rate({ rating: 'great' }), /^400 invalid_param/);
    const foreign = await callerOf(dify, 'chatflow', 'bob').post(`/messages/${id}/feedbacks`, {
      rating: 'like',
    });
    assert.equal(refusalIn(foreign), '404 not_found: Message Not Exists.');
  });

  it('suggests what to ask next', async () => {
    const { app, stream, get } = callerOf(await start(), 'chatflow');
    const path = `/messages/${String((await stream()).events[0]?.['message_id'])}/suggested`;
    assert.equal(refusalIn(await get(path)), '400 bad_request: Suggested Questions Is Disabled.');
    app.suggestedAfterAnswer = ['And then?', 'How much?'];
    assert.deepEqual(at((await get(path)).json, 'data'), ['And then?', 'How much?']);
    assert.match(refusalIn(await get(`/messages/${randomUUID()}/suggested`)), /^404/);
  });
});

describe('sandbox dify: conversations', () => {
  it('lists those of one user, the last used first', async () => {
    const clock = manualClock(1_800_000_000_000);
    const { stream, get } = callerOf(await start({ clock, pingMs: 0 }), 'chatbot');
    const ids: string[] = [];
    for (const query of ['a', 'b', 'c']) {
      await clock.advance(1000);
      ids.push(String((await stream({ query })).events[0]?.['conversation_id']));
    }
    await clock.advance(1000);
    await stream({ conversation_id: ids[0] });
    const list = async (query: Record<string, string>): Promise<unknown> => {
      const { json } = await get('/conversations', query);
      return [0, 1, 2].map((index) => ids.indexOf(String(at(json, 'data', index, 'id'))));
    };
    assert.deepEqual(await list({}), [0, 2, 1]);
    assert.deepEqual(await list({ sort_by: 'created_at' }), [0, 1, 2]);
    assert.deepEqual(await list({ last_id: ids[0] ?? '', limit: '1' }), [2, -1, -1]);
    assert.match(refusalIn(await get('/conversations', { sort_by: 'colour' })), /^400 invalid_param/);
    assert.match(refusalIn(await get('/conversations', { last_id: 'x' })), /^404/);
  });

  it('names and deletes', async () => {
    const dify = await start();
    const { stream, post, send, get } = callerOf(dify, 'chatbot');
    const path = `/conversations/${String((await stream()).events[0]?.['conversation_id'])}`;
    assert.equal(at((await post(`${path}/name`, { name: 'Chat 7, Ada' })).json, 'name'), 'Chat 7, Ada');
    assert.match(refusalIn(await post(`${path}/name`, {})), /^400 invalid_param/);
    assert.equal((await post(`${path}/name`, { auto_generate: true })).status, 200);
    assert.equal((await callerOf(dify, 'chatbot', 'bob').send('DELETE', path, {})).status, 404);
    assert.equal((await send('DELETE', path, {})).status, 204);
    assert.deepEqual(at((await get('/conversations')).json, 'data'), []);
  });

  it('has variables of its own', async () => {
    const dify = await start();
    const { app, stream, get, send } = callerOf(dify, 'chatflow');
    app.conversationVariables = { topic: 'none', count: 0 };
    const path = `/conversations/${String((await stream()).events[0]?.['conversation_id'])}/variables`;
    const { json } = await get(path, { variable_name: 'count' });
    const id = String(at(json, 'data', 0, 'id'));
    assert.deepEqual([at(json, 'data', 0, 'value_type'), at(json, 'data', 1)], ['number', undefined]);
    assert.equal(at((await send('PUT', `${path}/${id}`, { value: 7 })).json, 'value'), 7);
    assert.match(refusalIn(await send('PUT', `${path}/${id}`, { value: 'seven' })), /Type mismatch/);
    assert.equal((await send('PUT', `${path}/${randomUUID()}`, { value: 7 })).status, 404);
  });
});

describe('sandbox dify: voice', () => {
  const recording = new Blob(['sound'], { type: 'audio/mpeg' });

  it('hears what it is given', async () => {
    const { app, upload } = callerOf(await start(), 'chatbot');
    const hear = async (file?: Blob, name = 'voice.mp3'): Promise<string> =>
      refusalIn(await upload('/audio-to-text', file, name));
    assert.match(await hear(recording), /^400 speech_to_text_disabled/);
    app.speechToText = ({ name, content }) => `${name} says ${content.toString()}`;
    const { json } = await upload('/audio-to-text', recording, 'voice.mp3');
    assert.deepEqual(json, { text: 'voice.mp3 says sound' });
    assert.match(await hear(), /^400 no_audio_uploaded/);
    assert.match(await hear(recording, 'voice.ogg'), /^415 unsupported_audio_type/);
    assert.match(await hear(new Blob(['x'], { type: 'text/plain' })), /^415 unsupported_audio_type/);
    const huge = new Blob([Buffer.alloc(30 * 1024 * 1024 + 1)], { type: 'audio/mpeg' });
    assert.match(await hear(huge), /^413 audio_too_large/);
  });

  it('speaks when it may', async () => {
    const { app, post } = callerOf(await start(), 'chatbot');
    const refused = await post('/text-to-audio', { text: 'Hello' });
    assert.equal(refusalIn(refused), '400 invalid_param: TTS is not enabled');
    app.textToSpeech = true;
    assert.equal((await post('/text-to-audio', { text: 'Hello' })).headers.get('content-type'), 'audio/mpeg');
  });
});
