import assert from 'node:assert/strict';
import { CancelledError } from '../../../lib/core/errors';
import { createAppCredential, createKeepAlive, type AuthServerClient } from '../../../lib/bitrix24/oauth';
import { until } from '../../support/until';
import { servers } from '../sandbox-portal/support';
import { callProfile, failureOf, openScene } from './support';

const start = servers();
const all200 = (count: number): number[] => Array.from({ length: count }, () => 200);

describe('tokens of an app: one refresh', function () {
  it('makes one for 500 calls that are refused together', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    portal.expireTokens();
    const statuses = await Promise.all(Array.from({ length: 500 }, () => callProfile(credential)));
    assert.deepEqual(statuses, all200(500));
    assert.equal(auth.refreshes, 1);
    assert.deepEqual(
      auth.tokenRequests.map(({ httpMethod, secretsInUrl }) => [httpMethod, secretsInUrl]),
      [['POST', false]],
    );
    assert.equal(vault.saved.length, 2);
  });

  it('makes one, and no call that is sure to fail, when the token is known to be over', async () => {
    const { portal, auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    await clock.advance(3_600_000 - 59_000);
    const statuses = await Promise.all(Array.from({ length: 50 }, () => callProfile(credential)));
    assert.deepEqual(statuses, all200(50));
    assert.equal(auth.refreshes, 1);
    assert.equal(portal.calls.filter(({ status }) => status === 401).length, 0);
  });

  it('asks nobody while the token is good, however long that is', async () => {
    const { auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    await clock.advance(3_600_000 - 61_000);
    assert.equal(await callProfile(credential), 200);
    assert.equal(clock.pending(), 0);
    assert.equal(auth.tokenRequests.length, 0);
  });

  it('makes one when the refusals are spread over a minute', async () => {
    const { portal, auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    const used = await Promise.all(Array.from({ length: 50 }, () => credential.fields()));
    portal.expireTokens();
    const first = credential.renew(used[0] ?? {});
    const renewed = [await Promise.all([first, ...used.slice(1, 10).map((one) => credential.renew(one))])];
    for (const one of used.slice(10)) {
      await clock.advance(1500);
      renewed.push([await credential.renew(one)]);
    }
    assert.deepEqual(new Set(renewed.flat()), new Set([true]));
    assert.equal(auth.refreshes, 1);
    assert.equal(await callProfile(credential), 200);
  });

  it('makes one for two credentials of one portal', async () => {
    const { portal, auth, ...scene } = await openScene(start);
    await scene.installed();
    const [one, other] = [await scene.credential(), await scene.credential()];
    portal.expireTokens();
    const statuses = await Promise.all([one, other, one, other].map((each) => callProfile(each)));
    assert.deepEqual(statuses, all200(4));
    assert.equal(auth.refreshes, 1);
    portal.expireTokens();
    assert.equal(await callProfile(one), 200);
    assert.equal(await callProfile(other), 200);
    assert.equal(auth.refreshes, 2);
  });

  it('takes the pair that another process saved, without a request', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    await scene.installed();
    const [here, there] = [await scene.credential(), await scene.credential(vault.twin())];
    portal.expireTokens();
    assert.equal(await callProfile(there), 200);
    assert.equal(await callProfile(here), 200);
    assert.equal(auth.refreshes, 1);
  });

  it('takes the pair of another process that was faster by a moment', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    await scene.installed();
    const twin = vault.twin();
    const release = twin.holdSaves();
    const there = await scene.credential(twin);
    const waits: number[] = [];
    const sleep = async (ms: number): Promise<void> => {
      waits.push(ms);
      if (waits.length === 2) release();
      await until(() => waits.length < 2 || twin.saved.length === 1, 'the save of the other process');
    };
    const { memberId } = portal;
    const here = await createAppCredential({ ...scene, memberId, vault, clock: { ...scene.clock, sleep } });
    portal.expireTokens();
    const faster = callProfile(there);
    await until(() => auth.refreshes === 1, 'the refresh of the other process');
    const slower = callProfile(here);
    assert.deepEqual(await Promise.all([faster, slower]), [200, 200]);
    assert.deepEqual([auth.refreshes, auth.tokenRequests.length, waits.length], [1, 2, 2]);
  });

  it('lets whoever comes while it is under way wait for it', async () => {
    const { auth, clock, ...scene } = await openScene(start);
    await scene.installed({ renewedAt: 0 });
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    let asked = 0;
    const refresh: AuthServerClient['refresh'] = async (pair) => {
      asked += 1;
      await gate;
      return scene.authServer.refresh(pair);
    };
    const parts = { ...scene, clock, authServer: { ...scene.authServer, refresh } };
    const credential = await createAppCredential({ ...parts, memberId: scene.portal.memberId });
    const used = await credential.fields();
    const waiting: Promise<unknown>[] = [credential.renew(used)];
    await until(() => asked === 1, 'the refresh');
    const newcomers = [credential.fields(), credential.fields()];
    waiting.push(credential.renew(used), createKeepAlive(parts)(), ...newcomers);
    await clock.advance(1000);
    assert.equal(asked, 1);
    letGo();
    await Promise.all(waiting);
    const [first, second] = await Promise.all(newcomers);
    assert.deepEqual(first, second);
    assert.notDeepEqual(first, used);
    assert.deepEqual([asked, auth.refreshes], [1, 1]);
  });

  it('lets one waiter give up without a loss for the others', async () => {
    const { portal, auth, vault, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    portal.expireTokens();
    const used = await credential.fields();
    const release = vault.holdSaves();
    const impatient = new AbortController();
    const given = assert.rejects(credential.renew(used, impatient.signal), CancelledError);
    const patient = credential.renew(used, new AbortController().signal);
    await until(() => auth.refreshes === 1, 'the refresh');
    impatient.abort();
    await given;
    await assert.rejects(credential.fields(impatient.signal), CancelledError);
    release();
    assert.equal(await patient, true);
    assert.equal(await callProfile(credential), 200);
    assert.equal(auth.refreshes, 1);
  });

  it('stops when new pairs are refused as well, until a minute has passed', async () => {
    const { portal, auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    portal.failNext({ method: 'profile', times: Infinity, with: { status: 401, error: 'invalid_token' } });
    for (let call = 0; call < 20; call += 1) assert.equal(await callProfile(credential), 401);
    assert.equal(auth.refreshes, 3);
    assert.equal(await credential.renew({ auth: 'long replaced' }), true);
    portal.clearFaults();
    await clock.advance(60_000);
    portal.expireTokens();
    assert.equal(await callProfile(credential), 200);
  });

  it('has nothing to renew for fields that are not its own', async () => {
    const { auth, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    assert.equal(await credential.renew({}), false);
    assert.equal(auth.tokenRequests.length, 0);
  });

  it('needs an installation', async () => {
    const { vault, authServer, clock } = await openScene(start);
    const opening = createAppCredential({ memberId: 'unknown', vault, authServer, clock });
    assert.equal((await failureOf(opening)).code, 'BITRIX_APP_LOST');
  });
});
