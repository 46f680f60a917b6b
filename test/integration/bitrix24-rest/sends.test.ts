import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { at } from '../../../lib/core/fields';
import { CancelledError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import type { PortalRest } from '../../../lib/bitrix24/rest/portal';
import { startPortal, type CallRecord, type MethodTable, type Portal } from '../../../sandbox/bitrix24';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { failureOf, restBench } from './support';

const bench = restBench();

/** A portal with a method that is sent to, and a client whose limiter has no turn left. */
async function busyPortal(): Promise<{
  portal: Portal;
  rest: PortalRest;
  clock: ReturnType<typeof manualClock>;
  sent: () => number[];
}> {
  const portal = await bench.portal({ limits: 'off' });
  const clock = manualClock(Date.now());
  const say: MethodTable = {
    'test.say': { run: ({ params }) => ({ result: { said: params['n'] } }) },
    'test.shout': { run: ({ params }) => ({ result: { shouted: params['n'] } }) },
    'test.file.upload': { inBatch: 'refused', run: ({ params }) => ({ result: { stored: params['n'] } }) },
    'test.picky': { inBatch: 'refused', run: ({ params }) => ({ result: { said: params['n'] } }) },
  };
  portal.addMethods(say);
  const rest = bench.viaWebhook(portal, { clock });
  await Promise.all(Array.from({ length: 45 }, () => rest.call('profile', {}, { idempotent: true })));
  const isSend = (call: CallRecord): boolean => call.method.startsWith('test.') && call.status === 200;
  return {
    portal,
    rest,
    clock,
    sent: () => portal.calls.filter(isSend).map((call) => Number(at(call.params, 'n'))),
  };
}

/** Lets time pass until all are settled. */
async function settled<T>(
  clock: ReturnType<typeof manualClock>,
  promises: readonly Promise<T>[],
): Promise<T[]> {
  let isOver = false;
  const all = Promise.all(promises).finally(() => (isOver = true));
  all.catch(() => undefined);
  while (!isOver) await clock.advance(500);
  return all;
}

describe('rest client, replies: sent at once or together', function () {
  it('when the limiter is free each leaves at once, alone', async () => {
    const portal = await bench.portal({ limits: 'off' });
    portal.addMethods({ 'test.say': { run: ({ params }) => ({ result: params['n'] }) } });
    const rest = bench.viaWebhook(portal, { clock: manualClock() });
    const sends = [1, 2, 3].map((n) => rest.send(`dialog ${n}`, 'test.say', { n }));
    assert.deepEqual(await Promise.all(sends), [1, 2, 3]);
    assert.equal(portal.httpRequests, 3);
    assert.ok(portal.calls.every((call) => !call.inBatch));
  });

  it('those that wait leave in one batch, and each has its own result', async () => {
    const { portal, rest, clock, sent } = await busyPortal();
    const sends = Array.from({ length: 50 }, (_, n) => rest.send(`dialog ${n}`, 'test.say', { n }));
    await clock.advance(500);
    const results = await Promise.all(sends);
    assert.deepEqual(
      results,
      Array.from({ length: 50 }, (_, n) => ({ said: String(n) })),
    );
    assert.equal(portal.httpRequests, 46);
    assert.deepEqual(
      sent(),
      Array.from({ length: 50 }, (_, n) => n),
    );
  });

  it('one that cannot be written fails alone, and takes none with it', async () => {
    const { rest, clock, sent } = await busyPortal();
    const endless: Record<string, unknown> = {};
    endless['self'] = endless;
    const failed = failureOf(rest.send('lane 1', 'test.say', endless));
    const others = [2, 3].map((n) => rest.send(`lane ${n}`, 'test.say', { n }));
    await settled(clock, [failed, ...others]);
    assert.match((await failed).message, /circular/);
    assert.deepEqual(sent(), [2, 3]);
  });

  it('a single one that waits goes as a plain call', async () => {
    const { portal, rest, clock } = await busyPortal();
    const send = rest.send('1', 'test.say', { n: 1 });
    await clock.advance(500);
    assert.deepEqual(await send, { said: 1 });
    assert.equal(portal.calls.at(-1)?.inBatch, false);
  });

  it('each has its own error, and the others arrive', async () => {
    const { portal, rest, clock } = await busyPortal();
    portal.failNext({ method: 'test.shout', with: { status: 400, error: 'EMPTY_MESSAGE' } });
    const good = rest.send('1', 'test.say', { n: 1 });
    const bad = failureOf(rest.send('2', 'test.shout', { n: 2 }));
    const last = rest.send('3', 'test.say', { n: 3 });
    await clock.advance(500);
    assert.deepEqual([await good, await last], [{ said: '1' }, { said: '3' }]);
    const error = await bad;
    assert.ok(error instanceof RefusedError);
    assert.deepEqual([error.serviceCode, error.params['method']], ['EMPTY_MESSAGE', 'test.shout']);
  });

  it('a lane keeps its order: in a batch, across batches, and behind what is under way', async () => {
    const { rest, clock, sent } = await busyPortal();
    const sends = Array.from({ length: 130 }, (_, n) => rest.send(`dialog ${n % 2}`, 'test.say', { n }));
    await settled(clock, sends);
    assert.deepEqual(
      sent().filter((n) => n % 2 === 0),
      Array.from({ length: 65 }, (_, n) => n * 2),
    );
    assert.equal(new Set(sent()).size, 130);
  });

  it('one lane has one request under way', async () => {
    const portal = await bench.portal({ limits: 'off' });
    portal.addMethods({ 'test.say': { run: ({ params }) => ({ result: params['n'] }) } });
    const rest = bench.viaWebhook(portal, { clock: manualClock() });
    const stop = new AbortController();
    portal.failNext({ method: 'test.say', with: 'hang' });
    const first = failureOf(rest.send('1', 'test.say', { n: 1 }, { signal: stop.signal }));
    const second = rest.send('1', 'test.say', { n: 2 });
    const other = rest.send('2', 'test.say', { n: 3 });
    await other;
    assert.equal(portal.httpRequests, 2);
    stop.abort();
    assert.ok((await first) instanceof CancelledError);
    assert.equal(await second, 2);
  });

  it('files never travel in a batch, but in their place in the lane', async () => {
    const { portal, rest, clock, sent } = await busyPortal();
    const sends = [
      rest.send('1', 'test.say', { n: 1 }),
      rest.send('1', 'test.file.upload', { n: 2 }),
      rest.send('1', 'test.say', { n: 3 }),
      rest.send('2', 'test.say', { n: 4 }),
    ];
    await settled(clock, sends);
    assert.deepEqual(
      sent().filter((n) => n < 4),
      [1, 2, 3],
    );
    assert.equal(portal.calls.find((call) => call.method === 'test.file.upload')?.inBatch, false);
  });

  it('a method that the portal refuses in a batch is sent alone instead', async () => {
    const { portal, rest, clock } = await busyPortal();
    const sends = [1, 2].map((n) => rest.send(`${n}`, 'test.picky', { n }));
    assert.deepEqual(await settled(clock, sends), [{ said: 1 }, { said: 2 }]);
    assert.equal(
      portal.calls.filter((call) => call.method === 'test.picky' && call.status === 200).length,
      2,
    );
  });

  it('a text that looks like a reference is not filled in by the portal', async () => {
    const { portal, rest, clock } = await busyPortal();
    const text = 'look: $result[c0][said]';
    await settled(clock, [rest.send('1', 'test.say', { n: 1 }), rest.send('2', 'test.say', { n: 2, text })]);
    const received = portal.calls.find((call) => at(call.params, 'text') !== undefined);
    assert.equal(at(received?.params, 'text'), text);
  });

  it('what a form would lose travels alone as JSON', async () => {
    const { portal, rest, clock } = await busyPortal();
    const odd = { n: 2, list: [], none: null };
    await settled(clock, [rest.send('1', 'test.say', { n: 1 }), rest.send('2', 'test.say', odd)]);
    assert.deepEqual(portal.calls.find((call) => at(call.params, 'list'))?.params, odd);
  });

  it('very long texts are spread over several batches', async () => {
    const { portal, rest, clock } = await busyPortal();
    const text = 'я'.repeat(20_000);
    const sends = Array.from({ length: 50 }, (_, n) => rest.send(`${n}`, 'test.say', { n, text }));
    await settled(clock, sends);
    const batches = portal.calls.filter((call) => call.method === 'batch').length;
    assert.ok(batches >= 2 && batches <= 5, String(batches));
  });

  it('an aborted one leaves the queue and is never sent', async () => {
    const { portal, rest, clock, sent } = await busyPortal();
    const stop = new AbortController();
    const left = failureOf(rest.send('1', 'test.say', { n: 1 }, { signal: stop.signal }));
    const stays = rest.send('1', 'test.say', { n: 2 });
    stop.abort();
    assert.ok((await left) instanceof CancelledError);
    await clock.advance(500);
    await stays;
    assert.deepEqual(sent(), [2]);
    assert.equal(portal.httpRequests, 46);
  });

  it('when all that wait have left, no turn is used', async () => {
    const { portal, rest, clock } = await busyPortal();
    const stop = new AbortController();
    const left = failureOf(rest.send('1', 'test.say', { n: 1 }, { signal: stop.signal }));
    stop.abort();
    await left;
    await clock.advance(500);
    assert.equal(await rest.call('profile', {}, { idempotent: true }).then(() => portal.httpRequests), 46);
  });
});

describe('rest client, replies: never twice (bitrix24-rest 18.12)', function () {
  for (const kind of ['reset', 'answer-lost', 'cut', 'html', 'empty'] as const) {
    it(`${kind} on a batch: every joined send is unclear, nothing is repeated`, async () => {
      const { portal, rest, clock, sent } = await busyPortal();
      portal.failNext({ method: 'batch', with: kind });
      const sends = [1, 2, 3].map((n) => failureOf(rest.send(`${n}`, 'test.say', { n })));
      for (const error of await settled(clock, sends)) {
        assert.ok(error instanceof UnreachableError && error.sent, inspect(error));
        assert.match(error.message, /^test\.say/);
      }
      assert.equal(sent().length, kind === 'answer-lost' || kind === 'cut' ? 3 : 0);
      assert.equal(portal.httpRequests, 46);
    });

    it(`${kind} on a single send: unclear, not repeated, and the lane goes on`, async () => {
      const portal = await bench.portal();
      portal.addMethods({ 'test.say': { run: ({ params }) => ({ result: params['n'] }) } });
      portal.failNext({ method: 'test.say', with: kind });
      const rest = bench.viaWebhook(portal);
      const first = failureOf(rest.send('1', 'test.say', { n: 1 }));
      const second = rest.send('1', 'test.say', { n: 2 });
      const error = await first;
      assert.ok(error instanceof UnreachableError && error.sent);
      assert.equal(await second, 2);
      assert.equal(portal.httpRequests, 2);
    });
  }

  it('a command that the answer does not speak of is unclear (b24jssdk 7)', async () => {
    const answer = { result: { result: { c0: 'ok' }, result_error: [], result_total: [], result_time: [] } };
    const profile = { body: { result: 1 } };
    const portal = await bench.scripted(...Array.from({ length: 45 }, () => profile), { body: answer });
    const clock = manualClock();
    const rest = bench.viaWebhook(portal, { clock });
    await Promise.all(Array.from({ length: 45 }, () => rest.call('profile', {}, { idempotent: true })));
    const told = rest.send('1', 'test.say', { n: 1 });
    const missing = failureOf(rest.send('2', 'test.say', { n: 2 }));
    await clock.advance(500);
    assert.equal(await told, 'ok');
    const error = await missing;
    assert.ok(error instanceof UnreachableError && error.sent, inspect(error));
    assert.equal(portal.requests.length, 46);
  });

  it('not sent at all: tried again, then an error that says so', async () => {
    const gone = await startPortal();
    await gone.stop();
    const rest = bench.viaWebhook(gone);
    const errors = await Promise.all([1, 2].map((n) => failureOf(rest.send(`${n}`, 'test.say', { n }))));
    for (const error of errors) assert.ok(error instanceof UnreachableError && !error.sent);
  });
});

describe('rest client, replies: what the portal did not carry out is sent again', function () {
  for (const status of [503, 429]) {
    it(`a batch refused with ${status} goes out again, each reply once and in order`, async () => {
      const { portal, rest, clock, sent } = await busyPortal();
      portal.failNext({ method: 'batch', times: 3, with: { status, error: 'QUERY_LIMIT_EXCEEDED' } });
      const sends = Array.from({ length: 60 }, (_, n) => rest.send(`${n % 20}`, 'test.say', { n }));
      await settled(clock, sends);
      assert.deepEqual(
        [...sent()].sort((a, b) => a - b),
        Array.from({ length: 60 }, (_, n) => n),
      );
      for (let lane = 0; lane < 20; lane += 1) {
        assert.deepEqual(
          sent().filter((n) => n % 20 === lane),
          [lane, lane + 20, lane + 40],
        );
      }
    });
  }

  it('one aborted after its batch was refused is not sent with the next', async () => {
    const { portal, rest, clock, sent } = await busyPortal();
    portal.failNext({ method: 'batch', with: { status: 503, error: 'QUERY_LIMIT_EXCEEDED' } });
    const stop = new AbortController();
    const sends = [1, 2, 3].map((n) => rest.send(`${n}`, 'test.say', { n }));
    const left = failureOf(rest.send('4', 'test.say', { n: 4 }, { signal: stop.signal }));
    await clock.advance(500);
    await portal.waitForCall((call) => call.method === 'batch' && call.status === 503);
    stop.abort();
    assert.ok((await left) instanceof CancelledError);
    await settled(clock, sends);
    assert.deepEqual(sent(), [1, 2, 3]);
  });

  it('a rate limit inside the batch: that command goes out again', async () => {
    const { portal, rest, clock, sent } = await busyPortal();
    portal.failNext({ method: 'test.say', with: { status: 503, error: 'QUERY_LIMIT_EXCEEDED' } });
    const sends = [1, 2, 3].map((n) => rest.send(`${n}`, 'test.say', { n }));
    await settled(clock, sends);
    assert.deepEqual(sent(), [2, 3, 1]);
  });

  it('but not past what followed it in its lane: then it is an error', async () => {
    const { portal, rest, clock, sent } = await busyPortal();
    portal.failNext({ method: 'test.say', with: { status: 503, error: 'QUERY_LIMIT_EXCEEDED' } });
    const first = failureOf(rest.send('1', 'test.say', { n: 1 }));
    const second = rest.send('1', 'test.say', { n: 2 });
    await settled(clock, [first, second]);
    const error = await first;
    assert.ok(error instanceof RefusedError);
    assert.equal(error.code, 'BITRIX_RATE_LIMIT');
    assert.deepEqual(sent(), [2]);
  });

  it('OPERATION_TIME_LIMIT inside a batch blocks the method; its lanes wait in order, others go on', async () => {
    const { portal, rest, clock, sent } = await busyPortal();
    portal.failNext({ method: 'test.say', times: 2, with: { status: 429, error: 'OPERATION_TIME_LIMIT' } });
    const held = [
      rest.send('1', 'test.say', { n: 1 }),
      rest.send('1', 'test.shout', { n: 2 }),
      rest.send('2', 'test.say', { n: 3 }),
    ];
    const free = rest.send('3', 'test.shout', { n: 4 });
    await clock.advance(500);
    assert.deepEqual(await free, { shouted: '4' });
    await clock.advance(5000);
    assert.deepEqual(sent(), [4]);
    await settled(clock, held);
    assert.deepEqual(sent(), [4, 1, 3, 2]);
    assert.equal(portal.calls.filter((call) => call.error === 'OPERATION_TIME_LIMIT').length, 2);
  });

  it('a single send that meets OPERATION_TIME_LIMIT waits as well', async () => {
    const portal = await bench.portal({ limits: 'off' });
    portal.addMethods({ 'test.say': { run: ({ params }) => ({ result: params['n'] }) } });
    portal.failNext({ method: 'test.say', with: { status: 429, error: 'OPERATION_TIME_LIMIT' } });
    const clock = manualClock();
    const send = bench.viaWebhook(portal, { clock }).send('1', 'test.say', { n: 1 });
    await until(() => clock.pending() === 1, 'the block');
    assert.equal(portal.httpRequests, 1);
    assert.deepEqual(await settled(clock, [send]), [1]);
  });
});
