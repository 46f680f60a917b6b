import assert from 'node:assert/strict';
import { CancelledError, RefusedError } from '../../../lib/core/errors';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { echo, failureOf, restBench } from './support';

const bench = restBench();
/** Operating time is counted in minutes. */
const faster = restBench(4000);
const read = { idempotent: true };
const write = { idempotent: false };
const limited = { status: 503, error: 'QUERY_LIMIT_EXCEEDED' };

describe('rest client, rate limit (b24jssdk 2 and 6, bitrix24-rest 18.6, 18.7)', function () {
  for (const status of [503, 429]) {
    it(`a storm of ${status} is waited out, also for a write, and each call arrives once`, async () => {
      const portal = await bench.portal();
      portal.addMethods(echo);
      portal.failNext({ method: 'test.echo', times: 6, with: { ...limited, status } });
      const rest = bench.viaWebhook(portal);
      const calls = Array.from({ length: 20 }, (_, n) => rest.call('test.echo', { n }, write));
      assert.deepEqual(
        await Promise.all(calls),
        Array.from({ length: 20 }, (_, n) => ({ n })),
      );
      assert.equal(portal.calls.filter((call) => call.status === 200).length, 20);
    });
  }

  it('a plain 429 without JSON is a rate limit too, and a 429 inside a 200', async () => {
    const portal = await bench.scripted(
      { status: 429, body: '<html>' },
      { body: { error: 'QUERY_LIMIT_EXCEEDED' } },
      { body: { result: 1 } },
    );
    assert.equal(await bench.viaWebhook(portal).call('crm.lead.add', {}, write), 1);
  });

  it('Retry-After is honoured', async () => {
    const portal = await bench.portal();
    const clock = manualClock(Date.now());
    portal.failNext({ with: { ...limited, headers: { 'Retry-After': '90' } } });
    const rest = bench.viaWebhook(portal, { clock });
    let isDone = false;
    const call = rest.call('profile', {}, read).then(() => (isDone = true));
    await until(() => clock.pending() > 0 && portal.httpRequests === 1, 'the client to wait');
    await clock.advance(89_000);
    assert.deepEqual([isDone, portal.httpRequests], [false, 1]);
    await clock.advance(1500);
    await call;
    assert.equal(portal.httpRequests, 2);
  });

  it('gives up in words after a bounded number of refusals', async () => {
    const portal = await bench.portal();
    portal.failNext({ times: Infinity, with: limited });
    const error = await failureOf(bench.viaWebhook(portal).call('profile', {}, read));
    assert.ok(error instanceof RefusedError);
    assert.equal(error.code, 'BITRIX_RATE_LIMIT');
    assert.equal(portal.httpRequests, 10);
  });

  it('two credentials of one portal share its bucket (b24jssdk 6 and 10)', async () => {
    const portal = await bench.portal({ limits: 'off' });
    const clock = manualClock(Date.now());
    const [one, two] = [bench.viaWebhook(portal, { clock }), bench.viaWebhook(portal, { clock })];
    const calls = Array.from({ length: 47 }, (_, n) => (n % 2 === 0 ? one : two).call('profile', {}, write));
    await Promise.all(calls.slice(0, 45));
    assert.equal(portal.httpRequests, 45);
    await clock.advance(500);
    await calls[45];
    assert.equal(portal.httpRequests, 46);
    await clock.advance(500);
    await calls[46];
  });

  it('a deploy with 50 calls waiting ends them at once, and only its own (b24jssdk 6 and 10)', async () => {
    const portal = await bench.portal({ limits: 'off' });
    portal.addMethods(echo);
    const clock = manualClock(Date.now());
    const [closed, kept] = [bench.viaWebhook(portal, { clock }), bench.viaWebhook(portal, { clock })];
    await Promise.all(Array.from({ length: 45 }, () => closed.call('test.echo', {}, read)));
    const ending = Array.from({ length: 50 }, () => failureOf(closed.call('test.echo', {}, read)));
    const sends = Array.from({ length: 50 }, (_, n) => failureOf(closed.send(`${n}`, 'test.echo', { n })));
    const staying = kept.call('test.echo', { mine: 1 }, read);
    closed.close();
    for (const error of await Promise.all([...ending, ...sends])) assert.ok(error instanceof CancelledError);
    assert.ok((await failureOf(closed.call('test.echo', {}, read))) instanceof CancelledError);
    await clock.advance(500);
    assert.deepEqual(await staying, { mine: 1 });
    assert.equal(portal.httpRequests, 46);
  });
});

