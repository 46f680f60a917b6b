import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { BitlaneError, CancelledError } from '../../../lib/core/errors';
import { systemClock, type Clock } from '../../../lib/core/clock';
import { createHttpClient } from '../../../lib/core/http';
import { createDifyClient, type DifyClient } from '../../../lib/dify/client';
import { readFormContext } from '../../../lib/dify/human-form';
import { chatParts, workflowParts } from '../../../lib/dify/parts';
import type { DifyResult } from '../../../lib/dify/request';
import { createTurns } from '../../../lib/core/turns';
import {
  scenarioNames,
  startDify,
  type AppInit,
  type Dify,
  type DifyOptions,
  type ScenarioName,
} from '../../../sandbox/dify';
import { patienceMs } from '../../support/patience';
import { until } from '../../support/until';
import { hastyClock } from './support';

/** The stand-in knows Dify by the same reference, but by other hands. */
describe('the Dify client and the stand-in', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function start(app: string, init?: AppInit, options: DifyOptions = {}, clock: Clock = hastyClock) {
    const dify = await startDify({ pingMs: 0, ...options });
    closing.push(() => dify.stop());
    const { key } = init ? dify.addApp(init) : dify.app(app);
    const http = createHttpClient({
      policy: { origin: 'configured' },
      userAgent: 'bitlane-test',
      timeoutMs: patienceMs,
      maxResponseBytes: 300 * 1024 * 1024,
      clock,
    });
    closing.push(() => http.close());
    const client = createDifyClient({
      baseUrl: dify.baseUrl,
      apiKey: key,
      http,
      clock,
      turns: createTurns(),
    });
    return { dify, client };
  }

  const hello = { query: 'Hello', inputs: {}, user: 'm1:5:chat7' };
  const greeting = 'You said: **Hello**';
  const scripts = 'Привет, 世界! Grüße 👋🏽 и до встречи.';

  /** What a chatflow's answer comes to: its text, or the code of its error. */
  const outcomes: Partial<Record<ScenarioName, string>> = {
    plain: greeting,
    'message-end-first': greeting,
    'workflow-finished-first': greeting,
    'message-replace': 'This was moderated.',
    'closing-message': 'Hello there',
    thinking: 'Hello!',
    citations: 'It is in the handbook.',
    speech: greeting,
    'many-events': greeting,
    'unknown-events': greeting,
    'large-node': greeting,
    'no-text': 'result: Only in the outputs.',
    'empty-outputs': '',
    'null-outputs': '',
    'partial-success': greeting,
    'failed-node': 'DIFY_FAILED',
    'error-mid-stream': 'DIFY_MODEL',
    'stopped-by-server': 'DIFY_FAILED',
    'split-utf8': scripts,
    crlf: scripts,
    'crlf-split': scripts,
    cr: scripts,
    'no-space': greeting,
    'several-data-lines': greeting,
    comments: greeting,
    'byte-order-mark': greeting,
    pings: greeting,
    'broken-record': greeting,
    'done-marker': greeting,
    'started-missing': greeting,
    'slow-title': greeting,
    'json-answer': greeting,
    'stream-answer': greeting,
    'error-first': 'DIFY_FAILED',
    'conversation-lost-in-stream': 'DIFY_CONVERSATION',
    'empty-stream': 'DIFY_INTERRUPTED',
    'cut-and-waiting': greeting,
    'cut-and-finished': greeting,
    'endless-record': 'DIFY_UNREACHABLE',
    'gzip-bomb-stream': 'DIFY_UNREACHABLE',
    'bad-request': 'DIFY_INPUT_MISSING',
    'input-too-long': 'DIFY_INPUT_LONG',
    'model-missing': 'DIFY_MODEL',
    'model-quota': 'DIFY_QUOTA',
    unauthorized: 'DIFY_AUTH',
    forbidden: 'DIFY_APP',
    'conversation-lost-with-appendix': 'DIFY_CONVERSATION',
    'conversation-completed': 'DIFY_CONVERSATION',
    'too-large': 'DIFY_FILE',
    busy: greeting,
    'busy-with-retry-after': greeting,
    'quota-used-up': 'DIFY_QUOTA',
    'server-error': greeting,
    'bad-gateway': greeting,
    unavailable: greeting,
    'gateway-timeout': 'DIFY_UNREACHABLE',
    'edge-timeout': 'DIFY_UNREACHABLE',
    'html-page': 'DIFY_UNREACHABLE',
    redirect: 'CONFIG_INVALID',
    'redirect-keeping-method': 'CONFIG_INVALID',
    'broken-json': 'DIFY_UNREACHABLE',
    'empty-body': 'DIFY_UNREACHABLE',
    reset: 'DIFY_UNREACHABLE',
    'answer-lost': 'DIFY_UNREACHABLE',
    'huge-body': 'DIFY_UNREACHABLE',
    'gzip-bomb': 'DIFY_UNREACHABLE',
  };
  for (const [name, expected] of Object.entries(outcomes)) {
    it(`make ${JSON.stringify(expected)} of ${name}, in one run at most`, async () => {
      const { dify, client } = await start('chatflow');
      script(dify, 'chatflow', name);
      const outcome = await client.chat(hello).then(
        ({ text }) => text,
        (error: unknown) => (error instanceof BitlaneError ? error.code : error),
      );
      assert.equal(outcome, expected);
      assert.ok(dify.runs.length <= 1, `${dify.runs.length} runs`);
    });
  }

  it('carry on a conversation, and begin it anew when it is gone, however that is told', async () => {
    for (const lostConversation of ['not-found', 'not-found-with-appendix', 'error-event'] as const) {
      const { client } = await start('own', { name: 'own', mode: 'advanced-chat', lostConversation });
      const first = await client.chat(hello);
      const second = await client.chat({ ...hello, conversationId: first.conversationId ?? '' });
      assert.match(second.text, /I remember 1 earlier message/);
      assert.equal(second.conversationId, first.conversationId);
      const gone = '0b9f1d6c-0000-4000-8000-000000000000';
      const anew = await client.chat({ ...hello, conversationId: gone });
      assert.deepEqual([anew.text, anew.conversationReset], [greeting, true]);
      assert.notEqual(anew.conversationId, gone);
    }
  });

  it('say each word once after a break, whatever is played to those who come back', async () => {
    for (const eventsReplay of ['from-now', 'from-start'] as const) {
      const { dify, client } = await start('own', { name: 'own', mode: 'advanced-chat', eventsReplay });
      dify.script('own', 'cut-and-waiting');
      const result = await client.chat(hello);
      assert.deepEqual([result.text, result.resumed, dify.runs.length], [greeting, true, 1]);
    }
  });

  it('do what can be done where nobody can come back to a stream', async () => {
    const old = { eventsEndpoint: false };
    const flow = await start('own', { name: 'own', mode: 'workflow', ...old });
    flow.dify.script('own', 'cut-and-finished');
    const polled = await flow.client.runWorkflow({ inputs: {}, user: 'u' });
    assert.deepEqual([polled.outputs, polled.resumed], [{ result: '**own** has run.' }, true]);
    const chat = await start('own', { name: 'own', mode: 'advanced-chat', ...old });
    chat.dify.script('own', 'cut-and-finished');
    await assert.rejects(chat.client.chat(hello), { code: 'DIFY_INTERRUPTED' });
    assert.equal(chat.dify.runs.length, 1);
  });

  it('stop the run when a person takes over', async () => {
    const { dify, client } = await start('chatflow', undefined, {}, systemClock);
    dify.hold('chatflow', 'mid-stream');
    const takeOver = new AbortController();
    let seen = '';
    const answer = client.chat(hello, { signal: takeOver.signal, onProgress: (text) => (seen = text) });
    const outcome = answer.catch((error: unknown) => error);
    await until(() => seen !== '', 'the first word');
    takeOver.abort();
    assert.ok((await outcome) instanceof CancelledError);
    assert.deepEqual(
      dify.callsOf('stop').map(({ status, user }) => [status, user]),
      [[200, hello.user]],
    );
    await until(() => dify.runs[0]?.status === 'stopped', 'the run to be stopped');
  });

  for (const scenario of ['paused', 'paused-quick', 'paused-with-text'] as const) {
    it(`answer the form of ${scenario} by its button`, async () => {
      const { dify, client } = await start('chatflow');
      dify.script('chatflow', scenario);
      const asked = await client.chat(hello);
      assert.equal(asked.status, 'paused');
      const rest = await answerForm(client, asked);
      assert.equal(rest.status, 'succeeded');
      assert.ok(rest.text !== '' && greeting.endsWith(rest.text.trimStart()), rest.text);
      await assert.rejects(answerForm(client, asked), { code: 'DIFY_FORM_CLOSED' });
    });
  }

  it('tell nothing in an error by which somebody else could answer the form', async () => {
    const { dify, client } = await start('chatflow');
    dify.script('chatflow', 'paused');
    const { workflowRunId = '', forms } = await client.chat(hello);
    const formToken = forms[0]?.formToken ?? assert.fail('no form');
    const wrong = {
      kind: 'chat',
      formToken,
      workflowRunId,
      action: 'no-such-action',
      user: hello.user,
    } as const;
    const error: unknown = await client.submitForm(wrong).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Error);
    assert.match(error.message, /form\/human_input\/\*/);
    assert.ok(!error.message.includes(formToken) && !error.message.includes(workflowRunId), error.message);
  });

  it('answer one form after the other', async () => {
    const { dify, client } = await start('chatflow');
    dify.script('chatflow', 'paused-twice');
    const first = await client.chat(hello);
    const second = await answerForm(client, first);
    assert.deepEqual([second.status, second.forms[0]?.content], ['paused', 'Second question?']);
    assert.equal((await answerForm(client, second)).status, 'succeeded');
  });

  async function answerForm(client: DifyClient, paused: DifyResult): Promise<DifyResult> {
    // The buttons of a form come when nothing is left to be filled in.
    const filled = { ...paused, forms: paused.forms.map((form) => ({ ...form, inputs: [] })) };
    const choices = chatParts(filled, { origin: client.origin }).find(({ type }) => type === 'choices');
    assert.ok(choices?.type === 'choices');
    const form = readFormContext(choices.context ?? '');
    assert.ok(form);
    const inputs = Object.fromEntries((paused.forms[0]?.inputs ?? []).map(({ name }) => [name, 'fine']));
    const { conversationId = '' } = paused;
    const action = choices.items[0]?.id ?? '';
    return client.submitForm({ kind: 'chat', ...form, action, inputs, user: hello.user, conversationId });
  }

  it('make parts of every kind of output, with addresses that lead to the files', async () => {
    const { dify, client } = await start('workflow', undefined, { fileAddresses: 'relative' });
    dify.script('workflow', 'every-output');
    const result = await client.runWorkflow({ inputs: {}, user: 'u' });
    const parts = workflowParts(result, { origin: client.origin });
    const [text, ...files] = parts;
    assert.ok(text?.type === 'text');
    assert.match(
      text.text,
      /^text: \*\*Bold\*\* text\namount: 12\.5\ncount: 3\nready: true\nrecord: \{"name"/,
    );
    for (const file of files) {
      const url = 'url' in file ? (file.url ?? '') : '';
      assert.ok(url.startsWith(`${client.origin}/files/`), url);
      assert.equal((await fetch(url)).status, 200);
    }
    assert.deepEqual([...new Set(files.map((file) => 'name' in file && file.name))].sort(), [
      'chart.png',
      'report.txt',
    ]);
  });

  it('describe every kind of app', async () => {
    const { client } = await start('chatflow');
    assert.deepEqual((({ kind, mode, version }) => [kind, mode, version])(await client.describe()), [
      'chat',
      'advanced-chat',
      '1.14.0',
    ]);
    const old = await start('old', { name: 'old', mode: 'workflow', infoTellsMode: false });
    assert.deepEqual((({ kind, mode }) => [kind, mode])(await old.client.describe()), ['workflow', '']);
    await assert.rejects(old.client.chat(hello), { code: 'DIFY_MODE' });
  });

  it('bring files and voices to the app', async () => {
    const { dify, client } = await start('own', {
      name: 'own',
      mode: 'advanced-chat',
      speechToText: ({ content }) => `heard ${content.length} bytes`,
    });
    const app = await client.describe();
    const source = (name: string) => ({ name, open: async () => Readable.from([Buffer.from('12345')]) });
    const options = { user: hello.user };
    const voice = await client.transcribe([source('voice.mp3'), source('photo.png')], app, options);
    assert.deepEqual([voice.texts, voice.others.length], [['heard 5 bytes'], 1]);
    const attached = await client.attachFiles([...voice.others, source('x.exe')], app, options);
    assert.deepEqual(attached.skipped, [{ name: 'x.exe', reason: 'type' }]);
    const { text } = await client.chat({ ...hello, files: attached.files });
    assert.match(text, /You sent: \*photo\.png\*/);
    assert.equal(dify.files.length, 1);
  });
});

function script(dify: Dify, app: string, name: string): void {
  const scenario = scenarioNames.find((each) => each === name);
  assert.ok(scenario !== undefined, `the stand-in has no ${name}`);
  dify.script(app, scenario);
}
