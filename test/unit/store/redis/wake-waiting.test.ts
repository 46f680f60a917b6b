import assert from 'node:assert/strict';
import { createHealth } from '../../../../lib/store/redis/wakes/health';
import { createParking } from '../../../../lib/store/redis/wakes/parking';
import { putBack, type HandedJob, type QueueJob } from '../../../../lib/store/redis/wakes/put-back';
import { wakeTimes } from '../../../../lib/store/redis/wakes/times';
import { createWaiting } from '../../../../lib/store/redis/wakes/waiting';
import { manualClock } from '../../../support/manual-clock';
import { until } from '../../../support/until';

interface TestJob extends HandedJob {
  data: QueueJob;
  promoted: number;
}

function jobOf(queue: string): TestJob {
  const nothing = (): Promise<void> => Promise.resolve();
  const job: TestJob = {
    ...{ data: { queue }, promoted: 0, moveToWait: nothing, moveToDelayed: nothing },
    promote: async () => void (job.promoted += 1),
    updateData: async (told) => void (job.data = told),
  };
  return job;
}

describe('what waits here', () => {
  let now = 0;
  const clock = manualClock();
  const waitingNow = () => createWaiting(wakeTimes, () => now, clock);
  beforeEach(() => {
    now = 0;
  });

  it('is had at once when something is added to its window, and only then', () => {
    const waiting = waitingNow();
    const [window, parked] = [jobOf('a'), jobOf('b')];
    waiting.sleep('a', window, 1000);
    waiting.park('b', parked);
    waiting.wake('a');
    waiting.wake('b');
    assert.deepEqual([window.promoted, parked.promoted], [1, 0]);
  });

  it('is had at once when it is called on its way to where it waits', async () => {
    const waiting = waitingNow();
    const { wasCalled } = waiting;
    const job = jobOf('a');
    let isThere = false;
    const had: string[] = [];
    Object.assign(job, {
      moveToDelayed: async () => {
        waiting.callAll();
        await new Promise(setImmediate);
        isThere = true;
      },
      promote: () => (isThere ? Promise.resolve(void had.push('a')) : Promise.reject(new Error('not there'))),
    });
    const stop = new AbortController().signal;
    const putting = { job, token: '', clock, closing: stop, wasCalled, onError: () => assert.fail() };
    waiting.park('a', job);
    await putBack({ ...putting, rest: { how: 'later', ms: 3_600_000 } });
    assert.deepEqual(had, ['a']);
    Object.assign(job, { moveToDelayed: () => Promise.resolve() });
    waiting.park('a', job);
    await putBack({ ...putting, rest: { how: 'later', ms: 3_600_000 } });
    assert.deepEqual(had, ['a']);
  });

  it('is forgotten also when nobody asks', () => {
    const waiting = waitingNow();
    for (let n = 0; n < 1000; n += 1) {
      now += 1000;
      waiting.park(`chat${n}`, jobOf(`chat${n}`));
    }
    assert.ok(waiting.size() < 20, String(waiting.size()));
  });

  it('is kept in hand for a moment, and the longer the more there are', async () => {
    const waiting = waitingNow();
    const room = {};
    const ends: boolean[] = [];
    for (let n = 0; n < 3; n += 1) waiting.hold(room).then((called) => ends.push(called), assert.fail);
    waiting.callOne(room);
    await until(() => ends.length === 1, 'the one that was called');
    assert.deepEqual(ends, [true]);
    await clock.advance(20);
    assert.deepEqual(ends, [true, false]);
    await clock.advance(10);
    assert.deepEqual(ends, [true, false, false]);
  });

  it('is asked about anew when a reader has come', async () => {
    const waiting = waitingNow();
    const job = jobOf('a');
    job.data = { queue: 'a', parked: { by: ['me'], seen: ['me'], rounds: 30 } };
    waiting.park('a', job);
    waiting.callAll();
    await until(() => job.promoted === 1, 'the job');
    assert.deepEqual(job.data, { queue: 'a' });
  });
});

describe('a queue without a reader', () => {
  const parkingOf = (instance: string, all: readonly string[], leastMs = 0) =>
    createParking({
      ...{ instance, times: wakeTimes, live: () => Promise.resolve(all) },
      leastMs: () => leastMs,
    });

  it('is left to others soon, and for longer when nobody has it', async () => {
    const job = jobOf('a');
    const [me, you] = [parkingOf('me', ['me', 'you']), parkingOf('you', ['me', 'you'])];
    assert.ok((await me(job)) < 50);
    assert.ok((await me(job)) < 50);
    assert.ok((await you(job)) >= wakeTimes.parked);
    assert.ok((await parkingOf('me', ['me'])(jobOf('a'))) >= wakeTimes.parked);
  });

  it('is left for longer each time, until somebody comes who was not there', async () => {
    const job = jobOf('a');
    const me = parkingOf('me', ['me', 'you']);
    let last = 0;
    for (let n = 0; n < 40; n += 1) last = await me(job);
    assert.ok(last >= wakeTimes.parked);
    assert.ok((await parkingOf('me', ['me', 'you', 'newcomer'])(job)) < 50);
    assert.ok((await parkingOf('me', ['me', 'you'], 3000)(jobOf('a'))) >= 3000);
  });
});

describe('the health of what is tried again', () => {
  it('is bad when it fails for long, and not when it failed once', () => {
    let now = 0;
    const health = createHealth(() => now, 1000);
    health.failed();
    now = 900;
    health.failed();
    assert.equal(health.isDown(), false);
    now = 1100;
    health.failed();
    assert.equal(health.isDown(), true);
    health.worked();
    assert.equal(health.isDown(), false);
    health.failed();
    now = 5000;
    assert.equal(health.isDown(), false);
  });
});
