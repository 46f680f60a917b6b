import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { until } from '../../support/until';
import { useInstances, type Instance } from './instances';

const CALLS = 30;
const gated = [11, 12];
const placeKey = 'sync:calls:portal:default';
const allOnce = Array.from({ length: CALLS }, (_, place) => [place + 1, 1]);

describe('one cursor of several instances', function () {
  const house = useInstances();
  const sent = (): number[][] => [...house.talks()].sort(([one = 0], [other = 0]) => one - other);
  const allSent = (): Promise<void> => until(() => house.talks().size === CALLS, 'all talks');
  const atGates = (instance: Instance): Promise<void> =>
    until(() => gated.every((id) => instance.handed().includes(id)), 'the rows at the gates');
  const isWell = (...all: readonly Instance[]): void => {
    for (const instance of all) assert.equal(instance.has('broken'), false, JSON.stringify(instance.news));
  };

  it('is worked off by one, and by another one when that one is killed', async () => {
    const first = await house.start({ calls: CALLS, gated, isScheduled: true });
    const others = [
      await house.start({ calls: CALLS, isScheduled: true }),
      await house.start({ calls: CALLS, isScheduled: true }),
    ];
    await atGates(first);
    assert.deepEqual(
      others.map((instance) => instance.handed()),
      [[], []],
    );
    first.signal('SIGKILL');
    await house.onlyTheseLive(...others);
    await allSent();
    assert.deepEqual(sent(), allOnce);
    // Nothing that was on record as done comes again, and only one has gone on.
    const [heir, idle] = others.toSorted((one, other) => other.handed().length - one.handed().length);
    assert.deepEqual(
      heir?.handed().toSorted((one, other) => one - other),
      allOnce.slice(10).map(([id]) => id),
    );
    assert.deepEqual(idle?.handed(), []);
    isWell(...others);
  });

  it('goes on elsewhere at once when the one is closed', async () => {
    const first = await house.start({ calls: CALLS, gated, isScheduled: true });
    const second = await house.start({ calls: CALLS, isScheduled: true });
    await atGates(first);
    first.order('close');
    await allSent();
    assert.deepEqual(sent(), allOnce);
    assert.deepEqual(second.handed().length, CALLS - 10);
    isWell(first, second);
  });

  it('is not written over by one that stood still', async () => {
    const first = await house.start({ calls: CALLS, gated, isScheduled: true });
    await atGates(first);
    first.signal('SIGSTOP');
    const second = await house.start({ calls: CALLS, isScheduled: true });
    await house.onlyTheseLive(second);
    await allSent();
    await until(() => second.has('summary'), 'the end of the run');
    const store = await house.redis.open();
    const before = await store.get(placeKey);
    assert.deepEqual([at(before, 'reached'), at(before, 'open')], [CALLS, []]);
    first.signal('SIGCONT');
    const status = await first.tell('open-gates');
    await until(() => first.has('summary'), 'the end of what stood still');
    assert.ok(status);
    assert.deepEqual(await store.get(placeKey), before);
    assert.deepEqual(sent(), allOnce);
    assert.deepEqual(first.handed().length, 12);
    isWell(first, second);
  });

  it('starts, counts, stops and is reset from any instance, and the stop has the last word', async () => {
    const first = await house.start({ calls: CALLS, gated });
    const second = await house.start({ calls: CALLS });
    const third = await house.start({ calls: CALLS });
    second.order('start');
    await atGates(first);
    await third.tell('dry-run');
    const dryRun = third.news.find((one) => at(one, 'news') === 'dry-run');
    assert.equal(at(dryRun, 'wanted'), CALLS - 10);
    const stopped = third.tell('stop');
    await seen(second, 'stopping');
    await first.tell('open-gates');
    const status = await stopped;
    assert.deepEqual([at(status, 'isElsewhere')], [true]);
    await until(() => first.has('summary'), 'the end of the run');
    const shown = await seenHeld(second);
    assert.deepEqual([at(shown, 'position'), at(shown, 'state')], [12, 'idle']);
    assert.equal(first.handed().length, 12);
    // Also for the next one.
    first.signal('SIGKILL');
    await house.onlyTheseLive(second, third);
    third.order('start');
    await allSent();
    assert.deepEqual(sent(), allOnce);
    await second.tell('reset');
    const store = await house.redis.open();
    assert.equal(at(await store.get(placeKey), 'reached'), 0);
    isWell(first, second, third);
  });

  it('goes on elsewhere with what was ordered at another one, without a schedule', async () => {
    const first = await house.start({ calls: CALLS, gated });
    const second = await house.start({ calls: CALLS });
    second.order('start');
    await atGates(first);
    first.signal('SIGKILL');
    await house.onlyTheseLive(second);
    await allSent();
    assert.deepEqual(sent(), allOnce);
    await until(() => second.has('summary'), 'the end of the run');
    const store = await house.redis.open();
    const isSettled = async (): Promise<boolean> => (await store.get(`${placeKey}:orders`)) === undefined;
    while (!(await isSettled())) await second.tell('look');
    isWell(second);
  });

  it('does what was asked for although Redis has lost the order and the one who had it', async () => {
    const first = await house.start({ calls: CALLS, gated });
    const second = await house.start({ calls: CALLS });
    first.order('start');
    await atGates(first);
    const reset = second.tell('reset');
    const client = house.redis.client();
    const orders = async (): Promise<string[]> => client.keys('*:orders');
    while ((await orders()).length === 0) await second.tell('look');
    first.signal('SIGKILL');
    await client.flushall();
    await reset;
    second.order('start');
    await until(() => second.handed().length === CALLS, 'all rows');
    isWell(second);
  });

  async function seen(instance: Instance, state: string): Promise<unknown> {
    for (;;) {
      const status = await instance.tell('look');
      if (at(status, 'state') === state) return status;
    }
  }

  async function seenHeld(instance: Instance): Promise<unknown> {
    for (;;) {
      const status = await instance.tell('look');
      if (at(status, 'isHeld') === true && at(status, 'state') === 'idle') return status;
    }
  }
});
