import assert from 'node:assert/strict';
import { createAppCredential, type AuthServerClient } from '../../../lib/bitrix24/oauth';
import { UnreachableError } from '../../../lib/core/errors';
import { until } from '../../support/until';
import { servers } from '../sandbox-portal/support';
import { json, startScripted } from './scripted-server';
import {
  assertNothingSecret,
  callProfile,
  clientFor,
  clientSecret,
  eagerClock,
  failureOf,
  openScene,
  startMs,
} from './support';

const start = servers();
const pair = { refreshToken: 'MARKERrefreshTOKEN', domain: 'x.bitrix24.com' };
const whole = {
  access_token: 'MARKERaccessTOKEN',
  refresh_token: 'MARKERnewREFRESH',
  expires: 1_900_000_000,
  expires_in: 3600,
  client_endpoint: 'https://x.bitrix24.com/rest/',
  server_endpoint: 'https://oauth.bitrix.info/rest/',
  domain: 'oauth.bitrix.info',
  member_id: 'm1',
  scope: 'imbot',
  status: 'L',
  user_id: 67,
};
const markers = [pair.refreshToken, clientSecret, whole.access_token, whole.refresh_token];

interface Refreshing {
  client: AuthServerClient;
  refresh: () => ReturnType<AuthServerClient['refresh']>;
}

function refreshing(origin: string): Refreshing {
  const client = clientFor(start, eagerClock(), [new URL(origin).host]);
  const serverEndpoint = `${origin}/rest/`;
  return { client, refresh: () => client.refresh({ ...pair, serverEndpoint }) };
}

