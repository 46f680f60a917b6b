import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
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
    assert.equal(textAt(refused, 'answered', 'error'), 'ERROR_METHOD_NOT_FOUND');
    const run = find(/chat-messages/);
    assert.equal(textAt(run, 'sent', 'query'), 'How are you?');
    assert.match(textAt(run, 'answered', 'answer') ?? '', /How are you\?/);
    assert.ok(entriesAt(run, 'answered', 'events').includes('message_end'));
    assert.ok(textAt(find(/startChat/), 'answered', 'sessionId'));
    const uploaded = find(/^Upload$/);
    assert.equal(textAt(uploaded, 'status'), 'gRPC 0');
    assert.equal(textAt(uploaded, 'answered', 'talk_id'), here.speechSense.talks[0]?.id);
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
