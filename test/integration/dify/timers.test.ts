import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { DifyClient } from '../../../lib/dify/client';
import { CancelledError, UnreachableError } from '../../../lib/core/errors';
import { until } from '../../support/until';
import { startRaw } from '../../unit/core/loopback';
import {
  beginStream,
  difyBench,
  ids,
  json,
  messageEnd,
  question,
  refusal,
  said,
  send,
  started,
} from './support';

describe('the limits of a run', () => {
  const bench = difyBench();
  const timers = { connectMs: 4000, idleMs: 8000, progressMs: 40_000, totalMs: 120_000 };

  const kinds = {
    chat: { stop: 'POST chat-messages/t1/stop', begins: [started, said('a')] },
    workflow: {
      stop: 'POST workflows/tasks/t1/stop',
      begins: [started, { event: 'text_chunk', ...ids, workflow_run_id: 'r1', data: { text: 'a' } }],
    },
  } as const;
  type Kind = keyof typeof kinds;

  /** Says one word, then what the test makes it say; takes a stop, and knows of its runs no more than that. */
  async function talkative(kind: Kind = 'chat') {
    let talk: (text: string) => void = () => undefined;
    const dify = await bench.server((asked, response) => {
      if (asked.path.endsWith('/stop')) return json(response, 200, { result: 'success' });
      if (asked.method === 'GET') return refusal(response, 404, 'not_found', 'no such address');
      beginStream(response);
      send(response, ...kinds[kind].begins);
      talk = (text) => void response.write(text);
    });
    return { dify, talk: (text: string) => talk(text) };
  }

  for (const kind of ['chat', 'workflow'] as const) {
    const { stop } = kinds[kind];
    const looks = kind === 'chat' ? 'GET workflow/r1/events' : 'GET workflows/run/r1';

    it(`ends a silent ${kind} run, says which limit it was, and stops it for the same person`, async () => {
      const { dify } = await talkative(kind);
      const [failing] = await startOf(bench.client(dify, { timers }), kind);
      await bench.clock.advance(11_000);
      assertTimeout(await failing, 'idle', 8);
      assert.deepEqual(dify.paths().slice(1), [stop]);
      assert.deepEqual(dify.asked[1]?.body, { user: question.user });
    });

    it(`takes keep-alives of a ${kind} run for a sign of life and for no progress, and stops it`, async () => {
      const { dify, talk } = await talkative(kind);
      const [failing] = await startOf(bench.client(dify, { timers }), kind);
      const error = await keepAlive(failing, talk, 'event: ping\n\ndata: {"event":"ping"}\n\n');
      assertTimeout(error, 'progress', 40);
      assert.deepEqual(dify.paths().slice(1), [looks, stop]);
    });

    it(`ends a ${kind} run that goes on and on, and stops it`, async () => {
      const { dify, talk } = await talkative(kind);
      const [failing] = await startOf(bench.client(dify, { timers }), kind);
      const node = 'data: {"event":"node_started","workflow_run_id":"r1"}\n\n';
      assertTimeout(await keepAlive(failing, talk, node), 'total', 120);
      assert.deepEqual(dify.paths().slice(1), [stop]);
    });
  }

  describe('while it connects', () => {
    /** Takes connections and never answers the greeting of TLS. */
    async function deaf() {
      const server = await startRaw(() => undefined);
      stops.push(() => server.stop());
      return { ...server, origin: server.origin.replace('http:', 'https:') };
    }
    const stops: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const stop of stops.splice(0)) await stop();
    });
    /** Longer than a silence may last: neither limit stands in for the other. */
    const patient = { ...timers, connectMs: 12_000 };

    it('ends in time, and tries again, for nothing was sent', async () => {
      const server = await deaf();
      const failing = outcome(bench.client(server, { timers: patient }).chat(question));
      for (let tries = 1; tries <= 3; tries += 1) {
        await until(() => server.connections() === tries, `connection ${tries}`);
        assert.ok(await isPending(failing));
        await bench.clock.advance(12_000);
        await bench.clock.advance(3000);
      }
      assertTimeout(await failing, 'connect', 12, false);
      assert.equal(server.connections(), 3);
    });

    it('ends an upload in time', async () => {
      const server = await deaf();
      const file = { name: 'a.txt', open: async () => Readable.from(['text']) };
      const failing = outcome(bench.client(server, { timers }).uploadFile(file, { user: 'u' }));
      await until(() => server.connections() === 1, 'the connection');
      await bench.clock.advance(4000);
      assertTimeout(await failing, 'connect', 4, false);
    });
  });

  it('ends when no answer begins', async () => {
    const dify = await bench.server(() => undefined);
    const failing = outcome(bench.client(dify, { timers }).chat(question));
    await until(() => dify.asked.length === 1, 'the question');
    await bench.clock.advance(8000);
    assertTimeout(await failing, 'idle', 8);
  });

  it('ends sooner when an app does not say what it is, and says after how long', async () => {
    const dify = await bench.server(() => undefined);
    const failing = outcome(bench.client(dify).describe());
    await until(() => dify.asked.length === 2, 'the questions');
    await bench.clock.advance(15_000);
    assertTimeout(await failing, 'idle', 15);
  });

  it('stops the run when the caller gives up, before the caller hears of it', async () => {
    const { dify } = await talkative();
    const giveUp = new AbortController();
    const [failing] = await startOf(bench.client(dify, { timers }), 'chat', giveUp.signal);
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
    const [failing] = await startOf(bench.client(dify, { timers }), 'chat', giveUp.signal);
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

  function assertTimeout(error: unknown, timer: string, seconds: number, sent = true): void {
    assert.ok(error instanceof UnreachableError);
    assert.deepEqual(
      [error.code, error.sent, error.params],
      ['DIFY_TIMEOUT', sent, { timer, setting: `${timer}TimeoutSeconds`, seconds }],
    );
  }

  /** After everything that is ready to run has run. */
  async function isPending(promise: Promise<unknown>): Promise<boolean> {
    const open = Symbol('open');
    return (await Promise.race([promise, turn().then(() => open)])) === open;
  }

  function outcome(attempt: Promise<unknown>): Promise<unknown> {
    return attempt.then(
      () => assert.fail('it did not fail'),
      (error: unknown) => error,
    );
  }

  /** In a list, because a promise of a promise would be waited for. */
  async function startOf(
    client: DifyClient,
    kind: Kind = 'chat',
    signal?: AbortSignal,
  ): Promise<[Promise<unknown>]> {
    let seen = '';
    const options = { onProgress: (text: string) => void (seen = text), ...(signal ? { signal } : {}) };
    const { inputs, user } = question;
    const run =
      kind === 'chat' ? client.chat(question, options) : client.runWorkflow({ inputs, user }, options);
    const failing = outcome(run);
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
