import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../lib/core/clock';
import { createInbox } from '../../../lib/conversation/inbox/inbox';
import { createIntake, type Intake } from '../../../lib/conversation/intake/intake';
import { openEmbeddedStore, type EmbeddedStore } from '../../../lib/store/embedded-store';
import type { RedisStore } from '../../../lib/store/redis/redis-store';
import { until } from '../../support/until';
import { drain } from '../../support/store-suite-queues';
import { eventOf } from '../../unit/conversation/inbox-scene';
import { redisKey, useRedis } from '../store/redis-bench';

interface Instance {
  intake: Intake;
  store: RedisStore;
  local: () => EmbeddedStore | undefined;
  close(): Promise<void>;
}

/** Two processes on one Redis, as far as the intake is concerned: nothing is handed out, so that its order can be seen. */
describe('the intake of several processes', function () {
  const redis = useRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
  const queue = 'inbox:m1:5:chat1';
  let folder = '';
  const instances: Instance[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bitlane-intake-'));
  });
  afterEach(async () => {
    for (const instance of instances.splice(0)) await instance.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function instance(name: string, times = {}): Promise<Instance> {
    const reasons: (string | undefined)[] = [];
    let told: (reason: string | undefined) => void = () => undefined;
    const store = await redis.open({
      ...times,
      onStateChange: (reason) => {
        reasons.push(reason);
        told(reason);
      },
    });
    const inbox = createInbox({
      ...{ store, clock: systemClock, owner: name, eventMaxAgeMs: () => 3_600_000, deadLetterMs: () => 1000 },
    });
    inbox.pause();
    const place = join(folder, name);
    let local: EmbeddedStore | undefined;
    const intake = createIntake({
      clock: systemClock,
      inbox: () => Promise.resolve(inbox),
      retryMs: 20,
      local: {
        isThere: () => existsSync(place),
        lease: () => ({
          source: async () => (local ??= await openEmbeddedStore({ folder: place, key: redisKey })),
          release: () => Promise.resolve(),
        }),
      },
    });
    told = (reason) => intake.storeIs(reason === undefined ? 'there' : 'away');
    const made: Instance = {
      ...{ intake, store, local: () => local },
      async close() {
        intake.close();
        inbox.close();
        await local?.close();
      },
    };
    instances.push(made);
    return made;
  }

  const post = (to: Instance, id: number): Promise<string> => to.intake.receive(eventOf(id), {}, 'portal');
  const isAway = ({ store }: Instance): Promise<void> =>
    until(async () => (await store.stats()).state === 'unavailable', 'the store to be away');
  const waitingNowhere = (): Promise<void> =>
    until(() => instances.every(({ intake }) => intake.waiting() === 0), 'nothing to wait');

  async function messages(): Promise<(number | null | undefined)[]> {
    const [first] = instances;
    assert.ok(first);
    const waiting = await first.store.peek(queue, 1000);
    return waiting.map(({ payload }) =>
      Number(Reflect.get(Object(Reflect.get(Object(payload), 'event')), 'messageId')),
    );
  }

  it('puts what one kept before what the other has added since', async () => {
    const [one, two] = [await instance('one'), await instance('two')];
    assert.equal(await post(one, 1), 'stored');
    await redis.server().kill9();
    await isAway(one);
    assert.deepEqual([await post(one, 2), await post(one, 3)], ['waiting', 'waiting']);
    await redis.server().restart();
    const isBack = async (): Promise<boolean> => (await two.store.stats()).state === 'ready';
    await until(isBack, 'the other to be connected');
    assert.equal(await post(two, 4), 'stored');
    one.intake.storeIs('there');
    await waitingNowhere();
    assert.deepEqual(await messages(), [1, 2, 3, 4]);
  });

  it('knows an event that the portal sent to both', async () => {
    const [one, two] = [await instance('one'), await instance('two')];
    await redis.server().kill9();
    await Promise.all([isAway(one), isAway(two)]);
    for (const to of [one, two, one]) assert.equal(await post(to, 7), 'waiting');
    await redis.server().restart();
    await waitingNowhere();
    assert.deepEqual(await messages(), [7]);
    assert.equal((await drain(one.store, queue)).length, 1);
    assert.equal(await post(two, 7), 'duplicate');
  });

  it('goes on after another outage in the midst of it', async () => {
    const one = await instance('one');
    await redis.server().kill9();
    await isAway(one);
    for (let id = 1; id <= 300; id += 1) await post(one, id);
    await redis.server().restart();
    await until(() => one.intake.waiting() < 300, 'the first to be moved');
    await redis.server().kill9();
    await redis.server().restart();
    await waitingNowhere();
    assert.deepEqual(
      await messages(),
      Array.from({ length: 300 }, (_, n) => n + 1),
    );
  });

  it('asks a paused server once, and keeps the rest at once', async () => {
    const one = await instance('one', { commandMs: 2000 });
    redis.server().standStill();
    assert.equal(await post(one, 1), 'waiting');
    await isAway(one);
    for (const id of [2, 3]) assert.equal(await post(one, id), 'waiting');
    redis.server().goOn();
    await waitingNowhere();
    assert.deepEqual(await messages(), [1, 2, 3]);
  });
});
