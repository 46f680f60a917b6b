import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { listen } from '../../../sandbox/shared/http-listener';
import { viaWebhook } from '../sandbox-portal/support';
import { fields, mp3, sandboxBench } from '../sandbox-speechsense/support';
import { secrets, useStage, type Stage } from './support';

const leaks = (text: string): string[] => Object.values(secrets).filter((secret) => text.includes(secret));

/** As somebody who writes every secret wherever it fits. */
async function askDify({ dify }: Stage, query: string): Promise<void> {
  const headers = { Authorization: `Bearer ${secrets.dify}`, 'Content-Type': 'application/json' };
  const body = { query, inputs: {}, user: 'somebody', response_mode: 'streaming' };
  const address = `${dify.baseUrl}/chat-messages`;
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.text();
}

async function askTypebot({ typebot }: Stage, message: string): Promise<void> {
  const headers = { Authorization: `Bearer ${secrets.typebot}`, 'Content-Type': 'application/json' };
  const body = { prefilledVariables: { MESSAGE: message } };
  const answer = await fetch(typebot.startUrl(), { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.text();
}

describe('the requests of the sandbox', () => {
  const stage = useStage();
  const bench = sandboxBench();

  async function upload({ speechSense }: Stage, data: Buffer, comment = 'none'): Promise<void> {
    const metadata = { connection_id: speechSense.connectionId, fields: { ...fields, comment } };
    await bench.ask(speechSense, 'Upload', {
      metadata,
      audio: { audio_metadata: mp3, audio_data: { data } },
    });
  }

  const requests = async (after = 0): Promise<unknown[]> =>
    entriesAt((await stage().get(`/api/requests?after=${after}`)).body);

  it('tell of each what was sent, its status and what came back', async () => {
    const here = stage();
    await here.act('say', { text: 'Hello' });
    await here.botSays('Good day');
    await viaWebhook(here.portal, 'no.such.method');
    await askDify(here, 'How are you?');
    await askTypebot(here, 'Hello');
    await upload(here, Buffer.from('sound'));
    const all = await requests();
    const find = (what: RegExp): unknown => all.find((one) => what.test(textAt(one, 'what') ?? ''));

    const sent = find(/^imbot\.v2\.Chat\.Message\.send$/);
    assert.equal(textAt(sent, 'sent', 'fields', 'message'), 'Good day');
    assert.equal(at(sent, 'status'), 200);
    assert.ok(at(sent, 'answered', 'result', 'id'));
    const refused = find(/^no\.such\.method$/);
    assert.deepEqual([at(refused, 'status'), at(refused, 'error')], [404, 'ERROR_METHOD_NOT_FOUND']);
    assert.deepEqual([at(refused, 'isBad'), at(sent, 'isBad')], [true, false]);
    assert.equal(textAt(refused, 'answered', 'error'), 'ERROR_METHOD_NOT_FOUND');
    const run = find(/chat-messages/);
    assert.equal(textAt(run, 'sent', 'query'), 'How are you?');
    assert.match(textAt(run, 'answered', 'answer') ?? '', /How are you\?/);
    assert.ok(entriesAt(run, 'answered', 'events').includes('message_end'));
    assert.ok(textAt(find(/startChat/), 'answered', 'sessionId'));
    const uploaded = find(/^Upload$/);
    assert.equal(textAt(uploaded, 'status'), 'OK');
    assert.equal(at(uploaded, 'isBad'), false);
    assert.equal(textAt(uploaded, 'answered', 'talk_id'), here.speechSense.talks[0]?.id);
  });

  it('stand in the order in which they began, though an event ends after the calls that it has brought', async () => {
    const { portal, act } = stage();
    const handler = await listen((_request, response) => {
      viaWebhook(portal, 'server.time').then(
        () => response.end('ok'),
        () => response.destroy(),
      );
    });
    portal.addBot({ code: 'quick', api: 'v2', eventMode: 'webhook', webhookUrl: `${handler.origin}/` });
    try {
      await act('say', { channel: 'quick', text: 'Hello' });
      assert.deepEqual(
        (await requests()).map((one) => textAt(one, 'what')),
        ['ONIMBOTV2JOINCHAT', 'server.time', 'ONIMBOTV2MESSAGEADD', 'server.time'],
      );
    } finally {
      await handler.stop();
    }
  });

  it('say of an event for a bot that fetches that it waits, and was sent to nobody', async () => {
    await stage().act('say', { text: 'Hello' });
    const event = (await requests()).find((one) => textAt(one, 'what') === 'ONIMBOTV2MESSAGEADD');
    assert.deepEqual([at(event, 'isQueued'), at(event, 'to'), at(event, 'isBad')], [true, '', false]);
  });

  it('count it as no failure that a bot is not there before it is made', async () => {
    const { portal, bot } = stage();
    const missing = { botId: bot.id + 1000, botToken: secrets.bot };
    await viaWebhook(portal, 'imbot.v2.Bot.get', missing);
    await viaWebhook(portal, 'imbot.v2.Chat.Message.send', { ...missing, dialogId: 'chat1' });
    const all = await requests();
    assert.deepEqual(
      all.map((one) => [textAt(one, 'what'), textAt(one, 'error'), at(one, 'isBad')]),
      [
        ['imbot.v2.Bot.get', 'BOT_NOT_FOUND', false],
        ['imbot.v2.Chat.Message.send', 'BOT_NOT_FOUND', true],
      ],
    );
  });

  it('are given once, to whoever says which was the last', async () => {
    const here = stage();
    await viaWebhook(here.portal, 'profile');
    const [first] = await requests();
    const number = Number(at(first, 'number'));
    assert.deepEqual(await requests(number), []);
    await viaWebhook(here.portal, 'server.time');
    assert.deepEqual(
      (await requests(number)).map((one) => textAt(one, 'what')),
      ['server.time'],
    );
  });

  it('never show a secret, nor does any other answer of the pages', async () => {
    const here = stage();
    const all = Object.values(secrets).join(' ');
    await here.act('say', { text: 'Hello' });
    await here.botSays(`${'x'.repeat(1990)}${all}`);
    await viaWebhook(here.portal, 'crm.timeline.comment.add', { [secrets.webhook]: all, auth: all });
    await askDify(here, all);
    await askTypebot(here, all);
    await upload(here, Buffer.from(all), all);
    const pages = ['/chat', '/calls', '/chat.js', '/calls.js', '/common.js', '/requests.js', '/texts.js'];
    for (const path of [...pages, '/api/requests']) {
      const { text, status } = await here.get(path);
      assert.equal(status, 200, path);
      assert.deepEqual(leaks(text), [], path);
    }
    const { text } = await here.get('/api/requests');
    // A half of one, too, would be too much.
    assert.doesNotMatch(text, /marker/);
  });

  it('show whose talk SpeechSense was sent, and never by which word Bitrix24 knows a bot', async () => {
    const here = stage();
    await upload(here, Buffer.from('sound'));
    const key = 'a-word-of-ones-own';
    await viaWebhook(here.portal, 'imopenlines.bot.session.finish', { CLIENT_ID: key, client_id: key });
    const { text } = await here.get('/api/requests');
    const all = await requests();
    const find = (name: string): unknown => all.find((one) => textAt(one, 'what') === name);
    assert.equal(textAt(find('Upload'), 'sent', '0', 'metadata', 'fields', 'client_id'), fields.client_id);
    const sent = at(find('imopenlines.bot.session.finish'), 'sent');
    assert.deepEqual(sent, { CLIENT_ID: '***', client_id: '***' });
    assert.ok(!text.includes(key));
    const metadata = {
      connection_id: here.speechSense.connectionId,
      fields: { ...fields, client_id: `of ${secrets.dify}` },
    };
    await bench.ask(here.speechSense, 'Upload', {
      metadata,
      audio: { audio_metadata: mp3, audio_data: { data: Buffer.from('sound') } },
    });
    assert.deepEqual(leaks((await here.get('/api/requests')).text), []);
  });

  it('hide the tokens that a flow hands on to a bot', async () => {
    const here = stage();
    const tokens = { user_access_token: 'of-a-user', bot_access_token: 'of-a-bot', access_token: 'of-both' };
    const headers = { Authorization: `Bearer ${secrets.typebot}`, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ prefilledVariables: tokens });
    await (await fetch(here.typebot.startUrl(), { method: 'POST', headers, body })).text();
    const [request] = await requests();
    assert.deepEqual(
      at(request, 'sent', 'prefilledVariables'),
      Object.fromEntries(Object.keys(tokens).map((name) => [name, '***'])),
    );
  });

  it('stay small, whatever bytes and lists went to and fro', async () => {
    const here = stage();
    const bytes = Buffer.alloc(3_000_000, 'sound');
    await upload(here, bytes);
    await here.post('/api/file?channel=helper&name=big.bin', bytes);
    const file = { name: 'big.bin', content: bytes.toString('base64') };
    await viaWebhook(here.portal, 'imbot.v2.File.upload', { botId: here.bot.id, fields: file });
    await viaWebhook(here.portal, 'batch', { cmd: Array.from({ length: 50 }, () => 'server.time') });
    await askDify(here, 'y'.repeat(1_000_000));
    const { text } = await here.get('/api/requests');
    assert.match(text, /3000000 bytes/);
    assert.match(text, /yyy… \(1000000\)/);
    assert.ok(text.length < 150_000, `${text.length} characters`);
  });
});
