import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { CancelledError, InvalidError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import type { BatchCommand, BatchOutcome } from '../../../lib/bitrix24/rest/portal';
import { echo, failureOf, restBench } from './support';

const bench = restBench();
const read = { idempotent: true };
const write = { idempotent: false };

function commands(count: number, method = 'test.echo'): BatchCommand[] {
  return Array.from({ length: count }, (_, n) => ({ key: `k${n}`, method, params: { n } }));
}

function resultOf(outcome: BatchOutcome | undefined): unknown {
  assert.ok(outcome && 'answer' in outcome, inspect(outcome));
  return outcome.answer.result;
}

function errorOf(outcome: BatchOutcome | undefined): Error {
  assert.ok(outcome && 'error' in outcome, inspect(outcome));
  return outcome.error;
}

describe('rest client, batch (b24jssdk 7, bitrix24-rest 8 and 18.10)', function () {
  it('any number of commands, 50 to a request, each outcome under its key', async () => {
    const portal = await bench.portal();
    portal.addMethods(echo);
    const outcomes = await bench.viaWebhook(portal).batch(commands(120), write);
    assert.deepEqual(
      [...outcomes.keys()],
      commands(120).map(({ key }) => key),
    );
    for (let n = 0; n < 120; n += 1) assert.deepEqual(resultOf(outcomes.get(`k${n}`)), { n: String(n) });
    assert.equal(portal.httpRequests, 3);
  });

  it('no commands: no request', async () => {
    const portal = await bench.portal();
    assert.equal((await bench.viaWebhook(portal).batch([], read)).size, 0);
    assert.equal(portal.httpRequests, 0);
  });

  it('a failed command gives its error back and stops nothing, with status 200 around it', async () => {
    const portal = await bench.portal();
    portal.addMethods(echo);
    const outcomes = await bench.viaWebhook(portal).batch(
      [
        { key: 'bad', method: 'no.such.method', params: {} },
        { key: 'good', method: 'test.echo', params: { a: 1 } },
      ],
      write,
    );
    const error = errorOf(outcomes.get('bad'));
    assert.ok(error instanceof RefusedError);
    assert.deepEqual(
      [error.serviceCode, error.params['method']],
      ['ERROR_METHOD_NOT_FOUND', 'no.such.method'],
    );
    assert.deepEqual(resultOf(outcomes.get('good')), { a: '1' });
  });

  it('later commands refer to earlier results', async () => {
    const portal = await bench.portal();
    const outcomes = await bench.viaWebhook(portal).batch(
      [
        { key: 'me', method: 'user.current', params: {} },
        { key: 'same', method: 'user.get', params: { FILTER: { ID: '$result[me][ID]' } } },
      ],
      read,
    );
    assert.match(inspect(resultOf(outcomes.get('same'))), /ID: '1'/);
  });

  it('a reference that would lead out of its fifty is refused before anything is sent', async () => {
    const portal = await bench.portal();
    const rest = bench.viaWebhook(portal);
    const late = [...commands(60), { key: 'last', method: 'test.echo', params: { a: '$result[k1][n]' } }];
    assert.ok((await failureOf(rest.batch(late, read))) instanceof InvalidError);
    const backwards = [{ key: 'a', method: 'test.echo', params: { x: '$result[b]' } }, ...commands(1)];
    const forward = [...backwards, { key: 'b', method: 'test.echo', params: {} }];
    assert.ok((await failureOf(rest.batch(forward, read))) instanceof InvalidError);
    assert.equal(portal.httpRequests, 0);
  });

  it('a text that only looks like a reference to nothing of ours is let through', async () => {
    const portal = await bench.portal();
    portal.addMethods(echo);
    const outcomes = await bench
      .viaWebhook(portal)
      .batch([{ key: 'a', method: 'test.echo', params: { x: '$resultless' } }], read);
    assert.deepEqual(resultOf(outcomes.get('a')), { x: '$resultless' });
  });

  it('keys like numbers work while they are in order; out of order or double they are refused', async () => {
    const portal = await bench.portal();
    portal.addMethods(echo);
    const rest = bench.viaWebhook(portal);
    const keyed = (...keys: string[]): BatchCommand[] =>
      keys.map((key) => ({ key, method: 'test.echo', params: { key } }));
    const outcomes = await rest.batch(keyed('0', '1', '2'), read);
    assert.deepEqual(resultOf(outcomes.get('2')), { key: '2' });
    for (const wrong of [keyed('2', '1'), keyed('a', '1'), keyed('a', 'a')]) {
      assert.ok((await failureOf(rest.batch(wrong, read))) instanceof InvalidError);
    }
    const odd = await rest.batch(keyed('__proto__', 'length', 'constructor'), read);
    assert.deepEqual(resultOf(odd.get('__proto__')), { key: '__proto__' });
    assert.deepEqual(resultOf(odd.get('length')), { key: 'length' });
  });

  it('PHP lists for maps: empty ones and dense ones (bitrix24-rest 18.23)', async () => {
    const result = {
      result: ['first', null],
      result_error: [],
      result_total: [7],
      result_next: [],
      result_time: [],
    };
    const portal = await bench.scripted({ body: { result } });
    const outcomes = await bench.viaWebhook(portal).batch(
      ['0', '1', 'length'].map((key) => ({ key, method: 'test.echo', params: {} })),
      read,
    );
    assert.equal(resultOf(outcomes.get('0')), 'first');
    assert.equal(resultOf(outcomes.get('1')), null);
    const missing = errorOf(outcomes.get('length'));
    assert.ok(missing instanceof UnreachableError && missing.sent);
  });

  it('total, next and time of each command are given back', async () => {
    const portal = await bench.portal();
    for (let n = 0; n < 60; n += 1) portal.addUser();
    const outcome = (
      await bench.viaWebhook(portal).batch([{ key: 'a', method: 'user.get', params: {} }], read)
    ).get('a');
    assert.ok(outcome && 'answer' in outcome);
    assert.deepEqual([outcome.answer.total, outcome.answer.next], [63, 50]);
    assert.equal(typeof outcome.answer.time['operating'], 'number');
  });

  it('a failure of the second request does not lose the first one’s results', async () => {
    const first = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, n]));
    const portal = await bench.scripted({ body: { result: { result: first } } }, { body: '<html>' });
    const outcomes = await bench.viaWebhook(portal).batch(commands(80), write);
    assert.equal(resultOf(outcomes.get('k49')), 49);
    const error = errorOf(outcomes.get('k79'));
    assert.ok(error instanceof UnreachableError && error.sent);
    assert.equal(portal.requests.length, 2);
  });

  it('an unclear batch is repeated only when all of it is harmless', async () => {
    const portal = await bench.portal();
    portal.addMethods(echo);
    const rest = bench.viaWebhook(portal);
    portal.failNext({ method: 'batch', with: 'answer-lost' });
    assert.deepEqual(resultOf((await rest.batch(commands(2), read)).get('k1')), { n: '1' });
    const before = portal.httpRequests;
    portal.failNext({ method: 'batch', with: 'answer-lost' });
    assert.ok(errorOf((await rest.batch(commands(2), write)).get('k1')) instanceof UnreachableError);
    assert.equal(portal.httpRequests, before + 1);
  });

  it('waits while one of its methods is blocked', async () => {
    const portal = await bench.portal();
    portal.addMethods(echo);
    portal.failNext({ method: 'test.echo', with: { status: 429, error: 'OPERATION_TIME_LIMIT' } });
    const rest = bench.viaWebhook(portal);
    const blocked = rest.call('test.echo', {}, read);
    await portal.waitForCall((call) => call.error === 'OPERATION_TIME_LIMIT');
    await rest.call('profile', {}, read);
    const startedAt = bench.clock.now();
    assert.deepEqual(resultOf((await rest.batch(commands(1), read)).get('k0')), { n: '0' });
    assert.ok(bench.clock.now() - startedAt > 30_000);
    await blocked;
  });

  it('an abort between two requests is the outcome of what is left', async () => {
    const portal = await bench.portal();
    const stop = new AbortController();
    portal.addMethods({
      'test.echo': {
        run: ({ params }) => {
          if (params['n'] === '49') setImmediate(() => stop.abort());
          return { result: params };
        },
      },
    });
    const outcomes = await bench.viaWebhook(portal).batch(commands(150), { ...write, signal: stop.signal });
    assert.equal(outcomes.size, 150);
    assert.ok(errorOf(outcomes.get('k149')) instanceof CancelledError);
    assert.ok(portal.httpRequests < 3);
  });
});
