import assert from 'node:assert/strict';
import { until } from '../../support/until';
import { useRedis } from '../store/redis-bench';

describe('a claim whose answer never came', function () {
  const redis = useRedis();

  it('keeps nothing from whoever claims next, and does not count', async () => {
    let state: string | undefined = 'ready';
    const store = await redis.open({ commandMs: 2000, onStateChange: (reason) => (state = reason) });
    await store.append('q', 'a');
    redis.server().standStill();
    await assert.rejects(store.claim('q', { owner: 'me' }), { code: 'STORE_UNAVAILABLE', sent: true });
    redis.server().goOn();
    await until(() => state === undefined, 'the store to be back');
    // The server has carried it out all the same.
    assert.equal(await redis.client().hlen('{bitbot}:~:claim:q'), 5);
    const claim = await store.claim('q', { owner: 'me' });
    assert.ok(claim);
    const [{ attempts, forgiven }] = claim.items;
    assert.deepEqual([attempts, forgiven], [2, 1]);
    assert.equal(await store.complete(claim), true);
  });
});
