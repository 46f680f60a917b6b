import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { RefusedError } from '../../../lib/core/errors';
import type { AuthServer, Portal } from '../../../sandbox/bitrix24';
import { appCredential, echo, failureOf, restBench } from './support';

const bench = restBench();
const write = { idempotent: false };

async function appPortal(): Promise<{ portal: Portal; server: AuthServer }> {
  const server = await bench.authServer();
  const portal = await bench.portal({ app: {}, authServer: server, limits: 'off' });
  portal.addMethods(echo);
  return { portal, server };
}

describe('rest client, tokens (b24jssdk 2, 4 and 5, bitrix24-rest 18.3, 18.5)', function () {
  for (const [name, spoil] of [
    ['expired_token', (portal: Portal) => portal.expireTokens()],
    ['invalid_token', (portal: Portal) => portal.revokeTokens()],
  ] as const) {
    it(`401 ${name}: one renewal, and the call once more`, async () => {
      const { portal, server } = await appPortal();
      const rest = bench.viaApp(appCredential(portal, server));
      spoil(portal);
      assert.equal(at(await rest.call('test.echo', { a: 1 }, write), 'a'), 1);
      assert.equal(server.refreshes, 1);
      assert.deepEqual(
        portal.calls.map((call) => call.error),
        [name, undefined],
      );
    });
  }

  it('expired_token inside a 200 is renewed as well', async () => {
    const { portal, server } = await appPortal();
    portal.failNext({ method: 'profile', with: { status: 200, error: 'expired_token' } });
    await bench.viaApp(appCredential(portal, server)).call('profile', {}, write);
    assert.equal(server.refreshes, 1);
  });

  it('a second 401 is final', async () => {
    const { portal, server } = await appPortal();
    portal.failNext({ method: 'profile', times: 5, with: { status: 401, error: 'expired_token' } });
    const error = await failureOf(bench.viaApp(appCredential(portal, server)).call('profile', {}, write));
    assert.ok(error instanceof RefusedError);
    assert.equal(error.code, 'BITRIX_AUTH');
    assert.equal(portal.httpRequests, 2);
    assert.equal(server.refreshes, 1);
  });

  it('a refresh that is refused leaves the portal’s own answer', async () => {
    const { portal, server } = await appPortal();
    const rest = bench.viaApp(appCredential(portal, server));
    portal.expireTokens();
    server.failNext({ method: 'token', with: { status: 400, error: 'invalid_grant' } });
    const error = await failureOf(rest.call('profile', {}, write));
    assert.ok(error instanceof RefusedError);
    assert.equal(error.serviceCode, 'expired_token');
    assert.equal(portal.httpRequests, 1);
  });

  it('METHOD_CONFIRM_WAITING and authorization_error are 401s that no renewal cures', async () => {
    const { portal, server } = await appPortal();
    const rest = bench.viaApp(appCredential(portal, server));
    for (const code of ['METHOD_CONFIRM_WAITING', 'authorization_error', 'NO_AUTH_FOUND']) {
      portal.failNext({ method: 'profile', with: { status: 401, error: code } });
      assert.match((await failureOf(rest.call('profile', {}, write))).message, new RegExp(code));
    }
    assert.equal(server.tokenRequests.length, 0);
    assert.equal(portal.httpRequests, 3);
  });

  it('401 for a webhook is final: nothing to renew, one request', async () => {
    const portal = await bench.portal();
    portal.failNext({ method: 'profile', with: { status: 401, error: 'expired_token' } });
    const error = await failureOf(bench.viaWebhook(portal).call('profile', {}, write));
    assert.ok(error instanceof RefusedError);
    assert.equal(portal.httpRequests, 1);
  });

  it('50 calls, 401 together: one renewal', async () => {
    const { portal, server } = await appPortal();
    const rest = bench.viaApp(appCredential(portal, server));
    portal.expireTokens();
    const calls = Array.from({ length: 50 }, (_, n) => rest.call('profile', { n }, write));
    await Promise.all(calls);
    assert.equal(server.refreshes, 1);
  });

  it('500 calls on an expired token, their 401s spread in time: one renewal', async () => {
    const { portal, server } = await appPortal();
    const rest = bench.viaApp(appCredential(portal, server), { plan: 'enterprise' });
    portal.expireTokens();
    const calls = Array.from({ length: 500 }, (_, n) => rest.call('test.echo', { n }, write));
    assert.equal((await Promise.all(calls)).length, 500);
    assert.equal(server.refreshes, 1);
    assert.equal(portal.calls.filter((call) => call.status === 200).length, 500);
  });

  it('replies on an expired token: one renewal, each sent once', async () => {
    const { portal, server } = await appPortal();
    const rest = bench.viaApp(appCredential(portal, server));
    portal.expireTokens();
    await Promise.all(Array.from({ length: 120 }, (_, n) => rest.send(`${n % 30}`, 'test.echo', { n })));
    assert.equal(server.refreshes, 1);
    const done = portal.calls.filter((call) => call.status === 200 && call.method === 'test.echo');
    assert.equal(done.length, 120);
  });

  it('the token goes into the body, never into the address', async () => {
    const scripted = await bench.scripted({ body: { result: 1 } });
    const rest = bench.viaApp({
      base: () => new URL(`${scripted.origin}/rest/`),
      fields: async () => ({ auth: 'secret-token' }),
      renew: async () => false,
      moveTo: async () => undefined,
    });
    await rest.call('profile', { a: 1, auth: 'not mine' }, write);
    assert.deepEqual(scripted.requests, [
      { path: '/rest/profile', httpMethod: 'POST', body: { a: 1, auth: 'secret-token' } },
    ]);
  });
});
