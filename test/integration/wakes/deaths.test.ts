import assert from 'node:assert/strict';
import { all } from '../../support/store-suite';
import { until } from '../../support/until';
import { useRedis } from '../store/redis-bench';
import { inboxOn, instanceOn, quickTimes, readerThat, say } from './inbox-bench';
import { startInstance, type Instance } from './instance';

const deadAfterMs = 1500;
const times = { beatMs: 50, deadAfterMs, wakeTimes: quickTimes };

describe('when an instance dies or stands still', function () {
  const redis = useRedis();
  const started: Instance[] = [];
  const start = async (): Promise<Instance> => {
    const instance = await startInstance(redis.url(), deadAfterMs);
    started.push(instance);
    return instance;
  };
  afterEach(() => Promise.all(started.splice(0).map((instance) => instance.stop())));

  it('an event that kills each is given up after its tries, and no other is', async () => {
    const intake = inboxOn(await redis.open(times));
    await say(intake, 'chat1', 'deadly');
    await say(intake, 'chat1', 'harmless');
    for (let death = 1; death <= 3; death += 1) {
      const victim = await start();
      await victim.ended;
      assert.deepEqual(victim.lines.slice(1), [`HANDED deadly ${death}`]);
    }
    const heir = await start();
    await heir.untilLine('OURS harmless true');
    assert.deepEqual(heir.lines.slice(1), ['HANDED harmless 1', 'OURS harmless true']);
    const letters = await all((await redis.open(times)).deadLetters());
    assert.deepEqual(
      letters.map(({ reason, attempts }) => `${reason} ${attempts}`),
      ['it never ended 3'],
    );
  });

  it('its dialogs go on with another, also the second time', async () => {
    const intake = inboxOn(await redis.open(times));
    await say(intake, 'chat1', 'deadly twice');
    for (let death = 1; death <= 2; death += 1) await (await start()).ended;
    const heir = await start();
    await heir.untilLine('OURS deadly twice true');
    assert.deepEqual(heir.lines.slice(1), ['HANDED deadly twice 3', 'OURS deadly twice true']);
  });

  it('and goes on after all, it knows that its event is not its own, and ends nothing', async () => {
    const beats = '{bitbot}:~:beats';
    const sleeper = await start();
    const [name = ''] = await redis.client().hkeys(beats);
    const store = await redis.open(times);
    const ends: (() => void)[] = [];
    const heard: string[] = [];
    const intake = inboxOn(store);
    await say(intake, 'chat1', 'long');
    await sleeper.untilLine('HANDED long 1');
    const reader = readerThat(async ({ text, attempt = 0 }) => {
      heard.push(`${text} ${attempt}`);
      await new Promise<void>((resolve) => ends.push(resolve));
      return { how: 'finished' };
    });
    instanceOn(await redis.open(times), reader);
    sleeper.freeze();
    await until(() => heard.length === 1, 'the event to pass to another');
    assert.equal(await redis.client().hexists(beats, name), 0);
    sleeper.thaw();
    await until(async () => (await redis.client().hexists(beats, name)) === 1, 'its beat');
    sleeper.go();
    await sleeper.untilLine('OURS long false');
    // What the sleeper says of the event counts no more: it is still in hand.
    await say(intake, 'chat1', 'harmless');
    const [summary] = await all(store.queues('inbox:'));
    assert.deepEqual([summary?.claimed, summary?.waiting], [1, 1]);
    ends[0]?.();
    await until(() => heard.length === 2 || sleeper.lines.length > 3, 'the next event');
    ends[1]?.();
    assert.deepEqual(heard[0], 'long 2');
    assert.equal([...heard, ...sleeper.lines].filter((one) => one.includes('long')).length, 3);
  });
});
