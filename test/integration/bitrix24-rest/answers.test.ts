import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { CancelledError, InvalidError, RefusedError, UnreachableError } from '../../../lib/core/errors';
import { startPortal } from '../../../sandbox/bitrix24';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { echo, failureOf, restBench, scriptedSecret, type Scripted } from './support';

const bench = restBench();
const read = { idempotent: true };
const write = { idempotent: false };
const json = { 'Content-Type': 'application/json' };

describe('rest client, answers: what the SDK gets wrong (b24jssdk 2 and 4)', function () {
  const unclear: Record<string, Scripted> = {
    'HTML with 200': { body: '<html>Please log in</html>', headers: { 'Content-Type': 'text/html' } },
    'an empty body': { body: '' },
    null: { body: 'null' },
    'a list': { body: '[1,2]' },
    'a text': { body: '"ok"' },
    'JSON cut off': { body: '{"result": {"id": 1' },
    'a map without result': { body: { time: {} } },
    'HTML with 500': { status: 500, body: '<html>' },
    'HTML with 502': { status: 502, body: '<html>' },
    'HTML with 503': { status: 503, body: '<html>' },
    'HTML with 504': { status: 504, body: '<html>' },
  };
  for (const [name, answer] of Object.entries(unclear)) {
    it(`${name}: unclear outcome, not repeated for a write`, async () => {
      const portal = await bench.scripted(answer);
      const error = await failureOf(bench.viaWebhook(portal).call('crm.lead.add', {}, write));
      assert.ok(error instanceof UnreachableError && error.sent, inspect(error));
      assert.equal(error.code, 'BITRIX_UNREACHABLE');
      assert.equal(portal.requests.length, 1);
    });
  }

  it('an unclear outcome is repeated for a safe read, until it is clear', async () => {
    const portal = await bench.scripted({ status: 502 }, { body: '<html>' }, { body: { result: 5 } });
    assert.equal(await bench.viaWebhook(portal).call('crm.lead.get', { id: 1 }, read), 5);
    assert.equal(portal.requests.length, 3);
  });

  const refused: Record<string, [Scripted, string]> = {
    '200 with error as text': [{ body: { error: 'ERROR_CORE', error_description: 'no' } }, 'ERROR_CORE'],
    '200 with error as number': [{ body: { error: 15, result: null } }, '15'],
    '200 with error as 0': [{ body: { error: 0 } }, '0'],
    '200 with an empty error': [{ body: { error: '', error_description: 'no' } }, 'HTTP 200'],
    'entity not found': [
      { status: 400, body: { error: 'ERROR_ENTITY_NOT_FOUND' } },
      'ERROR_ENTITY_NOT_FOUND',
    ],
    '400 of the method': [{ status: 400, body: { error: 'ERROR_ARGUMENT' } }, 'ERROR_ARGUMENT'],
    '401 confirm waiting': [
      { status: 401, body: { error: 'METHOD_CONFIRM_WAITING' } },
      'METHOD_CONFIRM_WAITING',
    ],
    '503 OVERLOAD_LIMIT': [{ status: 503, body: { error: 'OVERLOAD_LIMIT' } }, 'OVERLOAD_LIMIT'],
    '500 PORTAL_DELETED': [{ status: 500, body: { error: 'PORTAL_DELETED' } }, 'PORTAL_DELETED'],
    '403 ACCESS_DENIED': [{ status: 403, body: { error: 'ACCESS_DENIED' } }, 'ACCESS_DENIED'],
  };
  for (const [name, [answer, code]] of Object.entries(refused)) {
    it(`${name}: refused, final even for a read`, async () => {
      const portal = await bench.scripted(answer);
      const error = await failureOf(bench.viaWebhook(portal).call('crm.lead.get', {}, read));
      assert.ok(error instanceof RefusedError, inspect(error));
      assert.equal(error.serviceCode, code);
      assert.equal(portal.requests.length, 1);
    });
  }

  it('codes that a person acts on differently have codes of their own', async () => {
    const codeOf = async (answer: Scripted): Promise<unknown> => {
      const portal = await bench.scripted(answer);
      const error = await failureOf(bench.viaWebhook(portal).call('profile', {}, write));
      return error instanceof RefusedError ? error.code : error;
    };
    const plan = 'REST API is available only on commercial plans';
    const denied = { error: 'ACCESS_DENIED' };
    assert.equal(await codeOf({ status: 503, body: { error: 'OVERLOAD_LIMIT' } }), 'BITRIX_OVERLOADED');
    assert.equal(await codeOf({ status: 403, body: { ...denied, error_description: plan } }), 'BITRIX_PLAN');
    assert.equal(await codeOf({ status: 401, body: { ...denied, error_description: plan } }), 'BITRIX_PLAN');
    assert.equal(
      await codeOf({ status: 403, body: { ...denied, error_description: 'No right' } }),
      'BITRIX_AUTH',
    );
    assert.equal(await codeOf({ status: 401, body: { error: 'METHOD_CONFIRM_WAITING' } }), 'BITRIX_CONFIRM');
    assert.equal(await codeOf({ status: 401, body: { error: 'NO_AUTH_FOUND' } }), 'BITRIX_AUTH');
  });

  it('a correct answer without time is a success, and so is result null', async () => {
    const portal = await bench.scripted({ body: { result: 7 } }, { body: { result: null } });
    const rest = bench.viaWebhook(portal);
    assert.equal(await rest.call('profile', {}, write), 7);
    assert.deepEqual(await rest.ask('profile', {}, write), {
      result: null,
      total: undefined,
      next: undefined,
      time: {},
    });
  });

  it('total, next and time stand beside the result; PHP may write numbers as texts', async () => {
    const body = { result: [], total: '120', next: 50, time: { operating: 0.5 } };
    const portal = await bench.scripted({ body });
    const answer = await bench.viaWebhook(portal).ask('user.get', {}, read);
    assert.deepEqual(answer, { result: [], total: 120, next: 50, time: { operating: 0.5 } });
  });

  it('500 with an error: repeated for a read, not for a write', async () => {
    const failing = { status: 500, body: { error: 'INTERNAL_SERVER_ERROR' } };
    const portal = await bench.scripted(failing, { body: { result: 1 } });
    assert.equal(await bench.viaWebhook(portal).call('crm.lead.get', {}, read), 1);
    const other = await bench.scripted(failing);
    const error = await failureOf(bench.viaWebhook(other).call('crm.lead.add', {}, write));
    assert.ok(error instanceof RefusedError);
    assert.equal(other.requests.length, 1);
  });

  it('posts JSON, with the method in the path as it is spelt', async () => {
    const portal = await bench.scripted({ headers: json, body: { result: 1 } });
    await bench.viaWebhook(portal).call('imbot.v2.Chat.Message.send', { fields: { message: 'ü' } }, write);
    assert.deepEqual(portal.requests, [
      {
        path: `/rest/1/${scriptedSecret}/imbot.v2.Chat.Message.send`,
        httpMethod: 'POST',
        body: { fields: { message: 'ü' } },
      },
    ]);
  });

  it('a name that is no method leads nowhere', async () => {
    const portal = await bench.scripted({ body: { result: 1 } });
    const rest = bench.viaWebhook(portal);
    for (const name of [
      'https://example.com/x',
      '//example.com/x',
      '../2/x',
      'a/b',
      '',
      'a?b',
      '__proto__',
    ]) {
      assert.ok((await failureOf(rest.call(name, {}, read))) instanceof InvalidError, name);
      assert.ok((await failureOf(rest.send('1', name, {}))) instanceof InvalidError, name);
    }
    assert.equal(portal.requests.length, 0);
  });
});

