import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { DifyClient } from '../../../lib/dify/client';
import { CancelledError, UnreachableError } from '../../../lib/core/errors';
import { until } from '../../support/until';
import { beginStream, difyBench, json, messageEnd, question, said, send, started } from './support';

describe('the limits of a run', () => {
  const bench = difyBench();
  const timers = { connectMs: 4000, idleMs: 8000, progressMs: 40_000, totalMs: 120_000 };

  /** Says one word, then what the test makes it say; takes a stop. */
  async function talkative() {
    let talk: (text: string) => void = () => undefined;
    const dify = await bench.server((asked, response) => {
      if (asked.path.endsWith('/stop')) return json(response, 200, { result: 'success' });
      beginStream(response);
      send(response, started, said('a'));
      talk = (text) => void response.write(text);
    });
    return { dify, talk: (text: string) => talk(text) };
  }

  it('ends a silent connection, says which limit it was, and stops the run for the same person', async () => {
    const { dify } = await talkative();
    const [failing] = await startOf(bench.client(dify, { timers }));
    await bench.clock.advance(11_000);
    const error = await failing;
    assert.ok(error instanceof UnreachableError);
    assert.deepEqual(
      [error.code, error.params['timer'], error.params['setting'], error.params['seconds']],
      ['DIFY_TIMEOUT', 'idle', 'idleTimeoutSeconds', 8],
    );
    assert.deepEqual(dify.paths(), ['POST chat-messages', 'POST chat-messages/t1/stop']);
    assert.deepEqual(dify.asked[1]?.body, { user: question.user });
  });

  it('takes keep-alives for no progress', async () => {
    const { dify, talk } = await talkative();
    const [failing] = await startOf(bench.client(dify, { timers }));
    const error = await keepAlive(failing, talk, 'event: ping\n\ndata: {"event":"ping"}\n\n');
    assert.ok(error instanceof UnreachableError);
    assert.equal(error.params['timer'], 'progress');
    assert.deepEqual(dify.paths().slice(1), ['POST chat-messages/t1/stop']);
  });

  it('ends a run that goes on and on', async () => {
    const { dify, talk } = await talkative();
    const [failing] = await startOf(bench.client(dify, { timers }));
    const error = await keepAlive(failing, talk, 'data: {"event":"node_started","workflow_run_id":"r1"}\n\n');
    assert.ok(error instanceof UnreachableError);
    assert.equal(error.params['timer'], 'total');
    assert.equal(dify.asked.length, 2);
  });

  it('ends when no answer begins', async () => {
    const dify = await bench.server(() => undefined);
    const failing = outcome(bench.client(dify, { timers }).chat(question));
    await until(() => dify.asked.length === 1, 'the question');
    await bench.clock.advance(8000);
    const error = await failing;
    assert.ok(error instanceof UnreachableError);
    assert.deepEqual([error.code, error.params['timer']], ['DIFY_TIMEOUT', 'idle']);
  });

  it('stops the run when the caller gives up, before the caller hears of it', async () => {
    const { dify } = await talkative();
    const giveUp = new AbortController();
    const [failing] = await startOf(bench.client(dify, { timers }), giveUp.signal);
    giveUp.abort();
    assert.ok((await failing) instanceof CancelledError);
    assert.deepEqual(dify.paths(), ['POST chat-messages', 'POST chat-messages/t1/stop']);
  });

  it('stops all runs when the client is closed', async () => {
    const { dify } = await talkative();
    const client = bench.client(dify, { timers });
    const [failing] = await startOf(client);
    await client.close();
    assert.equal(dify.asked.length, 2);
    assert.ok((await failing) instanceof CancelledError);
    assert.ok((await outcome(client.chat(question))) instanceof CancelledError);
    assert.equal(dify.asked.length, 2);
  });

  it('waits for a stop that is not answered only for a while', async () => {
    const dify = await bench.server((asked, response) => {
      if (asked.path.endsWith('/stop')) return;
      beginStream(response);
      send(response, said('a'));
    });
    const giveUp = new AbortController();
    const [failing] = await startOf(bench.client(dify, { timers }), giveUp.signal);
    giveUp.abort();
    await until(() => dify.asked.length === 2, 'the stop');
    await bench.clock.advance(3000);
    assert.ok((await failing) instanceof CancelledError);
  });

  it('leaves no timer behind', async () => {
    const dify = await bench.server((_asked, response) => {
      beginStream(response);
      send(response, said('a'), messageEnd);
      response.end();
    });
    await bench.client(dify, { timers }).chat(question);
    await until(() => bench.clock.pending() === 0, 'the timers to be gone');
  });

  function outcome(attempt: Promise<unknown>): Promise<unknown> {
    return attempt.then(
      () => assert.fail('it did not fail'),
      (error: unknown) => error,
    );
  }

  /** In a list, because a promise of a promise would be waited for. */
  async function startOf(client: DifyClient, signal?: AbortSignal): Promise<[Promise<unknown>]> {
    let seen = '';
    const options = { onProgress: (text: string) => void (seen = text), ...(signal ? { signal } : {}) };
    const failing = outcome(client.chat(question, options));
    await until(() => seen === 'a', 'the first word');
    return [failing];
  }

  /** Lets time pass while the server says the same again and again. */
  async function keepAlive(
    failing: Promise<unknown>,
    talk: (text: string) => void,
    text: string,
  ): Promise<unknown> {
    let error: unknown;
    const over = failing.then((found) => (error = found));
    for (let times = 0; error === undefined && times < 200; times += 1) {
      talk(text);
      // Long enough for the sockets, far below the limit for silence.
      for (let turns = 0; turns < 20; turns += 1) await turn();
      await bench.clock.advance(1000);
    }
    return over;
  }
});