describe('auth server: what it answers', () => {
  it('takes the portal from client_endpoint and the life of the token from expires_in', async () => {
    const server = await startScripted(start, (response) => json(response, whole));
    const grant = await refreshing(server.origin).refresh();
    assert.equal(grant.clientEndpoint, whole.client_endpoint);
    assert.equal(grant.expiresAt, startMs + 3_600_000);
    assert.deepEqual([grant.memberId, grant.userId, grant.scope], ['m1', 67, 'imbot']);
    const [request] = server.requests;
    assert.equal(request?.path, '/oauth/token/');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body)), {
      client_id: 'local.marker-app',
      client_secret: clientSecret,
      grant_type: 'refresh_token',
      refresh_token: pair.refreshToken,
    });
  });

  for (const field of ['access_token', 'refresh_token', 'member_id', 'client_endpoint'] as const) {
    it(`does not take an answer without ${field}`, async () => {
      const server = await startScripted(start, (response) => json(response, { ...whole, [field]: '' }));
      const failure = await failureOf(refreshing(server.origin).refresh());
      assert.deepEqual([failure.code, failure.params['reason']], ['BITRIX_AUTH_SERVER', 'INCOMPLETE']);
      assertNothingSecret(failure, markers);
    });
  }

  it('does not take an answer without any date, and takes either', async () => {
    const dates: object[] = [
      { expires: undefined, expires_in: undefined },
      { expires_in: undefined },
      { expires: undefined },
    ];
    const server = await startScripted(start, (response, _request, number) =>
      json(response, { ...whole, ...dates[number - 1] }),
    );
    const { refresh } = refreshing(server.origin);
    assert.equal((await failureOf(refresh())).params['reason'], 'INCOMPLETE');
    assert.equal((await refresh()).expiresAt, 1_900_000_000_000);
    assert.equal((await refresh()).expiresAt, startMs + 3_600_000);
  });

  const odd: [string, number, string][] = [
    ['a page', 200, '<html>log in</html>'],
    ['nothing', 200, ''],
    ['null', 200, 'null'],
    ['a list', 200, '[]'],
    ['half of it', 200, JSON.stringify(whole).slice(0, 90)],
    ['a text', 200, '"ok"'],
    ['a page with 500', 500, '<html>oops</html>'],
    ['a refusal with 503', 503, '{"error":"internal"}'],
    ['a refusal with 429', 429, '{"error":"too_many"}'],
    ['a page with 404', 404, '<html>?</html>'],
    ['an odd success', 204, ''],
  ];
  for (const [what, status, body] of odd) {
    it(`finds ${what} unusable`, async () => {
      const server = await startScripted(start, (response) => response.writeHead(status).end(body));
      const failure = await failureOf(refreshing(server.origin).refresh());
      assert.equal(failure.code, 'BITRIX_AUTH_SERVER');
      assert.equal(failure.params['host'], server.host);
      assertNothingSecret(failure, markers);
    });
  }

  const refusals: [unknown, string, string][] = [
    ['invalid_grant', 'BITRIX_APP_LOST', 'invalid_grant'],
    ['invalid_client', 'BITRIX_APP_KEYS', 'invalid_client'],
    ['PAYMENT_REQUIRED', 'BITRIX_APP_UNPAID', 'PAYMENT_REQUIRED'],
    ['invalid_request', 'BITRIX_REFUSED', 'invalid_request'],
    ['insufficient_scope', 'BITRIX_REFUSED', 'insufficient_scope'],
    [17, 'BITRIX_REFUSED', 'HTTP 400'],
    ['', 'BITRIX_REFUSED', 'HTTP 400'],
    [pair.refreshToken, 'BITRIX_REFUSED', 'HTTP 400'],
    [{ secret: clientSecret }, 'BITRIX_REFUSED', 'HTTP 400'],
  ];
  for (const [error, code, shown] of refusals) {
    it(`says ${code} to ${JSON.stringify(error)}, without what it was sent`, async () => {
      const description = `${clientSecret} and ${pair.refreshToken} are wrong`;
      const server = await startScripted(start, (response) =>
        json(response, { error, error_description: description }, 400),
      );
      const failure = await failureOf(refreshing(server.origin).refresh());
      assert.deepEqual([failure.code, failure.params['reason']], [code, shown]);
      assert.equal(failure.params['portal'], pair.domain);
      assertNothingSecret(failure, markers);
    });
  }

  it('takes a refusal with status 200 for a refusal', async () => {
    const server = await startScripted(start, (response) =>
      json(response, { ...whole, error: 'invalid_grant' }),
    );
    assert.equal((await failureOf(refreshing(server.origin).refresh())).code, 'BITRIX_APP_LOST');
  });

  for (const status of [301, 302, 307, 308]) {
    it(`follows no ${status}: the secret stays where it was sent`, async () => {
      const trap = await startScripted(start, (response) => json(response, whole));
      const server = await startScripted(start, (response) =>
        response.writeHead(status, { Location: `${trap.origin}/oauth/token/` }).end(),
      );
      const failure = await failureOf(refreshing(server.origin).refresh());
      assert.deepEqual([failure.code, failure.params['reason']], ['BITRIX_AUTH_SERVER', 'REDIRECT']);
      assert.equal(trap.connections(), 0);
    });
  }

  it('tells its secret to no host that is not in the list', async () => {
    const trap = await startScripted(start, (response) => json(response, whole));
    const listed = await startScripted(start, (response) => json(response, whole));
    const { client } = refreshing(listed.origin);
    const foreign = [
      `${trap.origin}/rest/`,
      `http://localhost:${listed.port}/rest/`,
      `http://user:pw@${listed.host}/rest/`,
      `http://${listed.host}.evil.example/rest/`,
      'not an address',
      '',
    ];
    for (const serverEndpoint of foreign) {
      const failure = await failureOf(client.refresh({ ...pair, serverEndpoint }));
      assert.equal(failure.code, 'BITRIX_AUTH_HOST', serverEndpoint);
      const checking = client.checkInstall({ serverEndpoint, accessToken: 'x', domain: '' });
      assert.equal((await failureOf(checking)).code, 'BITRIX_AUTH_HOST', serverEndpoint);
    }
    const exchanging = client.exchangeCode({ code: 'c', host: new URL(trap.origin).host, domain: '' });
    assert.equal((await failureOf(exchanging)).code, 'BITRIX_AUTH_HOST');
    assert.equal(trap.connections() + listed.connections(), 0);
  });

  it('lets what is under way end before it closes, and asks nothing afterwards', async () => {
    let answer = (): void => undefined;
    const server = await startScripted(start, (response) => (answer = () => json(response, whole)));
    const { client, refresh } = refreshing(server.origin);
    const asking = refresh();
    await until(() => server.requests.length === 1, 'the request');
    const closing = client.close();
    answer();
    assert.equal((await asking).accessToken, whole.access_token);
    await closing;
    assert.equal((await failureOf(refresh())).code, 'CANCELLED');
    assert.equal(server.requests.length, 1);
  });
});

