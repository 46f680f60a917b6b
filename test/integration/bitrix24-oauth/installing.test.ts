import assert from 'node:assert/strict';
import { createAppInstaller, createPortalAddresses, type AppRequest } from '../../../lib/bitrix24/oauth';
import { textAt } from '../../../lib/core/fields';
import { until } from '../../support/until';
import { servers } from '../sandbox-portal/support';
import { installed, installScene, mapOf, reasonOf, withAuth } from './install-scene';
import { json, startScripted } from './scripted-server';
import { assertNothingSecret, callProfile, clientFor, lastRequest } from './support';

const start = servers();

describe('installing an app: the event', () => {
  it('stores what the auth server has confirmed, without using the refresh token', async () => {
    const scene = await installScene(start);
    const { portal, auth, vault } = scene;
    assert.deepEqual(await installed(scene), {
      kind: 'installed',
      memberId: portal.memberId,
      domain: portal.domain,
      origin: portal.origin,
    });
    assert.deepEqual([auth.checks, auth.tokenRequests.length], [1, 0]);
    const stored = await vault.load(portal.memberId);
    assert.equal(stored?.domain, portal.domain);
    assert.equal(stored.clientEndpoint, `${portal.origin}/rest/`);
    assert.equal(stored.serverEndpoint, `${auth.origin}/rest/`);
    assert.equal(stored.applicationToken, portal.applicationToken(portal.addBot({ byApp: true })));
    assert.deepEqual([stored.userId, stored.status], [1, 'L']);
    assert.equal(stored.expiresAt, scene.clock.now() + 3_600_000);
    assert.equal(stored.renewedAt, scene.clock.now());
    const credential = await scene.credential();
    assert.equal(await callProfile(credential), 200);
    portal.expireTokens();
    assert.equal(await callProfile(credential), 200);
  });

  it('replaces the tokens when the app is installed again, also those in use', async () => {
    const scene = await installScene(start);
    await installed(scene);
    const credential = await scene.credential();
    const before = await credential.fields();
    assert.equal((await installed(scene)).kind, 'installed');
    assert.notDeepEqual(await credential.fields(), before);
    assert.deepEqual(await scene.vault.list(), [scene.portal.memberId]);
  });

  it('serves every portal, or with a domain only that one', async () => {
    const scene = await installScene(start);
    const pinned = await installScene(start, { domain: scene.portal.domain });
    assert.equal((await installed(scene)).kind, 'installed');
    await scene.portal.install();
    const own = createAppInstaller({
      ...scene,
      addresses: createPortalAddresses({ domain: scene.portal.domain }),
    });
    assert.equal((await own.receive(lastRequest(scene.handler))).kind, 'installed');
    assert.equal(reasonOf(await installed(pinned)), 'other-portal');
    assert.deepEqual([pinned.auth.checks, pinned.vault.saved.length], [0, 0]);
  });

  it('takes a token of another app for what it is', async () => {
    const scene = await installScene(start);
    const other = { clientId: 'local.other', clientSecret: 'x', userId: 1 };
    const app = await start.portal({ clock: scene.clock, authServer: scene.auth, app: other });
    await scene.portal.install();
    const request = withAuth(lastRequest(scene.handler), { access_token: app.issueTokens().token });
    assert.equal(reasonOf(await scene.installer.receive(request)), 'other-app');
    assert.equal(scene.vault.saved.length, 0);
  });

  it('takes an unknown, an expired and somebody else’s token for what they are', async () => {
    const scene = await installScene(start);
    await scene.portal.install();
    const request = lastRequest(scene.handler);
    const forged = await scene.installer.receive(withAuth(request, { access_token: 'MARKERforged' }));
    assert.equal(reasonOf(forged), 'unknown-token');
    assertNothingSecret(forged, ['MARKERforged']);
    const renamed = withAuth(request, { member_id: 'f'.repeat(32) });
    assert.equal(reasonOf(await scene.installer.receive(renamed)), 'other-portal');
    scene.portal.expireTokens();
    assert.equal(reasonOf(await scene.installer.receive(request)), 'unknown-token');
    assert.equal(scene.vault.saved.length, 0);
  });

  for (const field of [
    'member_id',
    'access_token',
    'refresh_token',
    'server_endpoint',
    'application_token',
  ]) {
    it(`refuses one without ${field}, and asks nobody`, async () => {
      const scene = await installScene(start);
      await scene.portal.install();
      const request = withAuth(lastRequest(scene.handler), { [field]: '' });
      assert.equal(reasonOf(await scene.installer.receive(request)), 'incomplete');
      assert.deepEqual([scene.auth.checks, scene.vault.saved.length], [0, 0]);
    });
  }

  it('refuses whatever is no installation', async () => {
    const { installer } = await installScene(start);
    const bodies: unknown[] = [
      {},
      null,
      'x',
      [],
      { event: 'ONIMBOTMESSAGEADD' },
      { event: 'constructor' },
      { event: ['ONAPPINSTALL'] },
      { event: 'ONAPPUPDATE' },
      { event: 'ONAPPUNINSTALL', auth: [] },
      { AUTH_ID: 'a' },
    ];
    for (const body of bodies) assert.equal(reasonOf(await installer.receive({ body })), 'incomplete');
  });

  it('asks again when the auth server gave no answer, and says so when that is no help', async () => {
    const scene = await installScene(start);
    scene.auth.failNext({ method: 'app.info', with: 'reset' });
    assert.equal((await installed(scene)).kind, 'installed');
    scene.auth.failNext({ method: 'app.info', times: 4, with: 'html' });
    const outcome = await installed(scene);
    assert.ok(outcome.kind === 'refused');
    assert.deepEqual([outcome.reason, outcome.error?.code], ['auth-server', 'BITRIX_AUTH_SERVER']);
  });

  it('says when the store failed, and shows no token of it', async () => {
    const scene = await installScene(start);
    await scene.portal.install();
    const { body } = lastRequest(scene.handler);
    const refreshToken = textAt(body, 'auth', 'refresh_token') ?? '';
    assert.match(refreshToken, /^[0-9a-f]{48}$/);
    scene.vault.failSaves(1, new Error(`cannot write ${refreshToken}`));
    const outcome = await scene.installer.receive(lastRequest(scene.handler));
    assert.equal(reasonOf(outcome), 'store');
    assertNothingSecret(outcome, [refreshToken]);
    scene.vault.failLoads(1, new Error(`cannot read ${refreshToken}`));
    const again = await scene.installer.receive(lastRequest(scene.handler));
    assert.equal(reasonOf(again), 'store');
    assertNothingSecret(again, [refreshToken]);
  });

  it('does not let a flood of claims become a flood of questions', async () => {
    const held: (() => void)[] = [];
    const server = await startScripted(start, (response) =>
      held.push(() => json(response, { error: 'invalid_token' }, 401)),
    );
    const scene = await installScene(start);
    const authServer = clientFor(start, scene.clock, [server.host]);
    const installer = createAppInstaller({ ...scene, authServer });
    await scene.portal.install();
    const request = withAuth(lastRequest(scene.handler), { server_endpoint: `${server.origin}/rest/` });
    const answers = Promise.all(Array.from({ length: 30 }, () => installer.receive(request)));
    await until(() => held.length === 8, 'the questions');
    for (const answer of held) answer();
    const reasons = (await answers).map(reasonOf);
    assert.equal(reasons.filter((reason) => reason === 'busy').length, 22);
    assert.equal(reasons.filter((reason) => reason === 'unknown-token').length, 8);
    assert.equal(server.requests.length, 8);
  });
});

