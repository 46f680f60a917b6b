import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { createFileSource, FILE_HTTP_LIMITS } from '../../../lib/bitrix24/reply/file-source';
import type { Clock } from '../../../lib/core/clock';
import { at } from '../../../lib/core/fields';
import { createHttpClient } from '../../../lib/core/http';
import type { DifyClient, DifyClientOptions } from '../../../lib/dify/client';
import { fitInputs } from '../../../lib/dify/fit-inputs';
import { chatParts, workflowParts } from '../../../lib/dify/parts';
import { addFileServer, fileServerHttp } from '../../../nodes/runtime/bot/file-servers';
import { runInputsFor } from '../../../nodes/runtime/dify/run-inputs';
import {
  chart,
  event,
  report,
  startDify,
  type AppInit,
  type Dify,
  type DifyApp,
  type DifyOptions,
} from '../../../sandbox/dify';
import { until } from '../../support/until';
import {
  beginStream,
  difyBench,
  failureOf,
  finished,
  hastyClock,
  messageEnd,
  nodeStarted,
  said,
  send,
  stream,
  type SentEvent,
} from './support';

const hello = { query: 'Hello', inputs: {}, user: 'm1:5:chat7' };
const greeting = 'You said: **Hello**';
const work = { inputs: {}, user: 'm1:5:chat7' };

