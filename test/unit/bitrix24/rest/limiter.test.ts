import assert from 'node:assert/strict';
import { CancelledError } from '../../../../lib/core/errors';
import { createLimiter, type PortalLimiter, type Turn } from '../../../../lib/bitrix24/rest/limiter';
import { leaseLimiter } from '../../../../lib/bitrix24/rest/limiter-registry';
import { manualClock, type ManualClock } from '../../../support/manual-clock';

const standard = { perSecond: 2, bucket: 50 };

function trial(rules = standard): { clock: ManualClock; limiter: PortalLimiter; order: string[] } {
  const clock = manualClock(1_000_000);
  return { clock, limiter: createLimiter({ rules: () => rules, clock, random: () => 0.5 }), order: [] };
}

/** Uses up what is free now. */
function fill(limiter: PortalLimiter): Turn[] {
  const turns: Turn[] = [];
  for (let turn = limiter.tryEnter(); turn; turn = limiter.tryEnter()) turns.push(turn);
  return turns;
}

/** Notes its name when its turn comes. */
function queue(limiter: PortalLimiter, order: string[], name: string, urgent = false): void {
  limiter.enter({ urgent }).then(
    () => order.push(name),
    () => order.push(`${name} left`),
  );
}

describe('limiter: the leaky bucket (bitrix24-rest 7.1)', () => {
  it('lets a burst through, keeps a distance from the brim, then drains at its pace', async () => {
    const { clock, limiter, order } = trial();
    assert.equal(fill(limiter).length, 45);
    for (let n = 1; n <= 4; n += 1) queue(limiter, order, String(n));
    await clock.advance(499);
    assert.deepEqual(order, []);
    await clock.advance(1);
    assert.deepEqual(order, ['1']);
    await clock.advance(1000);
    assert.deepEqual(order, ['1', '2', '3']);
  });

  it('never lets more through than the portal takes, whatever the pattern', async () => {
    const { clock, limiter } = trial();
    let level = 0;
    let highest = 0;
    for (let step = 0; step < 400; step += 1) {
      const waitMs = (step * 7919) % 1500;
      await clock.advance(waitMs);
      level = Math.max(0, level - (waitMs / 1000) * standard.perSecond);
      const wanted = (step * 31) % 9;
      for (let n = 0; n < wanted && limiter.tryEnter(); n += 1) level += 1;
      highest = Math.max(highest, level);
    }
    assert.ok(highest <= 46, String(highest));
    assert.ok(highest > 40, 'the trial must reach the brim');
  });

  it('knows the larger plan', () => {
    assert.equal(fill(trial({ perSecond: 5, bucket: 250 }).limiter).length, 225);
  });

  it('is in order, and a newcomer does not overtake (b24jssdk 6)', async () => {
    const { clock, limiter, order } = trial();
    fill(limiter);
    const names = Array.from({ length: 40 }, (_, n) => String(n));
    for (const name of names) queue(limiter, order, name);
    await clock.advance(500);
    assert.equal(limiter.tryEnter(), undefined);
    await clock.advance(20_000);
    assert.deepEqual(order, names);
  });

  it('lets urgent ones pass, but not for ever', async () => {
    const { clock, limiter, order } = trial();
    fill(limiter);
    for (const name of ['a', 'b']) queue(limiter, order, name);
    for (const name of ['1', '2', '3', '4', '5', '6']) queue(limiter, order, name, true);
    await clock.advance(4000);
    assert.deepEqual(order, ['1', '2', '3', '4', 'a', '5', '6', 'b']);
  });

  it('an aborted waiter leaves at once and costs nobody a turn (b24jssdk 6)', async () => {
    const { clock, limiter, order } = trial();
    fill(limiter);
    const stop = new AbortController();
    const left = assert.rejects(limiter.enter({ signal: stop.signal }), CancelledError);
    queue(limiter, order, 'next');
    stop.abort();
    await left;
    await clock.advance(500);
    assert.deepEqual(order, ['next']);
  });

  it('holds no timer when the last waiter has left', async () => {
    const { clock, limiter } = trial();
    fill(limiter);
    const stop = new AbortController();
    const left = assert.rejects(limiter.enter({ signal: stop.signal }));
    assert.equal(clock.pending(), 1);
    stop.abort();
    await left;
    assert.equal(clock.pending(), 0);
  });

  it('a turn given back can be used by another', () => {
    const { limiter } = trial();
    const [first] = fill(limiter);
    assert.equal(limiter.room(), 0);
    first?.giveBack();
    assert.equal(limiter.room(), 1);
  });
});

