import assert from 'node:assert/strict';
import type { Callback } from 'ioredis';
import { systemClock } from '../../../lib/core/clock';
import { createPatientClient, createRedisClient, type RedisClient } from '../../../lib/store/redis/client';
import { createAdder } from '../../../lib/store/redis/wakes/adder';
import { createHealth } from '../../../lib/store/redis/wakes/health';
import { wakeTimes } from '../../../lib/store/redis/wakes/times';
import { createLooker } from '../../../lib/store/redis/wakes/worker';
import { parseRedisAddress } from '../../../lib/store/redis/address';
import type { RedisStore } from '../../../lib/store/redis/redis-store';
import { until } from '../../support/until';
import { eventOf, readerOf } from '../../unit/conversation/inbox-scene';
import { useRedis } from '../store/redis-bench';
import { inboxOn, instanceOn, neverSwept, quickTimes, readerThat, say } from './inbox-bench';

const jobs = '{bitbot}:~:jobs:inbox';
const queue = 'inbox:m1:5:chat1';
const stored = { event: eventOf(1, { dialog: 'chat1', text: 'left' }), tokens: {}, via: 'portal' };

/** The client's own question, by a callback, is answered. */
function refuseOnce(client: RedisClient, refuse: () => Promise<string>) {
  const ask = client.info.bind(client);
  return (callback?: Callback<string>): Promise<string> => (callback ? ask(callback) : refuse());
}

describe('wake-ups that went wrong', function () {
  const redis = useRedis();
  const open = (wakeTimes = quickTimes) => redis.open({ wakeTimes });

  function hearing() {
    const heard: string[] = [];
    const reader = readerThat(({ text, attempt = 0 }) => {
      heard.push(`${text} ${attempt}`);
      return text === 'fails' && attempt === 1 ? { how: 'failed', reason: 'x' } : { how: 'finished' };
    });
    return { heard, reader };
  }

  for (const list of ['wait', 'delayed']) {
    it(`are made good when the jobs that were ${list} are gone`, async () => {
      const { heard, reader } = hearing();
      // Nobody else's sweeper mends it meanwhile.
      const idle = inboxOn(await open(neverSwept));
      if (list === 'wait') idle.pause();
      await say(idle, 'chat1', 'hello');
      await untilKey(`${jobs}:${list}`);
      await redis.client().del(`${jobs}:${list}`);
      idle.close();
      instanceOn(await open(), reader);
      await until(() => heard.length === 1, 'the event');
    });
  }

  it('are made good when the server refused to take them in the middle', async () => {
    const { heard, reader } = hearing();
    const store = await openAs('-xadd');
    const inbox = instanceOn(store, reader);
    await say(inbox, 'chat1', 'hello');
    await untilKey(`${jobs}:de:${queue}`);
    await allow('+@all');
    await until(() => heard.length === 1, 'the event');
  });

  it('come although the clock of a process was set back', async () => {
    const { heard, reader } = hearing();
    const inbox = instanceOn(await open(), reader);
    const realNow = Date.now;
    try {
      await say(inbox, 'chat1', 'fails');
      await untilKey(`${jobs}:delayed`);
      Date.now = () => realNow() - 3_600_000;
      await until(() => heard.length === 2, 'the second try');
    } finally {
      Date.now = realNow;
    }
    assert.deepEqual(heard, ['fails 1', 'fails 2']);
  });

  it('come although the clock of the server was set back', async () => {
    let shiftMs = 0;
    const store = await redis.open({ wakeTimes: quickTimes, shiftMs: () => shiftMs });
    const { heard, reader } = hearing();
    const inbox = instanceOn(store, reader);
    await say(inbox, 'chat1', 'fails');
    await untilKey(`${jobs}:delayed`);
    shiftMs = -3_600_000;
    await until(() => heard.length === 2, 'the second try');
    const windows = readerOf({ batchMs: 500 });
    const other = inboxOn(store);
    inbox.close();
    other.serve({ id: 'portal', readerOf: () => windows });
    shiftMs = 0;
    await store.append(queue, stored);
    shiftMs = -3_600_000;
    await until(() => windows.handed.length === 1, 'the window to end');
  });

  it('come for what an older version has left', async () => {
    const { heard, reader } = hearing();
    await (await open()).append(queue, stored);
    await redis.client().del('{bitbot}:~:open');
    instanceOn(await open(), reader);
    await until(() => heard.length === 1, 'the event');
  });

  it('come where BullMQ may not ask what server this is', async () => {
    const { heard, reader } = hearing();
    const store = await openAs('-@dangerous');
    await say(instanceOn(store, reader), 'chat1', 'hello');
    await until(() => heard.length === 1, 'the event');
  });

  it('are done without where BullMQ may not do what it needs, as long as that is so', async () => {
    const { heard, reader } = hearing();
    const told: string[] = [];
    const store = await openAs('-xadd', { helpAfter: 1000 });
    const inbox = instanceOn(store, reader, { listeners: { onTrouble: (reason) => void told.push(reason) } });
    await say(inbox, 'chat1', 'one');
    await until(() => heard.length === 1, 'the event');
    assert.equal(told.length, 1);
  });

  it('begin anew when the first question of the worker found a busy server', async () => {
    const address = parseRedisAddress(redis.url());
    const limits = { connectMs: 8000, commandMs: 4000 };
    const done: string[] = [];
    let refusals = 0;
    const common = {
      ...{ name: 'inbox', prefix: '{bitbot}:~:jobs', clock: systemClock, onError: () => undefined },
      times: { ...wakeTimes, ...quickTimes, remake: 50 },
      health: createHealth(() => performance.now(), 1000),
    };
    const looker = createLooker({
      ...common,
      async open() {
        const client = await createPatientClient(address, limits);
        const busy = (): Promise<string> => {
          refusals += 1;
          return Promise.reject(new Error('BUSY a script is running'));
        };
        return refusals === 0 ? Object.assign(client, { info: refuseOnce(client, busy) }) : client;
      },
      wasCalled: () => false,
      runs: {
        has: () => false,
        async follow(job) {
          done.push(job.data.queue);
          return { how: 'done' };
        },
      },
    });
    const adder = createAdder({
      ...common,
      open: () => createRedisClient(address, limits),
      onReady: () => void adder.add(['inbox:a']).catch(() => undefined),
    });
    await until(() => done.length === 1, 'the job');
    assert.equal(refusals, 1);
    await Promise.all([looker.close(), adder.close()]);
  });

  const allow = (...rights: string[]): Promise<unknown> =>
    redis.client().call('ACL', 'SETUSER', 'lane', ...rights);

  async function openAs(right: string, times = {}): Promise<RedisStore> {
    await allow('reset', 'on', '>pw', '~*', '&*', '+@all', right);
    return redis.open({
      address: parseRedisAddress(redis.url().replace('//', '//lane:pw@')),
      wakeTimes: { ...quickTimes, ...times },
    });
  }

  const untilKey = (key: string): Promise<void> =>
    until(async () => (await redis.client().exists(key)) > 0, key);
});
