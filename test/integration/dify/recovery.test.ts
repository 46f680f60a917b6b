import assert from 'node:assert/strict';
import { until } from '../../support/until';
import {
  beginStream,
  difyBench,
  failureOf,
  finished,
  hastyClock,
  ids,
  json,
  messageEnd,
  question,
  refusal,
  said,
  send,
  started,
  stream,
  type Asked,
} from './support';

describe('a stream that breaks', () => {
  const bench = difyBench();
  const client = (dify: { origin: string }) => bench.client(dify, { clock: hastyClock }, hastyClock);
  const isStart = ({ path }: Asked): boolean => path === 'chat-messages' || path === 'workflows/run';

  it('is taken up again by the id of its run, each word once', async () => {
    for (const rest of [
      // Live words only, a repetition from the beginning, and the whole in the outputs although words are missing.
      [said(' c'), messageEnd, finished({})],
      [started, said('a'), said(' b'), said(' c'), messageEnd, finished({})],
      [messageEnd, finished({ answer: 'a b c' })],
    ]) {
      const dify = await bench.server((asked, response) => {
        if (asked.path === 'messages') return json(response, 200, { data: [] });
        if (!isStart(asked)) return stream(response, ...rest);
        beginStream(response);
        send(response, started, said('a'), said(' b'));
        response.write('data: {"event":"mess', () => response.destroy());
      });
      const result = await client(dify).chat(question);
      assert.deepEqual([result.text, result.resumed], ['a b c', true]);
      assert.deepEqual(dify.paths().slice(0, 2), ['POST chat-messages', 'GET workflow/r1/events']);
      assert.equal(dify.asked[1]?.query.get('user'), question.user);
      assert.equal(dify.asked[1]?.query.get('include_state_snapshot'), 'true');
      assert.equal(dify.asked.filter(isStart).length, 1);
    }
  });

  it('gets the words between the break and the second look from the message', async () => {
    const dify = await bench.server((asked, response) => {
      if (asked.path === 'messages') {
        return json(response, 200, {
          data: [
            { id: 'm0', answer: 'old' },
            { id: 'm1', answer: 'a b c d' },
          ],
        });
      }
      if (isStart(asked)) return stream(response, started, said('a'));
      stream(response, said(' d'), messageEnd, finished({}));
    });
    const result = await client(dify).chat(question);
    assert.equal(result.text, 'a b c d');
  });

  it('is looked after by polling where a release cannot be attached to', async () => {
    let looks = 0;
    const dify = await bench.server((asked, response) => {
      if (isStart(asked)) return stream(response, started);
      if (asked.path.endsWith('/events')) return refusal(response, 404, 'not_found', 'not found');
      looks += 1;
      json(response, 200, {
        id: 'r1',
        status: looks < 3 ? 'running' : 'succeeded',
        outputs: { result: 'done' },
      });
    });
    const result = await client(dify).runWorkflow({ inputs: {}, user: 'u' });
    assert.deepEqual([result.outputs, result.resumed, looks], [{ result: 'done' }, true, 3]);
    assert.equal(dify.asked.filter(isStart).length, 1);
  });

  it('is an error when nobody can tell the rest, and never a second run', async () => {
    const noAttach = await bench.server((asked, response) =>
      isStart(asked) ? stream(response, started, said('a')) : refusal(response, 404, 'not_found', 'no'),
    );
    const plainChat = await bench.server((_asked, response) => stream(response, said('a')));
    for (const dify of [noAttach, plainChat]) {
      assert.equal((await failureOf(client(dify).chat(question))).code, 'DIFY_INTERRUPTED');
      assert.equal(dify.asked.filter(isStart).length, 1);
    }
  });

  it('is no matter behind the last word', async () => {
    const dify = await bench.server((_asked, response) => {
      beginStream(response);
      send(response, started, said('a'));
      response.write(`data: ${JSON.stringify(messageEnd)}\n`, () => response.destroy());
    });
    assert.equal((await client(dify).chat(question)).text, 'a');
    assert.equal(dify.asked.length, 1);
  });
});

