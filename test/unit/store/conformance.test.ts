import { createMemoryStore } from '../../../lib/store/memory-store';
import { createState } from '../../../lib/store/state';
import { storeSuite } from '../../support/store-suite';
import { openOn, testTime } from './open-store';
import { createTestDisk } from './test-disk';

/** Some cases let a month pass, which is many heartbeats. */
const calm = { heartbeatMs: 86_400_000, sweepMs: 3_600_000 };

storeSuite('memory', async () => {
  const time = testTime();
  const state = createState();
  let store = createMemoryStore({ ...time, state });
  return {
    store,
    async reopen() {
      await store.close();
      store = createMemoryStore({ ...time, state });
      return store;
    },
    advance: (ms) => time.clock.advance(ms),
    now: () => time.clock.now(),
    dispose: () => store.close(),
  };
});

storeSuite('embedded', async () => {
  const time = testTime();
  const disk = createTestDisk();
  let store = await openOn(disk, time, calm);
  return {
    store,
    async reopen() {
      await store.close();
      store = await openOn(disk, time, calm);
      return store;
    },
    advance: (ms) => time.clock.advance(ms),
    now: () => time.clock.now(),
    dispose: () => store.close(),
  };
});
