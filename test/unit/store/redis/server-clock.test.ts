import assert from 'node:assert/strict';
import { createNames } from '../../../../lib/store/redis/names';
import { createServerClock } from '../../../../lib/store/redis/server-clock';
import { manualClock } from '../../../support/manual-clock';

/** A server whose clock is ahead of ours, and an answer that takes its time on each way. */
function server({ aheadMs }: { aheadMs: number }) {
  const clock = manualClock(1_000_000);
  const way = { thereMs: 0, backMs: 0, aheadMs, fails: false };
  const askedOf = new Set<string>();
  const run = async (_: unknown, keys: readonly string[]): Promise<unknown> => {
    for (const key of keys) askedOf.add(key);
    await clock.advance(way.thereMs);
    if (way.fails) throw new Error('away');
    const time = clock.now() + way.aheadMs;
    await clock.advance(way.backMs);
    return String(time);
  };
  const names = createNames('bots');
  const serverClock = createServerClock({ link: { run }, names, clock, shiftMs: () => 0 });
  /** As a sign of life brings it along. */
  const beat = async (): Promise<void> => {
    const askedAt = clock.now();
    await clock.advance(way.thereMs);
    const time = clock.now() + way.aheadMs;
    await clock.advance(way.backMs);
    serverClock.note({ askedAt, heardAt: clock.now(), time });
  };
  return { way, clock, serverClock, beat, askedOf };
}

describe("the server's clock", () => {
  it('is known from quiet times when every answer is late', async () => {
    const { way, clock, serverClock, beat } = server({ aheadMs: 700 });
    for (let beats = 0; beats < 5; beats += 1) await beat();
    Object.assign(way, { thereMs: 20, backMs: 900 });
    assert.equal(await serverClock.at(clock.now() - 5000), clock.now() - 2760 - 5000 + 700);
  });

  it('is known from several readings, each of which was late on another way', async () => {
    const { way, clock, serverClock, beat } = server({ aheadMs: -50 });
    Object.assign(way, { thereMs: 0, backMs: 400 });
    await beat();
    Object.assign(way, { thereMs: 400, backMs: 0 });
    await beat();
    assert.equal(await serverClock.at(5000), 4950);
    assert.equal(clock.now(), 1_000_000 + 5 * 400);
  });

  it('stays as it was first told as long as somebody asks', async () => {
    const { way, clock, serverClock, beat } = server({ aheadMs: 0 });
    Object.assign(way, { thereMs: 0, backMs: 400 });
    const first = await serverClock.at(0);
    Object.assign(way, { backMs: 0 });
    await beat();
    assert.equal(await serverClock.at(0), first);
    await clock.advance(10_000);
    assert.equal(await serverClock.at(0), 0);
  });

  it('is followed when it is set', async () => {
    const { way, clock, serverClock, beat } = server({ aheadMs: 0 });
    for (let beats = 0; beats < 5; beats += 1) await beat();
    way.aheadMs = 3_600_000;
    assert.equal(await serverClock.at(0), 3_600_000);
    way.aheadMs = -7000;
    await beat();
    assert.equal(await serverClock.at(0), -7000);
    await clock.advance(60_000);
    assert.equal(await serverClock.at(0), -7000);
  });

  it('is asked for again after a failure', async () => {
    const { way, serverClock } = server({ aheadMs: 30 });
    way.fails = true;
    await assert.rejects(serverClock.at(0), /away/);
    way.fails = false;
    assert.equal(await serverClock.at(0), 30);
  });

  it('is that of the server which has our keys, and no other of a cluster', async () => {
    const { serverClock, askedOf } = server({ aheadMs: 0 });
    await serverClock.at(0);
    assert.deepEqual(
      [...askedOf].map((key) => key.startsWith('{bots}:')),
      [true],
    );
  });

  it('is not taken from an answer in whose midst our clock was set back', async () => {
    const { way, clock, serverClock, beat } = server({ aheadMs: 40 });
    await beat();
    serverClock.note({ askedAt: 5_000_000, heardAt: 1_000_000, time: 1_000_040 });
    Object.assign(way, { thereMs: 300 });
    assert.equal(await serverClock.at(0), 40);
    assert.equal(clock.now(), 1_000_900);
  });
});