describe('a conversation that is gone', () => {
  const bench = difyBench();
  const asked = { ...question, conversationId: 'old' };
  const conversationOf = ({ body }: Asked): unknown =>
    typeof body === 'object' && body !== null ? Reflect.get(body, 'conversation_id') : undefined;

  for (const [name, lose] of [
    [
      '404',
      (response: Parameters<typeof refusal>[0]) =>
        refusal(response, 404, 'not_found', 'Conversation Not Exists. You have requested this URI'),
    ],
    [
      'completed',
      (response: Parameters<typeof refusal>[0]) => refusal(response, 400, 'conversation_completed', 'over'),
    ],
    [
      'an error in the stream',
      (response: Parameters<typeof refusal>[0]) =>
        stream(response, {
          event: 'error',
          status: 404,
          code: 'invalid_param',
          message: 'Conversation Not Exists.',
        }),
    ],
  ] as const) {
    it(`is begun anew once, after ${name}`, async () => {
      const dify = await bench.server((request, response) =>
        conversationOf(request) === 'old' ? lose(response) : stream(response, said('ok'), messageEnd),
      );
      let told = '';
      const result = await bench.client(dify).chat(asked, { onConversation: (id) => (told = id) });
      assert.deepEqual(
        [result.text, result.conversationReset, result.conversationId, told],
        ['ok', true, 'c1', 'c1'],
      );
      assert.deepEqual(dify.asked.map(conversationOf), ['old', '']);
    });

    it(`is not begun for ever, after ${name}`, async () => {
      const dify = await bench.server((_request, response) => lose(response));
      assert.equal((await failureOf(bench.client(dify).chat(asked))).code, 'DIFY_CONVERSATION');
      assert.equal(dify.asked.length, 2);
    });
  }

  it('shows by keep-alives only: a look finds out', async () => {
    const dify = await bench.server((request, response) => {
      if (request.path === 'messages') return refusal(response, 404, 'not_found', 'Conversation Not Exists.');
      beginStream(response);
      if (conversationOf(request) === 'old') return response.write('event: ping\n\n');
      send(response, said('ok'), messageEnd);
    });
    const answer = bench.client(dify).chat(asked);
    await until(() => dify.asked.length === 1, 'the question');
    await bench.clock.advance(20_000);
    const result = await answer;
    assert.deepEqual([result.text, result.conversationReset], ['ok', true]);
    assert.deepEqual(dify.paths(), ['POST chat-messages', 'GET messages', 'POST chat-messages']);
    assert.equal(dify.asked[1]?.query.get('conversation_id'), 'old');
  });

  it('is not given up for being slow', async () => {
    let finish: () => void = () => undefined;
    const dify = await bench.server((request, response) => {
      if (request.path === 'messages') return json(response, 200, { data: [] });
      beginStream(response);
      response.write('event: ping\n\n');
      finish = () => {
        send(response, said('slow'), messageEnd);
        response.end();
      };
    });
    const answer = bench.client(dify).chat(asked);
    await until(() => dify.asked.length === 1, 'the question');
    await bench.clock.advance(20_000);
    await until(() => dify.asked.length === 2, 'the look');
    finish();
    const result = await answer;
    assert.deepEqual([result.text, result.conversationReset], ['slow', false]);
  });
});

describe('a form that a run waits for', () => {
  const bench = difyBench();
  const form = { kind: 'chat', formToken: 'tok', workflowRunId: 'r1', action: 'yes', user: 'u' } as const;

  it('is answered, and the rest of the run is the answer', async () => {
    const dify = await bench.server((request, response) => {
      if (request.method === 'POST') return json(response, 200, {});
      stream(
        response,
        { event: 'human_input_form_filled', ...ids, data: {} },
        said('thanks'),
        messageEnd,
        finished({}),
      );
    });
    const result = await bench
      .client(dify)
      .submitForm({ ...form, inputs: { comment: 'ok' }, conversationId: 'c1' });
    assert.equal(result.text, 'thanks');
    assert.deepEqual(dify.paths(), ['POST form/human_input/tok', 'GET workflow/r1/events']);
    assert.deepEqual(dify.asked[0]?.body, { inputs: { comment: 'ok' }, action: 'yes', user: 'u' });
  });

  it('is answered once: who comes later hears that it is closed', async () => {
    const dify = await bench.server((_request, response) =>
      refusal(response, 412, 'human_input_form_submitted', 'already'),
    );
    assert.equal((await failureOf(bench.client(dify).submitForm(form))).code, 'DIFY_FORM_CLOSED');
    assert.equal(dify.asked.length, 1);
  });
});
