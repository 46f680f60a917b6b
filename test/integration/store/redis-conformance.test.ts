import { storeSuite } from '../../support/store-suite';
import { ageKeys, useRedis } from './redis-bench';

describe('the store on a real Redis', () => {
  const redis = useRedis();

  storeSuite('redis', async () => {
    let shift = 0;
    const options = { shiftMs: () => shift };
    let store = await redis.open(options);
    return {
      store,
      async reopen() {
        await store.close();
        store = await redis.open(options);
        return store;
      },
      async advance(ms) {
        shift += ms;
        await ageKeys(redis.client(), ms);
      },
      now: () => Date.now(),
      dispose: () => store.close(),
    };
  });
});