/** What the reference warns of and no other file here has, played by the stand-in. */
describe('the traps of Dify', () => {
  const bench = difyBench();
  const stops: (() => unknown)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  interface Started {
    dify: Dify;
    app: DifyApp;
    client: DifyClient;
  }

  async function start(
    asked: string | AppInit,
    options: DifyOptions = {},
    clock: Clock = hastyClock,
    changes: Partial<DifyClientOptions> = {},
  ): Promise<Started> {
    const dify = await startDify({ pingMs: 0, ...options });
    stops.push(() => dify.stop());
    const app = typeof asked === 'string' ? dify.app(asked) : dify.addApp(asked);
    const client = bench.client({ origin: dify.origin }, { apiKey: app.key, clock, ...changes }, clock);
    return { dify, app, client };
  }

  /** Lets a second pass at a time, with a keep-alive where the server sends them, until the run is over. */
  async function secondsOf(run: Promise<unknown>, eachSecond: () => unknown): Promise<number> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    run.then(over, over);
    let seconds = 0;
    for (; !isOver && seconds < 1000; seconds += 1) {
      for (let turns = 0; turns < 20; turns += 1) await turn();
      await eachSecond();
      await bench.clock.advance(1000);
    }
    assert.ok(isOver, 'it goes on for ever');
    return seconds;
  }

  const endpointsOf = (dify: Dify) => dify.calls.map(({ endpoint }) => endpoint);

  for (const name of ['chatbot', 'agent', 'new-agent', 'chatflow']) {
    it(`in a conversation with the ${name}: each word comes once, by stream, and it goes on`, async () => {
      const { dify, client } = await start(name);
      const first = await client.chat(hello);
      assert.equal(first.text, greeting);
      const { conversationId = '' } = first;
      const second = await client.chat({ ...hello, conversationId });
      assert.equal(second.text, `${greeting}\n\nI remember 1 earlier message of ours.`);
      assert.equal(second.conversationId, conversationId);
      const modes = dify.callsOf('run').map(({ body }) => at(body, 'response_mode'));
      assert.deepEqual(modes, ['streaming', 'streaming']);
    });
  }

  describe('in the stream', () => {
    for (const [kind, last] of [
      ['chat', [messageEnd]],
      ['chatflow', [messageEnd, finished({})]],
      ['workflow', [finished({})]],
    ] as const) {
      it(`a ${kind} that stays open behind its last event is answered and left`, async () => {
        let isLeft = false;
        const dify = await bench.server((_asked, response) => {
          response.once('close', () => (isLeft = true));
          beginStream(response);
          send(response, said('a'), ...last);
        });
        const client = bench.client(dify);
        const run = kind === 'workflow' ? client.runWorkflow(work) : client.chat(hello);
        assert.equal((await run).status, 'succeeded');
        await until(() => isLeft, 'the stream to be left');
      });
    }

    it('a long answer loses none of its 4000 pieces', async () => {
      const { dify, client } = await start('chatflow');
      dify.script('chatflow', 'long-answer');
      const sentences = Array.from({ length: 4000 }, (_, index) => `Sentence number ${index}. `);
      assert.equal((await client.chat(hello)).text, sentences.join(''));
    });

    it('a preview is replaced when the workflow says so', async () => {
      const { dify, client } = await start('workflow');
      dify.script('workflow', 'message-replace');
      const gate = dify.hold('workflow', 'before-end');
      const seen: string[] = [];
      const onProgress = (text: string): void => void seen.push(text);
      const run = client.runWorkflow(work, { onProgress, progressEveryMs: 1 });
      await until(() => seen.at(-1) === 'This was moderated.', 'the other text');
      assert.match(seen[0] ?? '', /^\*\*workflow/);
      gate.open();
      assert.deepEqual((await run).outputs, { result: 'This was moderated.' });
    });

    it('an end that nobody told is asked for by the id of the run, the way its kind wants', async () => {
      for (const [name, outcome] of [
        ['chatflow', { text: greeting, outputs: { answer: greeting } }],
        ['workflow', { text: '**workflow** has run.', outputs: { result: '**workflow** has run.' } }],
      ] as const) {
        const { dify, client } = await start(name);
        dify.script(name, 'end-untold');
        const run = name === 'workflow' ? client.runWorkflow(work) : client.chat(hello);
        const { text, outputs, resumed } = await run;
        assert.deepEqual({ text, outputs }, outcome);
        assert.equal(resumed, true);
        assert.deepEqual(endpointsOf(dify), ['run', 'events']);
      }
    });

    it('any event tells the id of the run, though the first one never came', async () => {
      const rest: readonly SentEvent[] = [said('a b'), messageEnd, finished({ answer: 'a b' })];
      const dify = await bench.server(({ path }, response) =>
        path === 'chat-messages' ? stream(response, nodeStarted, said('a')) : stream(response, ...rest),
      );
      const { text, resumed } = await bench.client(dify).chat(hello);
      assert.deepEqual([text, resumed], ['a b', true]);
      assert.deepEqual(dify.paths(), ['POST chat-messages', 'GET workflow/r1/events']);
    });
  });

  describe('in time', () => {
    it('message_end that never comes costs nothing but a pause', async () => {
      const { dify, client } = await start('chatflow', {}, bench.clock);
      dify.script('chatflow', 'message-end-lost');
      const run = client.chat(hello);
      await secondsOf(run, () => dify.ping());
      const { text, resumed } = await run;
      assert.deepEqual([text, resumed, endpointsOf(dify)], [greeting, false, ['run']]);
    });

    for (const [scenario, timer, seconds] of [
      ['pings-only', 'progress', 300],
      ['half-open', 'idle', 45],
      ['no-answer', 'idle', 45],
    ] as const) {
      it(`${scenario} ends by the ${timer} limit, and is not asked again`, async () => {
        const { dify, client } = await start('chatflow', {}, bench.clock);
        dify.script('chatflow', scenario);
        const failing = failureOf(client.chat(hello));
        assert.ok((await secondsOf(failing, () => dify.ping())) >= seconds);
        const { code, params } = await failing;
        assert.deepEqual([code, params['timer'], params['seconds']], ['DIFY_TIMEOUT', timer, seconds]);
        assert.deepEqual(endpointsOf(dify), ['run']);
      });
    }

    it('a byte a second is a sign of life: the answer comes', async () => {
      const timers = { progressMs: 3_600_000, totalMs: 3_600_000 };
      const { dify, client } = await start('chatbot', { clock: bench.clock }, bench.clock, { timers });
      const steps = () => [event('message', { answer: 'Hi' }), event('message_end')];
      dify.script('chatbot', { like: 'one-byte-a-second', steps });
      const run = client.chat(hello);
      const seconds = await secondsOf(run, () => undefined);
      assert.equal((await run).text, 'Hi');
      assert.ok(seconds >= (dify.calls[0]?.bytesSent ?? Infinity), 'it did not take its time');
      assert.ok(seconds > 300, 'it was over too soon to show anything');
    });

    it('a conversation that is gone and says so by keep-alives only is begun anew', async () => {
      const own = { name: 'own', mode: 'advanced-chat', lostConversation: 'pings-only' } as const;
      const { dify, client } = await start(own, {}, bench.clock);
      const run = client.chat({ ...hello, conversationId: randomUUID() });
      await secondsOf(run, () => dify.ping());
      const { text, conversationReset, conversationId } = await run;
      assert.deepEqual([text, conversationReset], [greeting, true]);
      assert.equal(conversationId, dify.conversations[0]?.id);
      assert.deepEqual(endpointsOf(dify), ['run', 'messages', 'run']);
    });
  });

  describe('when a run waits for a person', () => {
    it('a form with fields of every kind is filled in, its file by upload', async () => {
      const { dify, client } = await start('chatflow');
      dify.script('chatflow', 'paused-with-fields');
      const { user } = hello;
      const { status, forms, workflowRunId = '' } = await client.chat(hello);
      const [form] = forms;
      assert.deepEqual(
        [status, form?.inputs.map(({ name, type }) => `${name} ${type}`)],
        ['paused', ['comment paragraph', 'priority select', 'scan file']],
      );
      const open = async () => Readable.from([Buffer.from('page 1')]);
      const id = await client.uploadFile({ name: 'scan.png', open }, { user });
      const scan = { type: 'image', transfer_method: 'local_file', upload_file_id: id };
      const inputs = { comment: 'fine', priority: form?.inputs[1]?.options?.[1], scan };
      const reference = { kind: 'chat', formToken: form?.formToken ?? '', workflowRunId } as const;
      const rest = await client.submitForm({ ...reference, action: 'approve', inputs, user });
      assert.equal(rest.status, 'succeeded');
      assert.deepEqual(dify.forms[0]?.submission?.inputs, { ...inputs, priority: 'high' });
    });

    for (const name of ['chatflow', 'workflow']) {
      it(`a ${name} that answers in JSON tells the same form`, async () => {
        const { dify, client } = await start(name);
        dify.script(name, { like: 'paused', responseMode: 'json' });
        const run = name === 'workflow' ? client.runWorkflow(work) : client.chat(hello);
        const { status, forms } = await run;
        assert.deepEqual([status, forms[0]?.formToken], ['paused', dify.forms[0]?.token]);
      });
    }
  });

  it('do not catch values that were made to fit: what is sent is what the app takes', async () => {
    const { dify, client } = await start({
      name: 'own',
      mode: 'advanced-chat',
      form: [
        { type: 'text-input', variable: 'CHAT_ID', required: true },
        { type: 'text-input', variable: 'CHAT_TITLE' },
        { type: 'paragraph', variable: 'MESSAGE_BATCH' },
        { type: 'number', variable: 'price' },
        { type: 'checkbox', variable: 'IS_EXTRANET' },
        { type: 'select', variable: 'LANGUAGE', options: ['en', 'ru'] },
        { type: 'json_object', variable: 'lead' },
      ],
    });
    const given = {
      CHAT_ID: 12,
      CHAT_TITLE: '👍'.repeat(60),
      MESSAGE_BATCH: [{ message: 'Hello' }],
      price: ' 12,5 ',
      IS_EXTRANET: 'N',
      LANGUAGE: 'RU',
      lead: '{"id":7}',
      CHAT_TITEL: 'nobody declares this',
    };
    const { form } = await client.describe();
    const { conversationId = '' } = await client.chat({ ...hello, inputs: fitInputs(given, form).inputs });
    await client.chat({
      ...hello,
      conversationId,
      inputs: fitInputs({ ...given, CHAT_ID: 13 }, form).inputs,
    });
    const taken = dify.runs.map(({ turn: { inputs } }) => inputs);
    assert.deepEqual(
      [taken[0]?.['CHAT_ID'], taken[1]?.['CHAT_ID'], taken[1]?.['CHAT_TITLE']],
      ['12', '13', '👍'.repeat(48)],
    );
    assert.deepEqual(
      [taken[1]?.['price'], taken[1]?.['IS_EXTRANET'], taken[1]?.['LANGUAGE'], taken[1]?.['lead']],
      [12.5, false, 'ru', { id: 7 }],
    );
    assert.equal(taken[1]?.['MESSAGE_BATCH'], '[{"message":"Hello"}]');
  });

  describe('with files', () => {
    it('an app that takes none is not sent any, and the operator is told', async () => {
      const { dify, app, client } = await start('chatflow');
      app.fileUpload = { ...app.fileUpload, enabled: false };
      let opened = 0;
      const open = async (): Promise<Readable> => {
        opened += 1;
        return Readable.from(['bytes']);
      };
      const { user } = hello;
      const options = { signal: new AbortController().signal };
      const files = [{ name: 'photo.png', open }];
      const given = { app: await client.describe(), question: 'Look', variables: {} };
      const asking = {
        ...{ message: { _msgid: '1' }, dialog: undefined, user, options, files },
        read: async () => given,
        hear: async () => ({ ...given, words: 'Look', files }),
      };
      const notices: Error[] = [];
      const run = await runInputsFor(asking, {
        client,
        settings: { sendsFiles: true, tooLong: 'cut' },
        onNotice: (notice) => void notices.push(notice),
      });
      await client.chat({ ...run, user });
      assert.deepEqual(
        notices.map((notice) => [at(notice, 'code'), at(notice, 'params', 'reason')]),
        [['DIFY_FILE', 'off']],
      );
      assert.deepEqual([opened, dify.callsOf('upload').length, dify.runs.length], [0, 0, 1]);
    });

    const both = [chart, report];
    for (const [name, scenario, expected] of [
      ['chatbot', 'message-file', [chart]],
      ['agent', 'output-files', both],
      ['chatflow', 'output-files', both],
      ['chatflow', 'markdown-image', [chart]],
      ['workflow', 'output-files', both],
    ] as const) {
      it(`${scenario} of the ${name} is fetched where the app lies, though its address is but a path`, async () => {
        const { dify, client } = await start(name, { fileAddresses: 'relative' });
        dify.script(name, scenario);
        const { origin } = client;
        const parts =
          name === 'workflow'
            ? workflowParts(await client.runWorkflow(work), { origin })
            : chatParts(await client.chat(hello), { origin });
        const found = parts.flatMap((part) => (part.type === 'file' ? [part] : []));
        const { signal } = new AbortController();
        const [source, close] = sourceOfReplies();
        // An address that anybody could have named leads nowhere in one's own network.
        for (const part of found)
          await assert.rejects(source.read(part, signal), { code: 'ADDRESS_REFUSED' });
        stops.push(addFileServer(origin, '/files/', { allowPrivateNetwork: false }), close);
        const fetched: Buffer[] = [];
        for (const part of found) {
          const { content, release } = await source.read(part, signal);
          fetched.push(await buffer(await content.open(signal)));
          await release();
        }
        assert.deepEqual(
          fetched,
          expected.map(({ content }) => content),
        );
      });
    }
  });

  /** As `bitrix-imbot-reply` reads files. */
  function sourceOfReplies() {
    const policy = { origin: 'received' } as const;
    const http = createHttpClient({ ...FILE_HTTP_LIMITS, policy, userAgent: 'bitlane-test' });
    const source = createFileSource((address) => fileServerHttp(address) ?? http);
    return [source, () => http.close()] as const;
  }
});
