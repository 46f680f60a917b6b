import assert from 'node:assert/strict';
import { all } from '../../support/store-suite';
import { until } from '../../support/until';
import { eventOf } from '../../unit/conversation/inbox-scene';
import { useRedis } from '../store/redis-bench';
import { inboxOn, instanceOn, neverSwept, quickTimes, readerThat, say } from './inbox-bench';

const jobs = '{bitbot}:~:jobs:inbox';

/** Holds each event until it is told. */
function holdingReader() {
  const heard: string[] = [];
  const ends: (() => void)[] = [];
  const reader = readerThat(async ({ text, attempt = 0 }) => {
    heard.push(`${text} ${attempt}`);
    await new Promise<void>((resolve) => ends.push(resolve));
    return { how: 'finished' };
  });
  return { reader, heard, endAll: () => ends.splice(0).forEach((end) => end()) };
}

describe('events in hand', function () {
  const redis = useRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
  const open = (wakeTimes = quickTimes) => redis.open({ wakeTimes });

  it('are begun once by one whose job was taken for stalled, and the next one follows', async () => {
    const { reader, heard, endAll } = holdingReader();
    const store = await open();
    let looks = 0;
    const peek: typeof store.peek = (...given) => {
      looks += 1;
      return store.peek(...given);
    };
    const inbox = instanceOn({ ...store, peek }, reader);
    await say(inbox, 'chat1', 'long');
    await until(() => heard.length === 1, 'the event');
    const [job = ''] = await redis.client().lrange(`${jobs}:active`, 0, -1);
    const starts = async (): Promise<number> => Number(await redis.client().hget(`${jobs}:${job}`, 'ats'));
    assert.equal(await starts(), 1);
    for (const times of [2, 3]) {
      await redis.client().del(`${jobs}:${job}:lock`);
      await until(async () => (await starts()) === times, `the job to be given out ${times} times`);
    }
    // Whoever works on it takes the job over as well: nothing is begun beside it.
    assert.equal(looks, 1);
    await say(inbox, 'chat1', 'next');
    endAll();
    await until(() => heard.length === 2, 'the next event');
    endAll();
    assert.deepEqual(heard, ['long 1', 'next 1']);
  });

  for (const [outage, begin] of [
    ['is silent', () => redis.client().call('CLIENT', 'PAUSE', '3000', 'ALL')],
    ['is dead', () => redis.server().kill9()],
  ] as const) {
    it(`are begun once although Redis ${outage} for longer than any lock`, async () => {
      const { reader, heard, endAll } = holdingReader();
      const stores = [await open(), await open()];
      const [inbox] = stores.map((store) => instanceOn(store, reader));
      assert.ok(inbox);
      const dialogs = Array.from({ length: 20 }, (_, n) => `chat${n}`);
      await Promise.all(dialogs.map((dialog) => say(inbox, dialog, `long ${dialog}`)));
      await until(() => heard.length === 20, 'all to be in hand');
      const from = performance.now();
      await begin();
      await until(() => performance.now() - from > 3000, 'the outage to last');
      if (outage === 'is dead') await redis.server().restart();
      const isBack = (): boolean => performance.now() - from > 5500;
      await until(isBack, 'locks to run out and be noticed');
      endAll();
      const isEmpty = async (): Promise<boolean> => (await all(stores[0]?.queues() ?? none())).length === 0;
      await until(isEmpty, 'all to be done');
      assert.equal(heard.length, 20);
      assert.ok(heard.every((one) => one.endsWith(' 1')));
      await say(inbox, 'chat1', 'after');
      await until(() => heard.length === 21, 'what comes after');
      endAll();
    });
  }

  it('are found although nobody was told of them', async () => {
    const { reader, heard } = holdingReader();
    const store = await open();
    instanceOn(store, reader);
    await say(instanceOn(store, reader), 'chat0', 'both are there');
    await until(() => heard.length === 1, 'the first event');
    // As by a process that dies between the two.
    const stored = { event: eventOf(1, { dialog: 'chat1', text: 'unannounced' }), tokens: {}, via: 'portal' };
    await store.append('inbox:m1:5:chat1', stored, { durable: true });
    await until(() => heard.includes('unannounced 1'), 'the sweeper to find it');
  });

  it('leave nothing behind but what is known', async () => {
    let done = 0;
    const reader = readerThat(() => {
      done += 1;
      return { how: 'finished' };
    });
    const stores = [await open(), await open(neverSwept)];
    const inboxes = stores.map((store) => instanceOn(store, reader));
    const load = Array.from({ length: 200 }, async (_, n) => {
      const inbox = inboxes[n % 2] ?? inboxOn(await open());
      return say(inbox, `chat${n % 40}`, `text ${n}`);
    });
    await Promise.all(load);
    await until(() => done >= 200, 'all events');
    const expected =
      /^\{bitbot\}:~:(attendance|beats|moved|keys|probe(:sync)?|seen:.*|jobs:inbox:(meta|id|events|marker|stalled-check))$/;
    let looks = 0;
    await until(async () => {
      const keys = await redis.client().keys('*');
      looks += 1;
      return looks > 20 && keys.every((key) => expected.test(key));
    }, 'nothing else');
    assert.equal(done, 200);
  });

  it('are not asked for thousands of times a second while Redis is full', async () => {
    const { reader, heard, endAll } = holdingReader();
    const troubles: string[] = [];
    const store = await open();
    const listeners = { onTrouble: (reason: string) => void troubles.push(reason) };
    const inbox = instanceOn(store, reader, { listeners });
    await say(inbox, 'chat0', 'text 0');
    await until(() => heard.length === 1, 'the first event');
    // Work for a busy worker.
    inbox.pause();
    for (const n of [1, 2, 3]) await say(inbox, `chat${n}`, `text ${n}`);
    await redis.client().config('SET', 'maxmemory', '1');
    inbox.resume();
    endAll();
    await until(() => troubles.includes('OOM'), 'the trouble to be told');
    await redis.client().config('RESETSTAT');
    const from = performance.now();
    await until(() => performance.now() - from > 1500, 'a while to pass');
    const info = await redis.client().info('commandstats');
    const calls = [...info.matchAll(/cmdstat_evalsha:calls=(\d+)/g)].map(([, count]) => Number(count));
    assert.ok((calls[0] ?? 0) < 500, `${calls[0]} scripts`);
    assert.deepEqual(troubles, ['OOM']);
    await redis.client().config('SET', 'maxmemory', '0');
    await until(() => heard.length === 4, 'the other events');
    endAll();
  });
});

async function* none(): AsyncGenerator<never> {}