describe('installing an app: the page', () => {
  it('installs from the form of the frame', async () => {
    const scene = await installScene(start);
    await scene.portal.installPage();
    const request = lastRequest(scene.handler);
    const outcome = await scene.installer.receive(request);
    assert.deepEqual([outcome.kind, outcome.domain], ['installed', scene.portal.domain]);
    const stored = await scene.vault.load(scene.portal.memberId);
    assert.equal(stored?.clientEndpoint, `${scene.portal.origin}/rest/`);
    assert.equal(stored.userId, 1);
    assert.equal(await callProfile(await scene.credential()), 200);
    assert.equal((await scene.installer.receive(request)).kind, 'installed');
  });

  it('does not take the opening of the app by somebody else for an installation', async () => {
    const scene = await installScene(start);
    await installed(scene);
    const before = await scene.vault.load(scene.portal.memberId);
    await scene.portal.installPage();
    const { query, body } = lastRequest(scene.handler);
    const employee = { ...mapOf(body), AUTH_ID: scene.portal.issueTokens(7).token };
    const outcome = await scene.installer.receive({ query, body: employee });
    assert.equal(reasonOf(outcome), 'already-installed');
    assert.deepEqual(await scene.vault.load(scene.portal.memberId), before);
  });

  it('refuses a forged one', async () => {
    const scene = await installScene(start);
    await scene.portal.installPage();
    const { query, body } = lastRequest(scene.handler);
    const cases: [AppRequest, string][] = [
      [{ query, body: { ...mapOf(body), AUTH_ID: 'forged' } }, 'unknown-token'],
      [{ query, body: { ...mapOf(body), SERVER_ENDPOINT: 'https://evil.example/rest/' } }, 'auth-host'],
      [{ query: { ...mapOf(query), DOMAIN: '127.0.0.1:1' }, body }, 'address'],
      [{ query: { ...mapOf(query), DOMAIN: 'x/../../y' }, body }, 'address'],
      [{ query: {}, body }, 'incomplete'],
    ];
    for (const [request, reason] of cases) {
      assert.equal(reasonOf(await scene.installer.receive(request)), reason);
    }
    assert.equal(scene.vault.saved.length, 0);
  });
});
