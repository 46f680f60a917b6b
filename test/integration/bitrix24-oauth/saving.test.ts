import assert from 'node:assert/strict';
import { InvalidError } from '../../../lib/core/errors';
import { createAppCredential } from '../../../lib/bitrix24/oauth';
import type { Credential } from '../../../lib/bitrix24/rest/credential';
import type { MemoryVault } from '../../support/memory-vault';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { servers } from '../sandbox-portal/support';
import { json, startScripted } from './scripted-server';
import {
  assertNothingSecret,
  callProfile,
  clientFor,
  clientId,
  failureOf,
  openScene,
  startMs,
  type Scene,
} from './support';

const start = servers();

/** With a clock that stands still: what is to happen a moment later does not happen by itself. */
const patient = ({ portal, ...scene }: Scene, clock = manualClock(startMs)): Promise<Credential> =>
  createAppCredential({ ...scene, memberId: portal.memberId, clock });

describe('tokens of an app: saved before use', () => {
  it('gives nobody a token that is not saved yet', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    const old = await scene.installed();
    const credential = await scene.credential();
    portal.expireTokens();
    const release = vault.holdSaves();
    const renewing = credential.renew({ auth: old.accessToken });
    await until(() => auth.refreshes === 1, 'the refresh');
    const seen: string[] = [];
    const asking = credential.fields().then(({ auth: token = '' }) => seen.push(token));
    await scene.clock.advance(5000);
    assert.deepEqual(seen, []);
    release();
    await Promise.all([renewing, asking]);
    const stored = await vault.load(portal.memberId);
    assert.deepEqual(seen, [stored?.accessToken]);
    assert.notEqual(seen[0], old.accessToken);
    assert.equal(stored?.applicationToken, old.applicationToken);
    assert.equal(stored?.renewedAt, scene.clock.now() - 5000);
  });

  it('keeps the old pair when saving fails, says so, and saves the new one with the next call', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    const old = await scene.installed();
    const credential = await patient({ ...scene, portal, auth, vault });
    portal.expireTokens();
    const quoting = Object.assign(new Error(`cannot write ${old.refreshToken}`), { code: 'ENOSPC' });
    vault.failSaves(2, quoting);
    const failures = await Promise.all([1, 2].map(() => failureOf(callProfile(credential))));
    for (const failure of failures) {
      assert.equal(failure.code, 'STORE_UNAVAILABLE');
      assert.match(failure.message, /could not be saved, so the old one stays.*ENOSPC/);
      assertNothingSecret(failure, [old.refreshToken, old.accessToken]);
    }
    assert.deepEqual(await vault.load(portal.memberId), old);
    assert.deepEqual(await credential.fields(), { auth: old.accessToken });
    assert.equal((await failureOf(callProfile(credential))).code, 'STORE_UNAVAILABLE');
    assert.equal(auth.tokenRequests.length, 1);
    assert.equal(await callProfile(credential), 200);
    assert.equal(auth.tokenRequests.length, 1);
    assert.notEqual((await vault.load(portal.memberId))?.refreshToken, old.refreshToken);
  });

  it('saves the new pair when nobody calls, as soon as that works', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    const old = await scene.installed();
    const clock = manualClock(startMs);
    const credential = await patient({ ...scene, portal, auth, vault }, clock);
    portal.expireTokens();
    vault.failSaves(3);
    assert.equal((await failureOf(callProfile(credential))).code, 'STORE_UNAVAILABLE');
    await clock.advance(2000);
    assert.deepEqual(await vault.load(portal.memberId), old);
    await clock.advance(1000);
    const saved = await vault.load(portal.memberId);
    assert.notEqual(saved?.refreshToken, old.refreshToken);
    assert.deepEqual(await credential.fields(), { auth: saved?.accessToken });
    assert.equal(await callProfile(credential), 200);
    assert.deepEqual([auth.tokenRequests.length, vault.saved.length, clock.pending()], [1, 2, 0]);
  });

  it('saves it again when the failure came after it was written', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    await scene.installed();
    let unconfirmed = 2;
    const save: MemoryVault['save'] = async (tokens) => {
      await vault.save(tokens);
      if (unconfirmed-- > 0) throw new Error('not on disk yet');
    };
    const clock = manualClock(startMs);
    const credential = await patient({ ...scene, portal, auth, vault: { ...vault, save } }, clock);
    portal.expireTokens();
    assert.equal((await failureOf(callProfile(credential))).code, 'STORE_UNAVAILABLE');
    await clock.advance(5000);
    const [, ...pairs] = vault.saved.map(({ refreshToken }) => refreshToken);
    assert.deepEqual([pairs.length, new Set(pairs).size], [3, 1]);
    assert.deepEqual([await callProfile(credential), auth.tokenRequests.length], [200, 1]);
  });

  it('leaves alone what was installed anew before the pair could be saved', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    await scene.installed();
    const clock = manualClock(startMs);
    const credential = await patient({ ...scene, portal, auth, vault }, clock);
    portal.expireTokens();
    vault.failSaves(1);
    assert.equal((await failureOf(callProfile(credential))).code, 'STORE_UNAVAILABLE');
    const anew = await scene.installed();
    await clock.advance(1000);
    assert.deepEqual(await vault.load(portal.memberId), anew);
    assert.deepEqual([await callProfile(credential), clock.pending()], [200, 0]);
  });

  it('passes on why our own store failed', async () => {
    const { vault, portal, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    portal.expireTokens();
    const cause = new InvalidError('STORE_UNAVAILABLE', 'locked', { params: { reason: 'EROFS' } });
    vault.failSaves(1, cause);
    const failure = await failureOf(callProfile(credential));
    assert.equal(failure.params['reason'], 'EROFS');
    assert.equal(failure.cause, cause);
  });

  it('asks for no new pair while the vault cannot be read', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    portal.expireTokens();
    vault.failLoads(1);
    const failure = await failureOf(callProfile(credential));
    assert.equal(failure.code, 'STORE_UNAVAILABLE');
    assert.equal(auth.tokenRequests.length, 0);
    assert.equal(await callProfile(credential), 200);
  });

  it('follows the portal to a new address that the auth server names', async () => {
    const { portal, vault, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    const before = portal.origin;
    portal.expireTokens();
    const used = await credential.fields();
    await portal.rename();
    assert.equal(await credential.renew(used), true);
    assert.notEqual(portal.origin, before);
    assert.equal(credential.base().href, `${portal.origin}/rest/`);
    assert.equal((await vault.load(portal.memberId))?.domain, portal.domain);
    assert.equal(await callProfile(credential), 200);
  });

  it('moves when the client proved a new address, saved before use', async () => {
    const { portal, vault, ...scene } = await openScene(start);
    const old = await scene.installed();
    const credential = await scene.credential();
    await portal.rename();
    vault.failSaves(1);
    assert.equal((await failureOf(credential.moveTo(portal.origin))).code, 'STORE_UNAVAILABLE');
    assert.equal(credential.base().href, old.clientEndpoint);
    await credential.moveTo(portal.origin);
    assert.equal(credential.base().href, `${portal.origin}/rest/`);
    assert.equal((await vault.load(portal.memberId))?.clientEndpoint, `${portal.origin}/rest/`);
    assert.equal((await failureOf(credential.moveTo('http://169.254.169.254'))).code, 'ADDRESS_REFUSED');
    assert.equal(credential.base().href, `${portal.origin}/rest/`);
  });
});