describe('rest client, broken connections (b24jssdk 2 and 4)', function () {
  it('reset and lost answer: a write is made once, a read again', async () => {
    const portal = await bench.portal();
    portal.addMethods(echo);
    const rest = bench.viaWebhook(portal);
    for (const kind of ['reset', 'answer-lost', 'cut'] as const) {
      portal.failNext({ method: 'test.echo', with: kind });
      const before = portal.httpRequests;
      const error = await failureOf(rest.call('test.echo', {}, write));
      assert.ok(error instanceof UnreachableError && error.sent, `${kind} ${inspect(error)}`);
      assert.equal(portal.httpRequests, before + 1);
      portal.failNext({ method: 'test.echo', with: kind });
      assert.deepEqual(await rest.call('test.echo', { a: 1 }, read), { a: 1 });
    }
  });

  it('time-out: a write is not repeated', async () => {
    const portal = await bench.portal();
    portal.failNext({ method: 'profile', with: 'hang' });
    const httpClock = manualClock();
    const rest = bench.viaWebhook(portal, { httpClock });
    const failed = failureOf(rest.call('profile', {}, { ...write, timeoutMs: 30 }));
    await until(() => portal.httpRequests === 1, 'the request');
    await httpClock.advance(30);
    const error = await failed;
    assert.ok(error instanceof UnreachableError && error.sent);
    assert.equal(portal.httpRequests, 1);
  });

  it('refused port: not sent, so even a write is tried again', async () => {
    const gone = await startPortal();
    await gone.stop();
    const rest = bench.viaWebhook(gone);
    const error = await failureOf(rest.call('crm.lead.add', {}, write));
    assert.ok(error instanceof UnreachableError && !error.sent, inspect(error));
  });

  it('an answer that is too large is not asked for again', async () => {
    const portal = await bench.scripted({ body: 'x'.repeat(1_000_001) });
    const error = await failureOf(bench.viaWebhook(portal).call('crm.lead.get', {}, read));
    assert.match(error.message, /larger than/);
    assert.equal(portal.requests.length, 1);
  });

  it('abort ends one call and leaves the others', async () => {
    const portal = await bench.portal();
    portal.addMethods(echo);
    portal.failNext({ method: 'profile', with: 'hang' });
    const rest = bench.viaWebhook(portal);
    const stop = new AbortController();
    const hanging = rest.call('profile', {}, { ...read, signal: stop.signal });
    await portal.waitForCall((call) => call.fault === 'hang');
    const other = rest.call('test.echo', { a: 1 }, read);
    stop.abort();
    assert.ok((await failureOf(hanging)) instanceof CancelledError);
    assert.deepEqual(await other, { a: 1 });
  });
});

