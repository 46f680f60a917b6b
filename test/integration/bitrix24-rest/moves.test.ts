import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { RefusedError } from '../../../lib/core/errors';
import type { Credential } from '../../../lib/bitrix24/rest/credential';
import { followMove, MovedError } from '../../../lib/bitrix24/rest/move';
import type { AuthServer, Portal } from '../../../sandbox/bitrix24';
import { appCredential, echo, failureOf, restBench, type Scripted } from './support';

const bench = restBench();
const write = { idempotent: false };

async function appPortal(): Promise<{ portal: Portal; server: AuthServer }> {
  const server = await bench.authServer();
  const portal = await bench.portal({ app: {}, authServer: server, limits: 'off' });
  portal.addMethods(echo);
  return { portal, server };
}

function assertMoved(error: Error, host: string): void {
  assert.ok(error instanceof RefusedError, inspect(error));
  assert.equal(error.code, 'BITRIX_MOVED');
  assert.equal(error.params['host'], host);
}

describe('rest client, address change (b24jssdk 2 and 4, bitrix24-rest 12 and 18.1)', function () {
  it('a renamed portal is called again at its new address, body and all, once proved', async () => {
    const { portal, server } = await appPortal();
    const credential = appCredential(portal, server);
    const rest = bench.viaApp(credential);
    await portal.rename();
    const result = await rest.call('test.echo', { text: 'kept' }, write);
    assert.match(inspect(result), /kept/);
    assert.equal(portal.calls.at(-1)?.httpMethod, 'POST');
    assert.equal(credential.base().origin, portal.origin);
    await rest.call('test.echo', {}, write);
    assert.equal(portal.httpRequests, 3, 'the second call goes straight to the new address');
  });

  it('a storm of 302: one proof, each call done once', async () => {
    const { portal, server } = await appPortal();
    const credential = appCredential(portal, server);
    const rest = bench.viaApp(credential);
    await portal.rename();
    const calls = Array.from({ length: 40 }, (_, n) => rest.call('test.echo', { n }, write));
    const sends = Array.from({ length: 40 }, (_, n) => rest.send(`${n}`, 'test.echo', { n: n + 40 }));
    await Promise.all([...calls, ...sends]);
    assert.equal(credential.proofs, 1);
    assert.equal(
      portal.calls.filter((call) => call.method === 'test.echo' && call.status === 200).length,
      80,
    );
  });

  it('a foreign address gets nothing, for an app', async () => {
    const { portal, server } = await appPortal();
    const foreign = await bench.scripted({ body: { result: 'stolen' } });
    const rest = bench.viaApp(appCredential(portal, server));
    portal.failNext({ with: { redirectTo: foreign.origin } });
    assertMoved(await failureOf(rest.call('test.echo', {}, write)), new URL(foreign.origin).host);
    assert.equal(foreign.requests.length, 0);
    assert.equal(portal.httpRequests, 1);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    it(`${status} is not followed: nothing goes to the new address, for a webhook`, async () => {
      const foreign = await bench.scripted({ body: { result: 'stolen' } });
      const answer: Scripted = { status, headers: { Location: `${foreign.origin}/rest/1/x/profile` } };
      const portal = await bench.scripted(answer);
      const rest = bench.viaWebhook(portal);
      const { host } = new URL(foreign.origin);
      assertMoved(await failureOf(rest.call('profile', {}, { idempotent: true })), host);
      assertMoved(await failureOf(rest.send('1', 'profile', {})), host);
      assert.equal(foreign.requests.length, 0);
      assert.equal(portal.requests.length, 2);
    });
  }

  it('one hop per call', async () => {
    const second = await bench.scripted({ status: 302, headers: { Location: 'http://127.0.0.1:9/rest/' } });
    const first = await bench.scripted({ status: 302, headers: { Location: `${second.origin}/rest/` } });
    const rest = bench.viaApp(trusting(first.origin));
    assertMoved(await failureOf(rest.call('profile', {}, write)), '127.0.0.1:9');
    assert.deepEqual([first.requests.length, second.requests.length], [1, 1]);
  });

  it('a public portal cannot move into a private network, to loopback or to http', async () => {
    const credential = trusting('https://portal.example');
    for (const to of [
      'https://10.0.0.5',
      'http://127.0.0.1:80',
      'https://localhost',
      'http://other.example',
    ]) {
      const follow = followMove(credential);
      const call = follow(() => Promise.reject(new MovedError('profile', 'https://portal.example', to)));
      const params = {
        method: 'profile',
        params: {},
        idempotent: true,
        signal: new AbortController().signal,
      };
      assertMoved(await failureOf(call(params)), new URL(to).host);
    }
    assert.equal(credential.base().origin, 'https://portal.example');
  });

  it('a redirect to the same origin is no move but a refusal', async () => {
    const portal = await bench.scripted({ status: 302, headers: { Location: '/auth/' } });
    const error = await failureOf(bench.viaWebhook(portal).call('profile', {}, { idempotent: true }));
    assert.ok(error instanceof RefusedError);
    assert.equal(error.serviceCode, 'HTTP 302');
    assert.equal(portal.requests.length, 1);
  });
});

/** Believes every address. */
function trusting(origin: string): Credential {
  let base = new URL('/rest/', origin);
  return {
    base: () => base,
    fields: async () => ({ auth: 'token' }),
    renew: async () => false,
    proveSameness: async () => true,
    moveTo: async (to) => {
      base = new URL('/rest/', to);
    },
  };
}