describe('tokens of an app: a portal that has moved', () => {
  it('is known by the word of the auth server, and the new address is not asked', async () => {
    const { portal, auth, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    const prove = async (origin: string): Promise<boolean | undefined> => credential.proveSameness?.(origin);
    const before = portal.origin;
    const foreign = await startScripted(start, (response) => json(response, {}));
    assert.equal(await prove(before), true);
    await portal.rename();
    assert.equal(await prove(portal.origin), true);
    assert.equal(await prove(before), false);
    assert.equal(await prove(foreign.origin), false);
    assert.deepEqual([foreign.connections(), portal.calls.length], [0, 0]);
    assert.deepEqual([auth.checks, auth.tokenRequests.length], [4, 0]);
    await assert.rejects(prove('https://169.254.169.254'), { code: 'ADDRESS_REFUSED' });
  });

  it('is known by a new pair when the token is over', async () => {
    const { portal, auth, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    await portal.rename();
    portal.expireTokens();
    assert.equal(await credential.proveSameness?.(portal.origin), true);
    assert.equal(auth.refreshes, 1);
    assert.equal(await callProfile(credential), 200);
  });

  it('is not known while the auth server does not say', async () => {
    const { portal, auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    auth.failNext({ method: 'app.info', times: 4, with: 'html' });
    const proving = async (): Promise<unknown> => credential.proveSameness?.(portal.origin);
    assert.equal((await failureOf(proving())).code, 'BITRIX_AUTH_SERVER');
    assert.equal(clock.slept.length, 3);
  });

  for (const change of [{ client_id: 'local.other' }, { install: { member_id: 'another' } }]) {
    it(`is not known by a token with ${JSON.stringify(change)}`, async () => {
      const { portal, clock, vault, addresses, ...scene } = await openScene(start);
      const { memberId, domain } = portal;
      const install = { member_id: memberId, domain, ...('install' in change ? change.install : {}) };
      const server = await startScripted(start, (response) =>
        json(response, { result: { client_id: clientId, ...change, install } }),
      );
      await scene.installed({ serverEndpoint: `${server.origin}/rest/` });
      const authServer = clientFor(start, clock, [server.host]);
      const credential = await createAppCredential({ memberId, vault, authServer, addresses, clock });
      assert.equal(await credential.proveSameness?.(portal.origin), false);
      assert.equal(server.requests.length, 1);
    });
  }
});
