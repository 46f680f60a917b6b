import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../lib/core/clock';
import type { DifyResult, RunOptions } from '../../../lib/dify/request';
import { startDify, type Dify, type ScenarioName } from '../../../sandbox/dify';
import { until } from '../../support/until';
import {
  beginStream,
  difyBench,
  failureOf,
  finished,
  ids,
  json,
  nodeStarted,
  question,
  refusal,
  said,
  send,
  started,
  stream,
  type Answerer,
  type SentEvent,
} from './support';

const inRun = { ...ids, workflow_run_id: 'r1' };
const paused: SentEvent = { event: 'workflow_paused', ...inRun, data: { status: 'paused', reasons: [] } };
const formOf = (token: string): SentEvent => ({
  event: 'human_input_required',
  ...inRun,
  data: { form_token: token, form_content: 'Is it right?', actions: [{ id: 'yes', title: 'Yes' }] },
});
const result = (status: string, more: object = {}) => ({ id: 'r1', status, outputs: {}, ...more });

describe('the end of a run that is lost on its way', () => {
  const bench = difyBench();
  const betweenLooks = 30_000;
  const timers = { idleMs: 900_000, progressMs: 100_000, totalMs: 900_000 };
  const workflow = { inputs: {}, user: 'u' };
  const form = { kind: 'workflow', formToken: 'tok', workflowRunId: 'r1', action: 'yes', user: 'u' } as const;

  /** A stream that says what the test makes it say and stays open; whatever is asked besides is a look. */
  async function silent(look: Answerer, ...begins: readonly SentEvent[]) {
    let say: (...events: readonly SentEvent[]) => void = () => undefined;
    let isOpen = false;
    const dify = await bench.server((request, response, place) => {
      if (request.path.endsWith('/stop')) return json(response, 200, { result: 'success' });
      if (request.path.startsWith('form/')) return json(response, 200, {});
      if (isOpen) return look(request, response, place);
      isOpen = true;
      beginStream(response);
      send(response, ...begins);
      say = (...events) => send(response, ...events);
      return response.write('event: ping\n\n');
    });
    const slept: number[] = [];
    const clock: Clock = {
      now: () => bench.clock.now(),
      sleep(ms, signal) {
        slept.push(ms);
        return bench.clock.sleep(ms, signal);
      },
    };
    return {
      dify,
      client: bench.client(dify, { timers, clock }, clock),
      say: (event: SentEvent) => say(event),
      /** What the client waits for is the only thing of a look that can be seen from outside. */
      untilWaiting: (ms: number, times: number) =>
        until(() => slept.filter((each) => each === ms).length === times, `wait ${times} of ${ms} ms`),
    };
  }

  /** Runs until its first event is there. In an object, for a promise would be waited for. */
  async function begun(run: (options: RunOptions) => Promise<DifyResult>) {
    let conversation = '';
    const answer = run({ onConversation: (id) => (conversation = id) });
    answer.catch(() => undefined);
    await until(() => conversation === 'c1', 'the first event');
    return { answer };
  }

  describe('of a workflow', () => {
    it('is looked for after 20 s of silence, then each 30 s, until the run is over', async () => {
      let status = 'running';
      const { dify, client, untilWaiting } = await silent(
        (_request, response) => json(response, 200, result(status, { outputs: { answer: 42 } })),
        started,
      );
      const { answer } = await begun((options) => client.runWorkflow(workflow, options));
      for (const [looks, seconds] of [20, 30, 30].entries()) {
        await bench.clock.advance((seconds - 1) * 1000);
        assert.equal(dify.asked.length, 1 + looks);
        if (looks === 2) status = 'succeeded';
        await bench.clock.advance(1000);
        if (looks < 2) await untilWaiting(betweenLooks, looks + 1);
      }
      const { status: told, outputs, resumed } = await answer;
      assert.deepEqual([told, outputs, resumed], ['succeeded', { answer: 42 }, true]);
      assert.deepEqual(dify.paths(), [
        'POST workflows/run',
        ...Array<string>(3).fill('GET workflows/run/r1'),
      ]);
      await until(() => bench.clock.pending() === 0, 'the timers to be gone');
    });

    it('is not looked for while anything comes', async () => {
      const { dify, client, say } = await silent(
        (_request, response) => json(response, 200, result('succeeded')),
        started,
      );
      let seen = '';
      const { answer } = await begun((options) =>
        client.runWorkflow(workflow, { ...options, onProgress: (text) => (seen = text) }),
      );
      await bench.clock.advance(19_000);
      say({ event: 'text_chunk', ...inRun, data: { text: 'a' } });
      await until(() => seen === 'a', 'the word');
      await bench.clock.advance(19_000);
      assert.equal(dify.asked.length, 1);
      await bench.clock.advance(1000);
      assert.equal((await answer).text, 'a');
      assert.equal(dify.asked.length, 2);
    });

    it('is an error when the run has failed', async () => {
      const { client } = await silent(
        (_request, response) => json(response, 200, result('failed', { outputs: null, error: 'no model' })),
        started,
      );
      const { answer } = await begun((options) => client.runWorkflow(workflow, options));
      await bench.clock.advance(20_000);
      const error = await failureOf(answer);
      assert.deepEqual([error.code, /no model/.test(error.message)], ['DIFY_FAILED', true]);
    });

    it('is what the stream says when that speaks during the look', async () => {
      let release = (): void => undefined;
      const { dify, client, say, untilWaiting } = await silent((_request, response) => {
        release = () => json(response, 200, result('succeeded', { outputs: { from: 'look' } }));
      }, started);
      let seen = '';
      const { answer } = await begun((options) =>
        client.runWorkflow(workflow, { ...options, onProgress: (text) => (seen = text) }),
      );
      await bench.clock.advance(20_000);
      await until(() => dify.asked.length === 2, 'the look');
      say({ event: 'text_chunk', ...inRun, data: { text: 'a' } });
      await until(() => seen === 'a', 'the word');
      release();
      await untilWaiting(betweenLooks, 1);
      say(finished({ from: 'stream' }));
      const { outputs, resumed } = await answer;
      assert.deepEqual([outputs, resumed], [{ from: 'stream' }, false]);
    });

    it('waits for no look when it comes after all', async () => {
      const { dify, client, say } = await silent(() => undefined, started);
      const { answer } = await begun((options) => client.runWorkflow(workflow, options));
      await bench.clock.advance(20_000);
      await until(() => dify.asked.length === 2, 'the look');
      say(finished({ from: 'stream' }));
      assert.deepEqual((await answer).outputs, { from: 'stream' });
      await until(() => bench.clock.pending() === 0, 'the timers to be gone');
    });

    it('is waited for as ever where no look is answered', async () => {
      const { dify, client } = await silent(
        (_request, response) => refusal(response, 404, 'not_found', 'no such address'),
        started,
      );
      const { answer } = await begun((options) => client.runWorkflow(workflow, options));
      await bench.clock.advance(20_000);
      await until(() => dify.asked.length === 2, 'the look');
      await bench.clock.advance(105_000);
      const error = await failureOf(answer);
      assert.deepEqual([error.code, error.params['timer']], ['DIFY_TIMEOUT', 'progress']);
      assert.deepEqual(dify.paths().slice(1), ['GET workflows/run/r1', 'POST workflows/tasks/t1/stop']);
    });

    for (const [name, told, token] of [
      ['with its form', [started, nodeStarted, formOf('tok'), paused], 'tok'],
      ['although nobody tells its form', [], undefined],
    ] as const) {
      it(`is a pause ${name}, when that is what was lost`, async () => {
        const { dify, client } = await silent((request, response) => {
          if (request.path === 'workflows/run/r1') return json(response, 200, result('paused'));
          return told.length > 0
            ? stream(response, ...told)
            : refusal(response, 404, 'not_found', 'no such address');
        }, started);
        const { answer } = await begun((options) => client.runWorkflow(workflow, options));
        await bench.clock.advance(20_000);
        const { status, forms } = await answer;
        assert.deepEqual([status, forms[0]?.formToken], ['paused', token]);
        assert.deepEqual(dify.paths().slice(1), ['GET workflows/run/r1', 'GET workflow/r1/events']);
      });
    }

    it('is no pause while the run still stands before the form that was answered', async () => {
      let waitsFor = 'tok';
      const { dify, client, untilWaiting } = await silent(
        (request, response) => {
          if (request.path === 'workflows/run/r1') return json(response, 200, result('paused'));
          stream(response, started, formOf(waitsFor), paused);
        },
        { event: 'human_input_form_filled', ...inRun, data: {} },
      );
      const { answer } = await begun((options) => client.submitForm(form, options));
      await bench.clock.advance(20_000);
      await untilWaiting(betweenLooks, 1);
      waitsFor = 'next';
      await bench.clock.advance(30_000);
      const { status, forms } = await answer;
      assert.deepEqual([status, forms[0]?.formToken, dify.asked.length], ['paused', 'next', 6]);
    });
  });

  describe('of a chatflow', () => {
    it('is looked for by a second stream, and a lost piece of the text with it', async () => {
      for (const [outputs, messages, text] of [
        [{ answer: 'a b' }, [], 'a b'],
        [{}, [{ id: 'm1', answer: 'a b c' }], 'a b c'],
        [{}, [], 'a'],
      ] as const) {
        const { dify, client } = await silent(
          (request, response) => {
            if (request.path === 'messages') return json(response, 200, { data: messages });
            stream(response, finished(outputs));
          },
          started,
          said('a'),
        );
        // Of a conversation that has spoken nobody suspects that it is gone.
        const asked = { ...question, conversationId: 'c1' };
        const { answer } = await begun((options) => client.chat(asked, options));
        await bench.clock.advance(20_000);
        const { text: told, resumed, status } = await answer;
        assert.deepEqual([told, resumed, status], [text, true, 'succeeded']);
        assert.equal(dify.paths()[1], 'GET workflow/r1/events');
        assert.equal(dify.asked[1]?.query.get('user'), question.user);
        assert.equal(dify.asked.filter(({ method }) => method === 'POST').length, 1);
      }
    });

    it('is a pause when that is what was lost', async () => {
      const { client } = await silent(
        (request, response) => {
          if (request.path === 'messages') return json(response, 200, { data: [] });
          stream(response, started, formOf('tok'), paused);
        },
        started,
        said('a'),
      );
      const { answer } = await begun((options) => client.chat(question, options));
      await bench.clock.advance(20_000);
      const { status, forms, text } = await answer;
      assert.deepEqual([status, forms[0]?.formToken, text], ['paused', 'tok', 'a']);
    });

    it('is waited for when the second stream says that the run goes on', async () => {
      let isClosed = false;
      const { client, say, untilWaiting } = await silent(
        (_request, response) => {
          beginStream(response);
          // Words of the second stream are those of the first once more.
          send(response, started, nodeStarted, said('twice'));
          response.once('close', () => (isClosed = true));
        },
        started,
        said('a'),
      );
      const { answer } = await begun((options) => client.chat(question, options));
      await bench.clock.advance(20_000);
      await untilWaiting(5000, 1);
      await bench.clock.advance(5000);
      await untilWaiting(betweenLooks, 1);
      say(said(' b'));
      say({ event: 'message_end', ...ids });
      say(finished({}));
      const { text, resumed } = await answer;
      assert.deepEqual([text, resumed], ['a b', false]);
      await until(() => isClosed, 'the second stream to be given up');
    });
  });

  it('of a plain chat is not guessed at: a message does not tell whether it is whole', async () => {
    const { dify, client } = await silent(
      (_request, response) => json(response, 200, { data: [{ id: 'm1', status: 'normal', answer: 'a' }] }),
      said('a'),
    );
    const { answer } = await begun((options) => client.chat(question, options));
    await bench.clock.advance(125_000);
    assert.equal((await failureOf(answer)).code, 'DIFY_TIMEOUT');
    assert.deepEqual(dify.paths(), ['POST chat-messages', 'POST chat-messages/t1/stop']);
  });

  describe('in the stand-in', () => {
    const stops: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const stop of stops.splice(0)) await stop();
    });

    async function after(app: string, scenario: ScenarioName): Promise<{ dify: Dify; outcome: DifyResult }> {
      const dify = await startDify({ pingMs: 0 });
      stops.push(() => dify.stop());
      dify.script(app, scenario);
      const changes = { timers, apiKey: dify.app(app).key };
      const client = bench.client({ origin: dify.origin }, changes);
      const run = app === 'workflow' ? client.runWorkflow(workflow) : client.chat(question);
      let isOver = false;
      const over = (): void => void (isOver = true);
      run.then(over, over);
      for (let seconds = 0; !isOver && seconds < 300; seconds += 1) {
        for (let turns = 0; turns < 20; turns += 1) await turn();
        dify.ping();
        await bench.clock.advance(1000);
      }
      return { dify, outcome: await run };
    }

    it('is found for a workflow and for a chatflow, in one look', async () => {
      const flow = await after('workflow', 'workflow-finished-lost');
      assert.deepEqual(
        [flow.outcome.outputs, flow.outcome.resumed],
        [{ result: '**workflow** has run.' }, true],
      );
      assert.deepEqual(
        flow.dify.calls.map(({ endpoint }) => endpoint),
        ['run', 'run-result'],
      );
      const chat = await after('chatflow', 'end-lost');
      assert.equal(chat.outcome.text, `You said: **${question.query}**`);
      assert.deepEqual(
        chat.dify.calls.map(({ endpoint }) => endpoint),
        ['run', 'events'],
      );
    });

    it('is found to be a pause', async () => {
      const { dify, outcome } = await after('workflow', 'pause-lost');
      assert.equal(outcome.status, 'paused');
      assert.equal(dify.callsOf('stop').length, 0);
    });
  });
});