describe('rest client, secrets (b24jssdk 9)', function () {
  const marker = 'MarkerMessage-4711-of-a-person';
  const token = 'MarkerBotToken-0815';

  async function shown(answer: Scripted): Promise<string> {
    const portal = await bench.scripted(answer);
    const params = { botToken: token, fields: { message: `${marker} and more words` } };
    const rest = bench.viaWebhook(portal);
    const error = await failureOf(rest.call('imbot.v2.Chat.Message.send', params, write));
    const sending = await failureOf(rest.send('1', 'imbot.v2.Chat.Message.send', params));
    return [error, sending]
      .map((one) => `${inspect(one, { depth: 20, showHidden: true })} ${one.stack}`)
      .join();
  }

  const echoing = `bad "${token}" in ${marker} at https://x/rest/1/${scriptedSecret}/profile`;
  const answers: Record<string, Scripted> = {
    'a refusal that repeats everything': {
      status: 400,
      body: { error: 'ERROR_ARGUMENT', error_description: echoing },
    },
    'a refusal whose code is a sentence': { status: 400, body: { error: echoing } },
    'a page that repeats everything': { body: `<html>${echoing}</html>` },
    'a redirect with the secret in it': {
      status: 302,
      headers: { Location: `https://moved.example/rest/1/${scriptedSecret}/` },
    },
  };
  for (const [name, answer] of Object.entries(answers)) {
    it(`${name} shows no URL, token or parameter`, async () => {
      const text = await shown(answer);
      assert.doesNotMatch(text, new RegExp(`${marker}|${token}|${scriptedSecret}|/rest/1`));
    });
  }

  it('neither do a reset and a refused port', async () => {
    const gone = await bench.scripted({});
    await gone.stop();
    const params = { botToken: token, message: marker };
    const error = await failureOf(bench.viaWebhook(gone).call('profile', params, write));
    const text = inspect(error, { depth: 20, showHidden: true });
    assert.doesNotMatch(text, new RegExp(`${marker}|${token}|${scriptedSecret}|/rest/1`));
  });

  it('what the portal says in its own words stays', async () => {
    const body = {
      error: 'ERROR_ARGUMENT',
      error_description: 'Could not find value for parameter {fields}',
    };
    assert.match(await shown({ status: 400, body }), /Could not find value for parameter \{fields\}/);
  });
});
