import assert from 'node:assert/strict';
import type { Dify, ScenarioName } from '../../../sandbox/dify';
import { manualClock } from '../../support/manual-clock';
import { asked, at, callerOf, hear, servers, type Heard } from './support';

const start = servers();
const usual = 'You said: **Hello**';

describe('sandbox dify: scenarios with something in them', () => {
  async function streamed(name: ScenarioName, app = 'chatflow'): Promise<{ heard: Heard; dify: Dify }> {
    const dify = await start();
    dify.script(app, name);
    return { heard: await callerOf(dify, app).stream(), dify };
  }

  it('put files where each kind of app has them', async () => {
    const flow = (await streamed('output-files')).heard;
    const end = flow.events.find(({ event: is }) => is === 'message_end');
    assert.equal(at(end, 'files', 0, 'dify_model_identity'), '__dify__file__');
    const bot = (await streamed('message-file', 'chatbot')).heard;
    const files = bot.events.filter(({ event: is }) => is === 'message_file');
    assert.deepEqual(
      files.map((file) => file['belongs_to']),
      ['user', 'assistant'],
    );
    const run = (await streamed('output-files', 'workflow')).heard;
    assert.equal(at(run.events.at(-1), 'data', 'outputs', 'files', 1, 'filename'), 'report.txt');
  });

  it('serve their files by signed addresses, for five minutes', async () => {
    const clock = manualClock(1_800_000_000_000);
    const dify = await start({ clock, pingMs: 0 });
    dify.script('chatflow', 'markdown-image');
    const { text } = await callerOf(dify, 'chatflow').stream();
    const url = /!\[chart\.png\]\((\S+)\)/.exec(text)?.[1] ?? '';
    const image = await fetch(url);
    assert.deepEqual([image.status, image.headers.get('content-type')], [200, 'image/png']);
    assert.equal((await fetch(url.replace('sign=', 'sign=x'))).status, 403);
    await clock.advance(300_001);
    assert.equal((await fetch(url)).status, 403);
    assert.equal(dify.callsOf('output-file').length, 3);
  });

  it('leave the server out of addresses when it does not know itself', async () => {
    const dify = await start({ fileAddresses: 'relative' });
    dify.script('chatflow', 'markdown-image');
    assert.match((await callerOf(dify, 'chatflow').stream()).text, /\(\/files\/tools\//);
  });

  it('replace what was said', async () => {
    const chat = await streamed('message-replace');
    assert.equal(chat.dify.messages[0]?.answer, 'This was moderated.');
    const run = await streamed('message-replace', 'workflow');
    assert.match(run.heard.names, /text_replace workflow_finished$/);
    assert.deepEqual(run.dify.runs[0]?.outputs, { result: 'This was moderated.' });
  });

  it('carry every kind of output', async () => {
    const { dify } = await streamed('every-output', 'workflow');
    const kinds = Object.keys(dify.runs[0]?.outputs ?? {});
    assert.equal(kinds.length, 14);
    assert.deepEqual((await streamed('null-outputs', 'workflow')).dify.runs[0]?.outputs, null);
    assert.deepEqual((await streamed('empty-outputs', 'workflow')).dify.runs[0]?.outputs, {});
  });

  it('tell of partial success and of failure', async () => {
    assert.equal((await streamed('partial-success', 'workflow')).dify.runs[0]?.status, 'partial-succeeded');
    const { dify } = await streamed('failed-node');
    assert.deepEqual([dify.runs[0]?.status, dify.messages[0]?.status], ['failed', 'error']);
    assert.equal(dify.conversations.length, 1);
    assert.equal((await streamed('error-first')).dify.conversations.length, 0);
  });

  it('mix in events that are nobody’s business', async () => {
    const { heard, dify } = await streamed('unknown-events');
    assert.equal(dify.messages[0]?.answer, usual);
    assert.equal(heard.text, usual);
    assert.ok(heard.events.filter(({ event: is }) => is === 'moon_phase').length > 3);
    const many = await streamed('many-events');
    for (const name of ['node_retry', 'iteration_next', 'loop_completed', 'agent_log', 'reasoning_chunk'])
      assert.match(many.heard.names, new RegExp(name));
    assert.equal((await streamed('long-answer')).heard.events.length > 4000, true);
  });

  it('write as they say', async () => {
    assert.match((await streamed('crlf')).heard.raw, /^event: ping\r\n\r\ndata: /);
    assert.match((await streamed('cr')).heard.raw, /^event: ping\r\rdata: /);
    assert.match((await streamed('no-space')).heard.raw, /\ndata:\{/);
    assert.match((await streamed('comments')).heard.raw, /\n: a comment\nid: 7\n/);
    assert.match((await streamed('several-data-lines')).heard.raw, /data: \{\ndata: {2}"/);
    assert.match((await streamed('pings')).heard.raw, /\n\nevent: ping\n\ndata/);
    assert.match((await streamed('broken-record')).heard.raw, /"answer":"bro\n\n/);
  });

  it('answer with a stream who asked for one body', async () => {
    const dify = await start();
    dify.script('chatflow', 'stream-answer');
    const { open } = callerOf(dify, 'chatflow');
    const heard = await hear(await open('/chat-messages', { ...asked, response_mode: 'blocking' }));
    assert.match(heard.type, /event-stream/);
  });
});
