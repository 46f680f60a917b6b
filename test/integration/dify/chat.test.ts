import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import type { Clock } from '../../../lib/core/clock';
import { DifyRunError } from '../../../lib/dify/answer';
import { until } from '../../support/until';
import {
  apiKey,
  beginStream,
  difyBench,
  failureOf,
  finished,
  hastyClock,
  ids,
  json,
  messageEnd,
  nodeStarted,
  question,
  refusal,
  said,
  send,
  started,
  stream,
  type SentEvent,
} from './support';

describe('a question to a Dify chat app', () => {
  const bench = difyBench();

  async function answerTo(...events: readonly SentEvent[]) {
    const dify = await bench.server((_asked, response) => stream(response, ...events));
    return bench.client(dify).chat(question);
  }

  it('asks for a stream, with the key, all inputs and no title', async () => {
    const dify = await bench.server((_asked, response) => stream(response, said('Hi'), messageEnd));
    const result = await bench.client(dify).chat({ ...question, conversationId: 'c1' });
    assert.deepEqual(dify.paths(), ['POST chat-messages']);
    assert.equal(dify.asked[0]?.headers.authorization, `Bearer ${apiKey}`);
    assert.deepEqual(dify.asked[0]?.body, {
      ...question,
      response_mode: 'streaming',
      conversation_id: 'c1',
      auto_generate_name: false,
      files: [],
    });
    assert.equal(result.text, 'Hi');
    assert.deepEqual(
      [result.conversationId, result.messageId, result.taskId, result.conversationReset, result.resumed],
      ['c1', 'm1', 't1', false, false],
    );
    assert.deepEqual(result.usage, { total_tokens: 7, total_price: '0.0012' });
    assert.deepEqual(
      result.citations.map(({ documentName }) => documentName),
      ['Prices.pdf'],
    );
  });

  it('is answered by whatever order a release ends in', async () => {
    const current = await answerTo(
      started,
      said('a'),
      nodeStarted,
      said('b'),
      messageEnd,
      finished({ answer: 'ab' }),
    );
    const older = await answerTo(started, said('a'), said('b'), finished({ answer: 'ab' }), messageEnd);
    for (const result of [current, older]) {
      assert.deepEqual([result.text, result.workflowRunId, result.status], ['ab', 'r1', 'succeeded']);
      assert.equal(result.citations.length, 1);
    }
  });

  for (const [name, last] of [
    ['message_end', messageEnd],
    ['workflow_finished', finished({})],
  ] as const) {
    it(`is over two seconds after ${name}, when the other end never comes`, async () => {
      const dify = await bench.server((_asked, response) => {
        beginStream(response);
        send(response, started, said('a'), last);
      });
      let seen = '';
      const answer = bench.client(dify).chat(question, { onProgress: (text) => (seen = text) });
      await until(() => seen === 'a', 'the text');
      const over = answer.then(({ text }) => text);
      let isOver = false;
      over.then(
        () => (isOver = true),
        () => undefined,
      );
      for (let steps = 0; !isOver && steps < 50; steps += 1) await bench.clock.advance(500);
      assert.equal(await over, 'a');
      assert.equal(dify.asked.length, 1);
    });
  }

  it('takes totals as totals: a replaced text, and the closing message of the new agent', async () => {
    const replaced = await answerTo(said('bad'), { ...said('fine'), event: 'message_replace' }, messageEnd);
    assert.equal(replaced.text, 'fine');
    const agent = await answerTo(
      said('Hel', 'agent_message'),
      { event: 'agent_thought', ...ids, thought: 'secret thought' },
      said('lo', 'agent_message'),
      said('Hello', 'message'),
      messageEnd,
    );
    assert.equal(agent.text, 'Hello');
  });

  it('passes over pings, speech, thoughts, broken records and what it does not know', async () => {
    const dify = await bench.server((_asked, response) => {
      beginStream(response);
      response.write('event: ping\n\n: comment\n\ndata: {"event":"ping"}\n\ndata: {broken\n\ndata: [1]\n\n');
      response.write(`data:{"event":"message",\ndata: "answer":"two lines"}\n\n`);
      send(response, { event: 'tts_message', audio: 'AAAA' }, { event: 'brand_new', data: 1 }, messageEnd);
      response.end();
    });
    assert.equal((await bench.client(dify).chat(question)).text, 'two lines');
  });

  it('falls back to outputs when the flow has no answer text', async () => {
    const lines = await answerTo(
      started,
      finished({ city: 'Minsk', price: 5, none: null, files: [] }),
      messageEnd,
    );
    assert.equal(lines.text, 'city: Minsk\nprice: 5');
    const own = await answerTo(started, finished({ answer: 'whole', files: [] }), messageEnd);
    assert.equal(own.text, 'whole');
    const nothing = await answerTo(started, finished({ answer: '', files: [] }), messageEnd);
    assert.equal(nothing.text, '');
  });

  it('takes JSON for an answer where a server ignores the wish for a stream', async () => {
    const dify = await bench.server((_asked, response) =>
      json(response, 200, {
        event: 'message',
        ...ids,
        answer: 'whole',
        metadata: { usage: { total_tokens: 1 } },
      }),
    );
    const result = await bench.client(dify).chat(question);
    assert.deepEqual(
      [result.text, result.conversationId, result.usage],
      ['whole', 'c1', { total_tokens: 1 }],
    );
  });

  it('collects files of the assistant, not those of the person', async () => {
    const file = { event: 'message_file', ...ids, type: 'image', url: '/files/tools/a.png?sign=1' };
    const result = await answerTo(
      { ...file, belongs_to: 'user', url: '/files/own.png' },
      { ...file, belongs_to: 'assistant' },
      messageEnd,
    );
    assert.deepEqual(
      result.files.map(({ name, url }) => [name, url]),
      [['a.png', '/files/tools/a.png?sign=1']],
    );
  });

  it('tells of a pause with the form that is waited for', async () => {
    const result = await answerTo(
      started,
      said('Please wait. '),
      {
        event: 'human_input_required',
        ...ids,
        workflow_run_id: 'r1',
        data: {
          form_token: 'tok',
          form_content: 'Approve?',
          inputs: [{ type: 'paragraph', output_variable_name: 'comment' }],
          actions: [{ id: 'yes', title: 'Yes' }],
          expiration_time: 1705494029,
        },
      },
      { event: 'workflow_paused', workflow_run_id: 'r1', data: { status: 'paused', reasons: [] } },
    );
    assert.deepEqual([result.status, result.text, result.workflowRunId], ['paused', 'Please wait. ', 'r1']);
    assert.deepEqual(result.forms, [
      {
        formToken: 'tok',
        content: 'Approve?',
        actions: [{ id: 'yes', title: 'Yes' }],
        inputs: [{ name: 'comment', type: 'paragraph' }],
        expiresAt: 1705494029000,
      },
    ]);
  });

  it('fails with the run, keeps the conversation and what was said, and shows no input', async () => {
    const secret = 'token-of-the-portal-1234567890';
    const dify = await bench.server((_asked, response) =>
      stream(
        response,
        started,
        said('half'),
        finished(null, 'failed', `Node failed: header ${secret} refused`),
        {
          event: 'error',
          status: 400,
          code: 'invalid_param',
          message: `Run failed: ${secret}, ${question.query}`,
        },
      ),
    );
    let conversation = '';
    const attempt = bench
      .client(dify)
      .chat({ ...question, inputs: { T: secret } }, { onConversation: (id) => (conversation = id) });
    await assert.rejects(attempt, (error) => {
      assert.ok(error instanceof DifyRunError);
      assert.deepEqual([error.code, error.partialText, error.ids.taskId], ['DIFY_FAILED', 'half', 't1']);
      const told = `${error.message} ${JSON.stringify(error.params)}`;
      assert.match(told, /invalid_param/);
      assert.ok(!told.includes(secret) && !told.includes(question.query), told);
      return true;
    });
    assert.equal(conversation, 'c1');
    assert.equal(dify.asked.length, 1);
  });

  const refusals: [number, string, string, string, number][] = [
    [400, 'invalid_param', 'NAME in input form must be less than 48 characters', 'DIFY_INPUT_LONG', 1],
    [400, 'invalid_param', 'NAME is required in input form', 'DIFY_INPUT_MISSING', 1],
    [400, 'invalid_param', "NAME in input form must be one of the following: ['a']", 'DIFY_INPUT', 1],
    [400, 'invalid_param', 'query is required', 'DIFY_REFUSED', 1],
    [400, 'app_unavailable', 'App unavailable', 'DIFY_APP', 1],
    [400, 'not_chat_app', 'Please check if your app mode matches', 'DIFY_MODE', 1],
    [400, 'provider_not_initialize', 'no key', 'DIFY_MODEL', 1],
    [400, 'provider_quota_exceeded', 'quota', 'DIFY_QUOTA', 1],
    [401, 'unauthorized', 'Access token is invalid', 'DIFY_AUTH', 1],
    [403, 'forbidden', "The app's API service has been disabled.", 'DIFY_APP', 1],
    [413, 'file_too_large', '', 'DIFY_FILE', 1],
    [429, 'rate_limit_error', 'plan', 'DIFY_QUOTA', 1],
    [429, 'too_many_requests', 'busy', 'DIFY_RATE_LIMIT', 5],
    [500, 'internal_server_error', 'oops', 'DIFY_REFUSED', 2],
  ];
  for (const [status, code, message, expected, tries] of refusals) {
    it(`asks ${tries} time(s) and says ${expected} after ${status} ${code} ${message}`, async () => {
      const dify = await bench.server((_asked, response) => refusal(response, status, code, message));
      const error = await failureOf(bench.client(dify, { clock: hastyClock }, hastyClock).chat(question));
      assert.equal(error.code, expected);
      assert.equal(dify.asked.length, tries);
      if (message.startsWith('NAME')) assert.equal(error.params['variable'], 'NAME');
    });
  }

  for (const [status, tries] of [
    [502, 2],
    [503, 2],
    [504, 1],
    [524, 1],
  ] as const) {
    it(`asks ${tries} time(s) when a proxy says ${status} in HTML`, async () => {
      const page = `<html>${'x'.repeat(5000)}</html>`;
      const dify = await bench.server((_asked, response) =>
        response.writeHead(status, { 'content-type': 'text/html' }).end(page),
      );
      const error = await failureOf(bench.client(dify, { clock: hastyClock }, hastyClock).chat(question));
      assert.ok(error.message.length < 400);
      assert.equal(at(error, 'status'), status);
      assert.equal(dify.asked.length, tries);
    });
  }

  it('waits as long as a busy app says', async () => {
    const dify = await bench.server((_asked, response, place) => {
      if (place > 1) return stream(response, said('ok'), messageEnd);
      response.setHeader('retry-after', '7');
      refusal(response, 429, 'too_many_requests', 'busy');
    });
    const waits: number[] = [];
    const clock: Clock = {
      now: hastyClock.now,
      sleep: (ms, signal) => {
        waits.push(ms);
        return hastyClock.sleep(ms, signal);
      },
    };
    assert.equal((await bench.client(dify, { clock }, hastyClock).chat(question)).text, 'ok');
    assert.ok(waits.includes(7000), String(waits));
  });

  it('follows no redirect, and sends the key to nobody else', async () => {
    const elsewhere = await bench.server((_asked, response) => json(response, 200, {}));
    const dify = await bench.server((_asked, response) =>
      response.writeHead(302, { location: `${elsewhere.origin}/v1/chat-messages` }).end(),
    );
    const error = await failureOf(bench.client(dify, { clock: hastyClock }, hastyClock).chat(question));
    assert.deepEqual([error.code, error.params['property']], ['CONFIG_INVALID', 'baseUrl']);
    assert.equal(elsewhere.asked.length, 0);
  });

  it('takes a page with status 200 for no answer', async () => {
    const dify = await bench.server((_asked, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>login</html>'),
    );
    const error = await failureOf(bench.client(dify, { clock: hastyClock }, hastyClock).chat(question));
    assert.equal(error.code, 'DIFY_UNREACHABLE');
    assert.equal(dify.asked.length, 1);
  });

  it('is not asked again when the connection broke before the answer: the run may be there', async () => {
    const dify = await bench.server((_asked, response) => response.destroy());
    const error = await failureOf(bench.client(dify, { clock: hastyClock }, hastyClock).chat(question));
    assert.equal(error.code, 'DIFY_UNREACHABLE');
    assert.equal(dify.asked.length, 1);
  });

  it('is refused here when it is empty, or for nobody', async () => {
    const client = bench.client({ origin: 'http://127.0.0.1:9' });
    assert.equal((await failureOf(client.chat({ ...question, query: ' ' }))).params['what'], 'query');
    assert.equal(
      (await failureOf(client.chat({ ...question, user: 'u'.repeat(256) }))).params['what'],
      'user',
    );
  });
});