describe('limiter: after a refusal (bitrix24-rest 6, b24jssdk 6)', () => {
  it('everybody waits, then goes on more slowly', async () => {
    const { clock, limiter, order } = trial();
    limiter.tryEnter()?.refused();
    queue(limiter, order, 'next');
    queue(limiter, order, 'urgent', true);
    await clock.advance(3000);
    assert.deepEqual(order, []);
    await clock.advance(10_000);
    assert.deepEqual(order, ['urgent', 'next']);
  });

  it('waits as long as Retry-After says', async () => {
    const { clock, limiter, order } = trial();
    limiter.tryEnter()?.refused(60_000);
    queue(limiter, order, 'next');
    await clock.advance(59_999);
    assert.deepEqual(order, []);
    await clock.advance(1);
    assert.deepEqual(order, ['next']);
  });

  it('waits longer after each refusal in a row, and forgets them after a success', async () => {
    const { clock, limiter } = trial({ perSecond: 1000, bucket: 50 });
    const pauseAfter = async (): Promise<number> => {
      const startedAt = clock.now();
      limiter.tryEnter()?.refused();
      while (limiter.room() === 0) await clock.advance(100);
      return clock.now() - startedAt;
    };
    assert.deepEqual([await pauseAfter(), await pauseAfter(), await pauseAfter()], [1000, 2000, 4000]);
    limiter.tryEnter()?.accepted();
    assert.equal(await pauseAfter(), 1000);
  });

  it('counts the refusals of one burst once', async () => {
    const { clock, limiter } = trial({ perSecond: 1000, bucket: 50 });
    for (const turn of fill(limiter)) turn.refused();
    await clock.advance(1000);
    assert.ok(limiter.room() > 0);
  });

  it('a wall clock that is set back does not stop it for long', async () => {
    const clock = manualClock(10_000_000);
    let shiftMs = 0;
    const jumping = { ...clock, now: () => clock.now() + shiftMs };
    const limiter = createLimiter({ rules: () => standard, clock: jumping, random: () => 0.5 });
    const order: string[] = [];
    fill(limiter)[0]?.refused(5000);
    queue(limiter, order, 'next');
    shiftMs = -3_600_000;
    await clock.advance(15_000);
    assert.deepEqual(order, ['next']);
  });
});

describe('limiter registry: one per origin for the whole process', () => {
  it('is shared by scheme, host and port, and forgotten when it has run out', async () => {
    const clock = manualClock(1_000_000);
    const options = { plan: 'standard', clock } as const;
    const one = leaseLimiter('http://127.0.0.1:1', options);
    const two = leaseLimiter('http://127.0.0.1:1', options);
    const other = leaseLimiter('http://127.0.0.1:2', options);
    assert.equal(one.limiter, two.limiter);
    assert.notEqual(one.limiter, other.limiter);
    fill(one.limiter);
    for (const lease of [one, two, other]) lease.release();
    const afterDeploy = leaseLimiter('http://127.0.0.1:1', options);
    assert.equal(afterDeploy.limiter.room(), 0, 'the bucket of the portal is as full as before the deploy');
    await clock.advance(30_000);
    afterDeploy.release();
    const muchLater = leaseLimiter('http://127.0.0.1:1', options);
    assert.notEqual(muchLater.limiter, one.limiter);
    muchLater.release();
  });

  it('of two plans named for one portal the careful one counts', () => {
    const clock = manualClock(1_000_000);
    const big = leaseLimiter('http://127.0.0.1:3', { plan: 'enterprise', clock });
    assert.equal(big.limiter.room(), 225);
    const small = leaseLimiter('http://127.0.0.1:3', { plan: 'standard', clock });
    assert.equal(big.limiter.room(), 45);
    small.release();
    assert.equal(big.limiter.room(), 225);
    big.release();
  });
});
