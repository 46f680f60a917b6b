import assert from 'node:assert/strict';
import { systemClock } from '../../../lib/core/clock';
import { createTurns } from '../../../lib/core/turns';
import { callOnce, type CalledOnce } from '../../../lib/bitrix24/rest/call-once';
import { createUploadRecords } from '../../../lib/speechsense/records';
import { createWaitingNews } from '../../../lib/speechsense/waiting-news';
import type { RedisStore } from '../../../lib/store/redis/redis-store';
import { createGate } from '../../../sandbox/speechsense';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { callFields, rules, sourceOf, speechSenseBench, wavOf } from '../speechsense/support';
import { useRedis } from '../store/redis-bench';
import { passSilence } from './silence';

const options = { key: 'call-1', fields: callFields, rules };
const recording = (): ReturnType<typeof sourceOf> => sourceOf(wavOf(2000));

describe('what happens once among several instances', function () {
  const redis = useRedis();
  const bench = speechSenseBench();

  function clientOn(store: RedisStore, service: Awaited<ReturnType<typeof bench.service>>) {
    const { connectionId } = service;
    const records = createUploadRecords({ store: () => Promise.resolve(store), connectionId });
    return bench.client(service, { turns: createTurns() }, records);
  }

  it('is an upload, when the same call comes to three of them at the same time', async () => {
    const service = await bench.service();
    const hold = createGate();
    service.script({ hold, when: 'end' });
    const stores = await Promise.all([redis.open(), redis.open(), redis.open()]);
    const uploads = stores.map((store) => clientOn(store, service).uploadAudio(recording(), options));
    await hold.arrived;
    hold.open();
    const made = await Promise.all(uploads);
    assert.equal(service.talks.length, 1);
    assert.equal(new Set(made.map(({ talkId }) => talkId)).size, 1);
    assert.deepEqual(made.map(({ reused }) => reused).sort(), [false, true, true]);
  });

  it('is an upload again when the one who had begun to read it has died', async () => {
    const service = await bench.service();
    // One that dies says nothing more.
    const stuck = manualClock();
    const dead = await redis.open({ clock: stuck });
    let passed = 0;
    const living = await redis.open({ beatMs: 50, monotonic: () => performance.now() + passed });
    const silent = (): Promise<never> => new Promise(() => undefined);
    const lost = clientOn(dead, service).uploadAudio(silent, options);
    lost.catch(() => undefined);
    const heldBy = (): Promise<string | null> =>
      redis.client().hget('{bitbot}:~:holds', `speechsense:upload:${service.connectionId}:call-1`);
    await until(async () => (await heldBy()) !== null, 'the one who holds it');
    const making = clientOn(living, service).uploadAudio(recording(), options);
    await passSilence(redis.client(), [living.instance], (ms) => void (passed += ms));
    const made = await making;
    assert.equal(made.reused, false);
    assert.equal(service.talks.length, 1);
  });

  it('is a call of the portal, whose result the other one gets', async () => {
    const stores = await Promise.all([redis.open(), redis.open()]);
    let sent = 0;
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const call = (store: RedisStore): Promise<CalledOnce> =>
      callOnce({
        ...{ store: () => Promise.resolve(store), place: 'portal', method: 'm', params: {}, key: 'one' },
        ...{ signal: new AbortController().signal, clock: systemClock, turns: createTurns() },
        rest: {
          async send() {
            sent += 1;
            await answered;
            return 7;
          },
        },
      });
    const both = Promise.all(stores.map(call));
    await until(() => sent > 0, 'the call');
    answer();
    const results = await both;
    assert.equal(sent, 1);
    assert.deepEqual(
      results.map(({ result }) => result),
      [7, 7],
    );
    assert.deepEqual(results.map(({ isRepeat }) => isRepeat).sort(), [false, true]);
  });

  it('is the news of a talk that waits, however many tell of it', async () => {
    const stores = await Promise.all([redis.open(), redis.open(), redis.open()]);
    const all = stores.map((store) => createWaitingNews(() => Promise.resolve(store), 'node-1', systemClock));
    const { signal } = new AbortController();
    const ids = Array.from({ length: 20 }, (_, place) => `talk-${place}`);
    await Promise.all(all.flatMap((news) => ids.map((id) => news.tell(id, signal))));
    const taken = (await Promise.all(all.map((news) => news.take()))).flat();
    assert.deepEqual(taken.toSorted(), ids.toSorted());
  });
});