describe('rest client, operating time (bitrix24-rest 7.2, 18.8, b24jssdk 6)', function () {
  it('OPERATION_TIME_LIMIT blocks its method until the portal counts anew, and no other', async () => {
    const clock = manualClock(Date.now());
    const portal = await faster.portal({ clock });
    portal.addMethods({ ...echo, 'test.heavy': { run: () => ({ result: 'done' }) } });
    const rest = faster.viaWebhook(portal, { clock });
    await rest.call('test.heavy', {}, write);
    portal.spendOperating('test.heavy', 481);
    const heavy = rest.call('test.heavy', {}, write);
    await until(() => clock.pending() === 1, 'the block');
    const later = rest.call('test.heavy', {}, write);
    assert.deepEqual(await rest.call('test.echo', { a: 1 }, write), { a: 1 });
    assert.equal(portal.calls.filter((call) => call.method === 'test.heavy').length, 2);
    await clock.advance(10 * 60_000);
    assert.deepEqual(await Promise.all([heavy, later]), ['done', 'done']);
    const refusals = portal.calls.filter((call) => call.error === 'OPERATION_TIME_LIMIT');
    assert.equal(refusals.length, 1);
  });

  it('reads the time of the reset from the refusal itself, by the clock of the portal', async () => {
    const time = { operating: 500, operating_reset_at: 5000, finish: 4880.5 };
    const portal = await faster.scripted(
      { status: 429, body: { error: 'OPERATION_TIME_LIMIT', time } },
      { body: { result: 1 } },
    );
    const clock = manualClock(1_900_000_000_000);
    const rest = faster.viaWebhook(portal, { clock });
    const call = rest.call('crm.lead.list', {}, write);
    await until(() => portal.requests.length === 1 && clock.pending() === 1, 'the refusal');
    await clock.advance(120_000);
    assert.equal(portal.requests.length, 1);
    await clock.advance(600);
    assert.equal(await call, 1);
  });

  it('waits once when the portal names a time far away, then gives up in words', async () => {
    const time = { operating_reset_at: 9_999_999_999, finish: 1 };
    const overdrawn = { status: 429, body: { error: 'OPERATION_TIME_LIMIT', time } };
    const portal = await faster.scripted(overdrawn);
    const error = await failureOf(faster.viaWebhook(portal).call('crm.lead.list', {}, read));
    assert.ok(error instanceof RefusedError);
    assert.equal(error.code, 'BITRIX_RATE_LIMIT');
    assert.equal(error.serviceCode, 'OPERATION_TIME_LIMIT');
    assert.equal(portal.requests.length, 2);
  });

  it('time that is nearly used up holds nothing back (b24jssdk 6)', async () => {
    const time = { operating: 479, operating_reset_at: 9_999_999_999, finish: 1 };
    const portal = await faster.scripted({ body: { result: 1, time } });
    const clock = manualClock(1_900_000_000_000);
    const rest = faster.viaWebhook(portal, { clock });
    for (let n = 0; n < 3; n += 1) assert.equal(await rest.call('crm.lead.list', {}, read), 1);
    assert.equal(clock.pending(), 0);
  });

  it('the wait can be aborted', async () => {
    const portal = await faster.scripted({ status: 429, body: { error: 'OPERATION_TIME_LIMIT' } });
    const clock = manualClock(1_900_000_000_000);
    const stop = new AbortController();
    const rest = faster.viaWebhook(portal, { clock });
    const call = failureOf(rest.call('crm.lead.list', {}, { ...read, signal: stop.signal }));
    await until(() => portal.requests.length === 1 && clock.pending() === 1, 'the refusal');
    stop.abort();
    assert.ok((await call) instanceof CancelledError);
    rest.close();
    await clock.advance(0);
    assert.equal(clock.pending(), 0);
  });
});
