import assert from 'node:assert/strict';
import {
  createFrameCheck,
  createPortalAddresses,
  type AppRequest,
  type FrameOutcome,
  type FrameVisit,
} from '../../../lib/bitrix24/oauth';
import type { OpeningOptions } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { mapOf } from '../bitrix24-oauth/install-scene';
import { json, startScripted } from '../bitrix24-oauth/scripted-server';
import { assertNothingSecret, clientFor, openScene, type Scene } from '../bitrix24-oauth/support';
import { servers } from '../sandbox-portal/support';

const start = servers();
const pageUrl = 'https://flows.example/bitrix24/events';

function opening({ portal }: Scene, options: OpeningOptions = {}): AppRequest {
  const { action, fields } = portal.frame.form({ pageUrl, ...options });
  return { query: Object.fromEntries(new URL(action).searchParams), body: fields };
}

const checkOf = (scene: Scene, change: Partial<Parameters<typeof createFrameCheck>[0]> = {}) =>
  createFrameCheck({ ...scene, ...change });

function reasonOf(outcome: FrameOutcome): string {
  return outcome.kind === 'refused' ? outcome.reason : outcome.kind;
}

function visitOf(outcome: FrameOutcome): FrameVisit {
  assert.ok(outcome.kind === 'visit', reasonOf(outcome));
  return outcome.visit;
}

describe('opening an installed app in the frame of its portal', () => {
  it('tells who it is, where, and for how long, by the word of the auth server', async () => {
    const scene = await openScene(start);
    await scene.installed();
    const visit = visitOf(await checkOf(scene)(opening(scene, { userId: 7, language: 'ru' })));
    const { accessToken, ...rest } = visit;
    assert.match(accessToken, /^[0-9a-f]{48}$/);
    assert.deepEqual(rest, {
      memberId: scene.portal.memberId,
      endpoint: new URL(`${scene.portal.origin}/rest/`),
      userId: 7,
      tokenExpiresAt: scene.clock.now() + 3_600_000,
      language: 'ru',
      isInstaller: false,
    });
    assert.equal(visitOf(await checkOf(scene)(opening(scene))).isInstaller, true);
    assert.equal(scene.auth.refreshes, 0);
  });

  it('lasts no longer than the token, whatever the browser says of it', async () => {
    const scene = await openScene(start);
    await scene.installed();
    const lifeOf = async (fields: Readonly<Record<string, string>>): Promise<number> =>
      visitOf(await checkOf(scene)(opening(scene, { fields }))).tokenExpiresAt - scene.clock.now();
    assert.equal(await lifeOf({ AUTH_EXPIRES: '60' }), 60_000);
    assert.equal(await lifeOf({ AUTH_EXPIRES: '999999' }), 3_600_000);
    assert.equal(await lifeOf({ AUTH_EXPIRES: '-5' }), 3_600_000);
  });

  it('is the installation while the app is not installed, or nobody knows the portal here', async () => {
    const unknown = await openScene(start);
    assert.equal((await checkOf(unknown)(opening(unknown))).kind, 'install');
    assert.equal(unknown.auth.checks, 0);
    const unfinished = await openScene(start, { installed: false });
    await unfinished.installed();
    assert.equal((await checkOf(unfinished)(opening(unfinished))).kind, 'install');
  });

  it('is refused with a token of another app or another portal that the same server knows', async () => {
    const scene = await openScene(start);
    await scene.installed();
    const card = { clientId: 'local.other', clientSecret: 'x' };
    const other = await start.portal({ clock: scene.clock, authServer: scene.auth, app: card });
    const check = checkOf(scene);
    const foreign = { AUTH_ID: other.issueTokens().token };
    assert.equal(reasonOf(await check(opening(scene, { fields: foreign }))), 'other-app');
    await scene.vault.save({ ...(await scene.installed()), memberId: 'another' });
    const renamed = { member_id: 'another' };
    assert.equal(reasonOf(await check(opening(scene, { fields: renamed }))), 'other-portal');
  });

  it('is refused with a token that is forged, over or withdrawn, and shows none', async () => {
    const scene = await openScene(start);
    await scene.installed();
    const check = checkOf(scene);
    const forged = await check(opening(scene, { fields: { AUTH_ID: 'MARKERforged' } }));
    assert.equal(reasonOf(forged), 'unknown-token');
    assertNothingSecret(forged, ['MARKERforged']);
    for (const end of [scene.portal.expireTokens, scene.portal.revokeTokens]) {
      const request = opening(scene);
      end();
      assert.equal(reasonOf(await check(request)), 'unknown-token');
    }
  });

  it('is refused from an address that is not the portal of the token, and only where that is wanted', async () => {
    const scene = await openScene(start);
    await scene.installed();
    const { query, body } = opening(scene);
    for (const DOMAIN of ['evil.example', 'x/../../y', '127.0.0.1:1']) {
      const request = { query: { ...mapOf(query), DOMAIN }, body };
      assert.equal(reasonOf(await checkOf(scene)(request)), 'address', DOMAIN);
    }
    const addresses = createPortalAddresses({ loopbackPortals: true, domain: 'other.bitrix24.com' });
    assert.equal(reasonOf(await checkOf(scene, { addresses })({ query, body })), 'other-portal');
  });

  it('asks the auth server of the installation, not the one that the browser names', async () => {
    const scene = await openScene(start);
    const lure = await startScripted(start, (response) => json(response, {}));
    await scene.installed();
    const fields = { SERVER_ENDPOINT: `${lure.origin}/rest/` };
    const authServer = clientFor(start, scene.clock, [scene.auth.host, lure.host]);
    visitOf(await checkOf(scene, { authServer })(opening(scene, { fields })));
    assert.deepEqual([lure.connections(), scene.auth.checks], [0, 1]);
  });

  it('takes the token from the body alone: an address ends up in logs', async () => {
    const scene = await openScene(start);
    await scene.installed();
    const { query, body } = opening(scene);
    const { AUTH_ID, ...rest } = mapOf(body);
    const moved = { query: { ...mapOf(query), AUTH_ID }, body: rest };
    assert.equal(reasonOf(await checkOf(scene)(moved)), 'incomplete');
    assert.equal(
      reasonOf(await checkOf(scene)({ query, body: { ...rest, AUTH_ID, member_id: '' } })),
      'incomplete',
    );
  });

  it('is refused when the store or the auth server fails, and says which', async () => {
    const scene = await openScene(start);
    await scene.installed();
    scene.vault.failLoads(1);
    assert.equal(reasonOf(await checkOf(scene)(opening(scene))), 'store');
    scene.auth.failNext({ method: 'app.info', times: 4, with: 'html' });
    assert.equal(reasonOf(await checkOf(scene)(opening(scene))), 'auth-server');
  });

  it('does not ask for everybody at once', async () => {
    const scene = await openScene(start);
    let asked = 0;
    const server = await startScripted(start, () => void (asked += 1));
    await scene.installed({ serverEndpoint: `${server.origin}/rest/` });
    const authServer = clientFor(start, scene.clock, [server.host]);
    const check = checkOf(scene, { authServer });
    const waiting = Array.from({ length: 8 }, () => check(opening(scene)));
    await until(() => asked === 8, 'eight questions');
    assert.equal(reasonOf(await check(opening(scene))), 'busy');
    for (let tries = 0; tries < 4; tries += 1) await scene.clock.advance(20_000);
    assert.deepEqual(new Set((await Promise.all(waiting)).map(reasonOf)), new Set(['auth-server']));
  });
});
