import assert from 'node:assert/strict';
import { createIdleWatch, type IdleWatch } from '../../../lib/conversation/session/idle-watch';
import { useRedis } from '../store/redis-bench';
import { createInstances, type Instance, type Instances } from './instances';

const idleMs = 3 * 60_000;

describe('silences that several Node-RED watch on one Redis', function () {
  const redis = useRedis();
  let instances: Instances;
  let told: string[];
  let troubles: unknown[];
  let watches: IdleWatch[];

  beforeEach(() => {
    instances = createInstances(redis);
    [told, troubles, watches] = [[], [], []];
  });
  afterEach(() => watches.forEach((watch) => watch.close()));

  async function startWatch(name: string): Promise<{ watch: IdleWatch; instance: Instance }> {
    const instance = await instances.start();
    const watch = createIdleWatch({
      ...{ store: async () => instance.store, owner: 'node', idleMs, clock: instance.clock },
      onIdle: (memo) => void told.push(`${name}: ${String(memo)}`),
      onTrouble: (error) => void troubles.push(error),
    });
    watches.push(watch);
    await watch.open();
    return { watch, instance };
  }

  const isOver = (): boolean => {
    assert.deepEqual(troubles, []);
    return told.length > 0;
  };

  it('are told by another one, once, when the one that heard dies', async () => {
    const dying = await startWatch('dying');
    await startWatch('two');
    await startWatch('three');
    await dying.watch.heard('a', 'Ann');
    await instances.die(dying.instance);
    await instances.goOn(isOver, 'the silence');
    await passOn(idleMs);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /^(two|three): Ann$/);
    assert.deepEqual(troubles, []);
  });

  it('are told by one of two that know of them, and by none before its time', async () => {
    const one = await startWatch('one');
    await one.watch.heard('a', 'first');
    // It finds the silence when it starts.
    const two = await startWatch('two');
    await passOn(idleMs / 2);
    await two.watch.heard('a', 'second');
    await passOn(idleMs * 0.75);
    assert.deepEqual(told, []);
    await instances.goOn(isOver, 'the silence');
    await passOn(idleMs);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /second$/);
    assert.deepEqual(troubles, []);
  });

  /** As long as that for all who live. */
  async function passOn(ms: number): Promise<void> {
    const [one] = instances.all.filter(({ isAlive }) => isAlive);
    const end = (one?.clock.now() ?? 0) + ms;
    await instances.goOn(() => (one?.clock.now() ?? 0) >= end, 'time to pass');
  }
});