describe('tokens of an app: a bad auth server', () => {
  it('is given 15 seconds, and once', async () => {
    const { portal, auth, clock, vault, ...scene } = await openScene(start);
    const old = await scene.installed();
    const credential = await scene.credential();
    portal.expireTokens();
    auth.failNext({ times: Infinity, with: 'hang' });
    const used = await credential.fields();
    const failing = Promise.all([1, 2, 3].map(() => failureOf(credential.renew(used))));
    await until(() => clock.pending() === 1, 'the refresh');
    await clock.advance(15_000);
    for (const failure of await failing) {
      assert.equal(failure.code, 'BITRIX_AUTH_SERVER');
      assert.equal(failure.params['reason'], 'ETIMEDOUT');
      assertNothingSecret(failure, [clientSecret, old.accessToken, old.refreshToken]);
    }
    assert.equal(clock.pending(), 0);
    assert.deepEqual(await vault.load(portal.memberId), old);
    auth.clearFaults();
    assert.equal(await callProfile(credential), 200);
  });

  for (const fault of ['reset', 'html', 'empty', { status: 503, error: 'internal' }] as const) {
    it(`survives ${JSON.stringify(fault)} by asking again, later each time`, async () => {
      const { portal, auth, clock, ...scene } = await openScene(start);
      await scene.installed();
      const credential = await scene.credential();
      portal.expireTokens();
      auth.failNext({ method: 'token', times: 3, with: fault });
      assert.equal(await callProfile(credential), 200);
      assert.equal(auth.refreshes, 1);
      const [first = 0, second = 0, third = 0] = clock.slept;
      assert.equal(clock.slept.length, 3);
      assert.ok(first >= 900 && second >= 1800 && third >= 3600, String(clock.slept));
    });
  }

  it('keeps the old pair through anything else, and works again afterwards', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    const old = await scene.installed();
    const credential = await scene.credential();
    portal.expireTokens();
    for (const fault of ['reset', 'html', 'empty', { status: 502, error: 'bad' }] as const) {
      auth.failNext({ method: 'token', times: 4, with: fault });
      assert.equal((await failureOf(callProfile(credential))).code, 'BITRIX_AUTH_SERVER');
      assert.deepEqual(await vault.load(portal.memberId), old);
    }
    assert.equal(await callProfile(credential), 200);
  });

  it('survives a lost answer when the old refresh token is still good', async () => {
    const { portal, clock, vault, addresses, ...scene } = await openScene(start);
    const answer = { ...whole, member_id: portal.memberId, client_endpoint: `${portal.origin}/rest/` };
    const server = await startScripted(start, (response, _request, number) => {
      if (number === 1) response.destroy();
      else json(response, { ...answer, access_token: portal.issueTokens().token });
    });
    await scene.installed({ serverEndpoint: `${server.origin}/rest/` });
    const authServer = clientFor(start, clock, [server.host]);
    const { memberId } = portal;
    const credential = await createAppCredential({ memberId, vault, authServer, addresses, clock });
    portal.expireTokens();
    assert.equal(await callProfile(credential), 200);
    assert.equal(server.requests.length, 2);
  });

  it('says to install again when the lost answer had used the token up, and asks no more for minutes', async () => {
    const { portal, auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    portal.expireTokens();
    auth.failNext({ method: 'token', with: 'answer-lost' });
    const failure = await failureOf(callProfile(credential));
    assert.equal(failure.code, 'BITRIX_APP_LOST');
    const asked = auth.tokenRequests.length;
    assert.equal((await failureOf(callProfile(credential))).code, 'BITRIX_APP_LOST');
    assert.equal(auth.tokenRequests.length, asked);
    await clock.advance(5 * 60_000);
    assert.equal((await failureOf(callProfile(credential))).code, 'BITRIX_APP_LOST');
    assert.equal(auth.tokenRequests.length, asked + 1);
    await scene.installed();
    assert.equal(await callProfile(credential), 200);
  });

  for (const [error, code] of [
    ['invalid_client', 'BITRIX_APP_KEYS'],
    ['PAYMENT_REQUIRED', 'BITRIX_APP_UNPAID'],
  ] as const) {
    it(`does not ask again at once after ${error}, but does after five minutes`, async () => {
      const { portal, auth, clock, ...scene } = await openScene(start);
      await scene.installed();
      const credential = await scene.credential();
      portal.expireTokens();
      auth.failNext({ method: 'token', with: { status: 401, error } });
      for (let call = 0; call < 5; call += 1) {
        assert.equal((await failureOf(callProfile(credential))).code, code);
      }
      assert.equal(auth.tokenRequests.length, 1);
      await clock.advance(5 * 60_000);
      assert.equal(await callProfile(credential), 200);
    });
  }

  it('does not stop calls while the token is still good', async () => {
    const { auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    await clock.advance(3_600_000 - 30_000);
    auth.failNext({ times: Infinity, with: { redirectTo: 'http://127.0.0.1:1/' } });
    assert.equal(await callProfile(credential), 200);
    await clock.advance(30_000);
    const failure = await failureOf(callProfile(credential));
    assert.ok(failure instanceof UnreachableError);
    assert.equal(failure.code, 'BITRIX_AUTH_SERVER');
  });

  it('hands out no token that the portal has refused', async () => {
    const { portal, auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    await clock.advance(3_600_000 - 30_000);
    auth.failNext({ times: Infinity, with: { redirectTo: 'http://127.0.0.1:1/' } });
    const used = await credential.fields();
    portal.revokeTokens();
    assert.equal((await failureOf(credential.renew(used))).code, 'BITRIX_AUTH_SERVER');
    assert.equal((await failureOf(credential.fields())).code, 'BITRIX_AUTH_SERVER');
    assert.equal(portal.calls.length, 0);
  });

  const foreignGrants: [string, object][] = [
    ['tokens of another portal', { member_id: 'another' }],
    ['an answer without a refresh token', { refresh_token: undefined }],
    ['an answer without an access token', { access_token: null }],
  ];
  for (const [what, change] of foreignGrants) {
    it(`never puts ${what} in the place of the old pair`, async () => {
      const { portal, clock, vault, addresses, ...scene } = await openScene(start);
      const answer = { ...whole, member_id: portal.memberId, ...change };
      const server = await startScripted(start, (response) => json(response, answer));
      const old = await scene.installed({ serverEndpoint: `${server.origin}/rest/` });
      const authServer = clientFor(start, clock, [server.host]);
      const { memberId } = portal;
      const credential = await createAppCredential({ memberId, vault, authServer, addresses, clock });
      portal.expireTokens();
      assert.equal((await failureOf(callProfile(credential))).code, 'BITRIX_AUTH_SERVER');
      assert.deepEqual(await vault.load(memberId), old);
    });
  }

  it('keeps a new pair but not an address in it that may not be called', async () => {
    const { portal, clock, vault, addresses, ...scene } = await openScene(start);
    const server = await startScripted(start, (response) =>
      json(response, {
        ...whole,
        member_id: portal.memberId,
        access_token: portal.issueTokens().token,
        client_endpoint: 'http://169.254.169.254/rest/',
        server_endpoint: 'https://evil.example/rest/',
      }),
    );
    const old = await scene.installed({ serverEndpoint: `${server.origin}/rest/` });
    const authServer = clientFor(start, clock, [server.host]);
    const { memberId } = portal;
    const credential = await createAppCredential({ memberId, vault, authServer, addresses, clock });
    portal.expireTokens();
    assert.equal(await callProfile(credential), 200);
    const stored = await vault.load(memberId);
    assert.equal(stored?.refreshToken, whole.refresh_token);
    assert.deepEqual(
      [stored.clientEndpoint, stored.serverEndpoint, stored.domain],
      [old.clientEndpoint, old.serverEndpoint, old.domain],
    );
  });
});
