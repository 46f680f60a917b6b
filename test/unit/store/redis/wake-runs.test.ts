import assert from 'node:assert/strict';
import { systemClock } from '../../../../lib/core/clock';
import { createRuns, type Runs } from '../../../../lib/store/redis/wakes/runs';
import type { HandedJob } from '../../../../lib/store/redis/wakes/put-back';
import { wakeTimes } from '../../../../lib/store/redis/wakes/times';
import { createWaiting } from '../../../../lib/store/redis/wakes/waiting';
import type { Look } from '../../../../lib/store/wakes';

interface TestJob extends HandedJob {
  promoted: number;
}

function jobOf(queue: string): TestJob {
  const job: TestJob = {
    data: { queue },
    promoted: 0,
    moveToWait: () => Promise.resolve(),
    moveToDelayed: () => Promise.resolve(),
    updateData: () => Promise.resolve(),
    promote: async () => void (job.promoted += 1),
  };
  return job;
}

describe('a run through a queue', () => {
  let now = 0;
  let isStopped = false;
  let closing: AbortController;
  beforeEach(() => {
    now = 0;
    isStopped = false;
    closing = new AbortController();
  });

  const runsOf = (look: Look, waiting = createWaiting(wakeTimes, () => now, systemClock)): Runs =>
    createRuns({
      ...{ look, waiting, times: wakeTimes, monotonic: () => now, closing: closing.signal },
      parking: () => Promise.resolve(wakeTimes.parked),
      isStopped: () => isStopped,
      onError: () => undefined,
    });

  it('makes way for others after some events, and after some time', async () => {
    let looks = 0;
    const runs = runsOf(async () => {
      looks += 1;
      return { how: 'again' };
    });
    assert.deepEqual(await runs.follow(jobOf('q'), 'a'), { how: 'later', ms: 0 });
    assert.equal(looks, wakeTimes.looksPerTurn);
    const slow = runsOf(async () => {
      now += 4000;
      return { how: 'again' };
    });
    now = 0;
    assert.deepEqual(await slow.follow(jobOf('q'), 'a'), { how: 'later', ms: 0 });
    assert.equal(now, 12_000);
  });

  it('ends with what the look says', async () => {
    const rest = (next: Awaited<ReturnType<Look>>): ReturnType<Runs['follow']> =>
      runsOf(() => Promise.resolve(next)).follow(jobOf('q'), 'a');
    assert.deepEqual(await rest({ how: 'idle' }), { how: 'done' });
    assert.deepEqual(await rest({ how: 'later', ms: 60_000 }), { how: 'later', ms: 60_000 });
    assert.deepEqual(await rest({ how: 'later', ms: 60_000, mayChange: true }), { how: 'later', ms: 1000 });
    assert.deepEqual(await rest({ how: 'later', ms: 40, mayChange: true }), { how: 'later', ms: 40 });
  });

  it('looks again in a moment when the store is away', async () => {
    const runs = runsOf(() => Promise.reject(new Error('away')));
    assert.deepEqual(await runs.follow(jobOf('q'), 'a'), { how: 'later', ms: wakeTimes.rest });
  });

  it('is taken over by the job that is given out anew, and told to that one alone', async () => {
    let end = (): void => undefined;
    const runs = runsOf(async () => {
      await new Promise<void>((resolve) => (end = resolve));
      return { how: 'idle' };
    });
    const first = runs.follow(jobOf('q'), 'a');
    const second = runs.follow(jobOf('q'), 'b');
    assert.equal(runs.has('q'), true);
    end();
    assert.deepEqual([await first, await second], [undefined, { how: 'done' }]);
    assert.equal(runs.has('q'), false);
  });

  it('begins nothing when it is stopped, and leaves what is in hand to others when it closes', async () => {
    isStopped = true;
    assert.deepEqual(await runsOf(() => Promise.resolve({ how: 'idle' })).follow(jobOf('q'), 'a'), {
      how: 'give',
    });
    isStopped = false;
    const runs = runsOf(() => new Promise(() => undefined));
    const rest = runs.follow(jobOf('q'), 'a');
    closing.abort();
    assert.deepEqual(await rest, { how: 'later', ms: wakeTimes.closing });
  });

  it('calls those that wait for a place one by one, and all when readers have changed', async () => {
    const waiting = createWaiting(wakeTimes, () => now, systemClock);
    const room = {};
    const jobs = ['a', 'b', 'c'].map(jobOf);
    for (const job of jobs) {
      await runsOf(() => Promise.resolve({ how: 'full', room, isFree: () => false }), waiting).follow(
        job,
        'a',
      );
    }
    const calls = (): number[] => jobs.map(({ promoted }) => promoted);
    waiting.callOne(room);
    assert.deepEqual(calls(), [1, 0, 0]);
    waiting.callOne({});
    waiting.callAll();
    assert.deepEqual(calls(), [1, 1, 1]);
    waiting.callOne(room);
    assert.deepEqual(calls(), [1, 1, 1]);
  });

  it('looks again at once when a place becomes free for what it has just found none for', async () => {
    const waiting = createWaiting(wakeTimes, () => now, systemClock);
    const room = {};
    let looks = 0;
    const look: Look = async () => {
      looks += 1;
      if (looks === 1) setImmediate(() => waiting.callOne(room));
      return looks === 1 ? { how: 'full', room, isFree: () => false } : { how: 'idle' };
    };
    assert.deepEqual(await runsOf(look, waiting).follow(jobOf('q'), 'a'), { how: 'done' });
    assert.equal(looks, 2);
  });

  it('forgets after a while what another one may have by now', async () => {
    const waiting = createWaiting(wakeTimes, () => now, systemClock);
    await runsOf(() => Promise.resolve({ how: 'parked' }), waiting).follow(jobOf('q'), 'a');
    assert.equal(waiting.parked(), 1);
    now = 2 * wakeTimes.parked + 1;
    assert.equal(waiting.parked(), 0);
  });
});
