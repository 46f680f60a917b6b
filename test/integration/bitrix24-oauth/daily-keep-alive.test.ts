import assert from 'node:assert/strict';
import { keepAliveDaily } from '../../../lib/bitrix24/oauth';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { servers } from '../sandbox-portal/support';
import { openScene, startMs } from './support';

const start = servers();
const dayMs = 24 * 3_600_000;

describe('tokens of an app in several processes', () => {
  it('are kept alive by one of them, and by the next when that one has ended', async () => {
    const { auth, vault, ...scene } = await openScene(start);
    // Not the one of the scene, on which the waits of those who have nothing to do would be over at once.
    const clock = manualClock(startMs);
    await scene.installed();
    const store = createMemoryStore();
    const failures: Error[] = [];
    let lists = 0;
    const counted = {
      ...vault,
      list: () => {
        lists += 1;
        return vault.list();
      },
    };
    const process = (): { stop: AbortController; ended: Promise<void> } => {
      const stop = new AbortController();
      const ended = keepAliveDaily({
        ...{ ...scene, vault: counted, clock, store: async () => store, signal: stop.signal, idleDays: 1 },
        onFailure: (error) => void failures.push(error),
      });
      return { stop, ended };
    };
    const all = [process(), process(), process()];
    await until(() => lists === 1, 'the first day');
    for (let day = 0; day < 2; day += 1) await clock.advance(dayMs);
    await until(() => auth.refreshes === 1, 'the refresh');
    assert.equal(lists, 3);
    all[0]?.stop.abort();
    await all[0]?.ended;
    await clock.advance(5000);
    await until(() => lists === 4, 'the takeover');
    for (let day = 0; day < 2; day += 1) await clock.advance(dayMs);
    await until(() => auth.refreshes === 2, 'the next refresh');
    for (const { stop } of all) stop.abort();
    await Promise.all(all.map(({ ended }) => ended));
    assert.deepEqual(failures, []);
    await store.close();
  });

  it('are kept alive on the next day when the list cannot be read today', async () => {
    const { auth, vault, ...scene } = await openScene(start);
    // Not the one of the scene, on which the waits of those who have nothing to do would be over at once.
    const clock = manualClock(startMs);
    await scene.installed();
    const store = createMemoryStore();
    const stop = new AbortController();
    const failures: Error[] = [];
    let isBroken = true;
    const list = async (): Promise<string[]> => {
      if (isBroken) throw new Error('MARKER');
      return vault.list();
    };
    await clock.advance(46 * dayMs);
    const ended = keepAliveDaily({
      ...{ ...scene, vault: { ...vault, list }, clock, store: async () => store, signal: stop.signal },
      onFailure: (error) => void failures.push(error),
    });
    await until(() => failures.length === 1, 'the failure');
    isBroken = false;
    await clock.advance(dayMs);
    await until(() => auth.refreshes === 1, 'the refresh');
    stop.abort();
    await ended;
    assert.equal(failures.length, 1);
    await store.close();
  });
});
