import assert from 'node:assert/strict';
import { createKeepAlive } from '../../../lib/bitrix24/oauth';
import { servers } from '../sandbox-portal/support';
import { callProfile, failureOf, openScene } from './support';

const start = servers();
const dayMs = 24 * 3_600_000;

describe('tokens of an app: idle portals', () => {
  it('are refreshed after 45 days, and not before', async () => {
    const { auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const keepAlive = createKeepAlive({ ...scene, clock });
    await clock.advance(45 * dayMs);
    assert.deepEqual(await keepAlive(), { renewed: [], failed: [] });
    await clock.advance(dayMs);
    assert.deepEqual(await keepAlive(), { renewed: [scene.portal.memberId], failed: [] });
    assert.deepEqual(await keepAlive(), { renewed: [], failed: [] });
    assert.equal(auth.refreshes, 1);
  });

  it('live for years when it is called daily', async () => {
    const { auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const keepAlive = createKeepAlive({ ...scene, clock });
    for (let day = 0; day < 500; day += 1) {
      await clock.advance(dayMs);
      await keepAlive();
    }
    assert.equal(auth.refreshes, 10);
    assert.equal(await callProfile(await scene.credential()), 200);
  });

  it('do not wait for one that fails', async () => {
    const { clock, vault, ...scene } = await openScene(start);
    await vault.save({ ...(await scene.installed()), memberId: 'lost', refreshToken: 'MARKERlost' });
    await vault.save({
      ...(await scene.installed()),
      memberId: 'odd',
      serverEndpoint: 'https://evil.example/',
    });
    await scene.installed();
    const keepAlive = createKeepAlive({ ...scene, vault, clock, idleDays: 10 });
    await clock.advance(11 * dayMs);
    const { renewed, failed } = await keepAlive();
    assert.deepEqual(renewed, [scene.portal.memberId]);
    assert.deepEqual(failed.map(({ memberId, error }) => [memberId, 'code' in error && error.code]).sort(), [
      ['lost', 'BITRIX_APP_LOST'],
      ['odd', 'BITRIX_AUTH_HOST'],
    ]);
  });

  it('share the refresh with a call', async () => {
    const { auth, clock, ...scene } = await openScene(start);
    await scene.installed();
    const credential = await scene.credential();
    await clock.advance(46 * dayMs);
    const [outcome, status] = await Promise.all([
      createKeepAlive({ ...scene, clock })(),
      callProfile(credential),
    ]);
    assert.deepEqual([outcome.failed, status, auth.refreshes], [[], 200, 1]);
  });

  it('wait when they are told to stop, or when the vault cannot be read', async () => {
    const { auth, clock, vault, ...scene } = await openScene(start);
    await scene.installed();
    await clock.advance(46 * dayMs);
    const keepAlive = createKeepAlive({ ...scene, vault, clock });
    assert.deepEqual(await keepAlive(AbortSignal.abort()), { renewed: [], failed: [] });
    const broken = { ...vault, list: async () => Promise.reject(new Error('MARKER')) };
    const failure = await failureOf(createKeepAlive({ ...scene, vault: broken, clock })());
    assert.equal(failure.code, 'STORE_UNAVAILABLE');
    assert.equal(auth.tokenRequests.length, 0);
  });
});
