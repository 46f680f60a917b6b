import assert from 'node:assert/strict';
import type { Delivery, DeliveryEnd, Reader } from '../../../lib/bitrix24/events/reader';
import type { Inbox } from '../../../lib/conversation/inbox/types';
import { systemClock, type Clock } from '../../../lib/core/clock';
import type { RedisStore } from '../../../lib/store/redis/redis-store';
import { until } from '../../support/until';
import { useRedis } from '../store/redis-bench';
import { inboxOn, instanceOn, quickTimes, readerThat, say } from './inbox-bench';

const HOUR = 3_600_000;

const BEAT = 21;

/** Whoever lives by it gives no sign of life meanwhile. */
const clockThat = (isStill: () => boolean): Clock => ({
  now: systemClock.now,
  async sleep(ms, signal) {
    await systemClock.sleep(ms, signal);
    while (ms === BEAT && isStill()) await systemClock.sleep(5, signal);
  },
});

interface Clerk {
  reader: Reader;
  heard: string[];
  dead: string[];
  free(): void;
}

/** Has one dialog at a time; keeps `long` in hand until it is freed. */
function clerk(): Clerk {
  const heard: string[] = [];
  const dead: string[] = [];
  let free = (): void => undefined;
  const hand = async ({ event: { text } }: Delivery): Promise<DeliveryEnd> => {
    heard.push(text);
    if (text === 'long') await new Promise<void>((resolve) => (free = resolve));
    return { how: 'finished' };
  };
  const reader: Reader = {
    ...readerThat(() => ({ how: 'finished' }), { maxDialogs: 1 }),
    hand,
    onDead: ({ reason }) => void dead.push(reason),
  };
  return { reader, heard, dead, free: () => free() };
}

describe('what is too old, among several instances', function () {
  const redis = useRedis();
  /** By the server's clock and by those of all processes. */
  let passed = 0;
  beforeEach(() => (passed = 0));

  const monotonic = (): number => performance.now() + passed;
  const open = (more: object = {}): Promise<RedisStore> =>
    redis.open({
      ...{ wakeTimes: quickTimes, beatMs: 50, shiftMs: () => passed, monotonic },
      ...more,
    });
  const join = (store: RedisStore, { reader }: Clerk): Inbox =>
    instanceOn(store, reader, { processStartedAt: monotonic(), monotonic, eventMaxAgeMs: () => HOUR });
  const waits = (): string[] => ['2', '3', '4'].map((n) => `waits its turn ${n}`);

  /** A full instance, with three dialogs waiting in it for longer than an answer may be late. */
  async function busy(): Promise<{ store: RedisStore; old: Clerk }> {
    const store = await open();
    const old = clerk();
    const inbox = join(store, old);
    await say(inbox, 'chat1', 'long');
    await until(() => old.heard.length === 1, 'the long one');
    for (const text of waits()) await say(inbox, text, text);
    return { store, old };
  }

  it('is not what waits for its turn in an older instance', async () => {
    const { old } = await busy();
    for (let hours = 0; hours < 3; hours += 1) {
      passed += HOUR;
      await toldOf(passed);
    }
    const young = clerk();
    join(await open(), young);
    await until(() => young.heard.length === 3, 'the young one to answer');
    assert.deepEqual([young.heard.toSorted(), young.dead, old.dead], [waits(), [], []]);
    old.free();
  });

  it('is not what came while one was there that has gone meanwhile, and left another', async () => {
    const { store, old } = await busy();
    passed += 3 * HOUR;
    await toldOf(passed);
    const next = await open();
    await until(() => next.attendedForMs?.() !== undefined, 'the next one to know');
    old.free();
    await store.close();
    const young = clerk();
    join(next, young);
    await until(() => young.heard.length + old.heard.length >= 4, 'the answers');
    assert.deepEqual([young.dead, old.dead], [[], []]);
  });

  it('is what came before a night in which nobody was there', async () => {
    const { store, old } = await busy();
    await store.close();
    old.free();
    passed += 8 * HOUR;
    const young = clerk();
    join(await open(), young);
    await until(() => young.dead.length + young.heard.length >= 4, 'all to be looked at');
    assert.deepEqual([young.dead, young.heard], [Array.from({ length: 4 }, () => 'too old'), []]);
  });

  it('is not told before all have said since when they are there', async () => {
    // As after an outage of hours: those who were there before it are silent at first.
    let isSilent = false;
    const store = await open({ beatMs: BEAT, clock: clockThat(() => isSilent) });
    const old = clerk();
    const inbox = join(store, old);
    await say(inbox, 'chat1', 'long');
    await until(() => old.heard.length === 1, 'the long one');
    await say(inbox, 'chat2', 'waits its turn 2');
    isSilent = true;
    passed += 3 * HOUR;
    const young = clerk();
    const next = await open({ deadAfterMs: 60_000 });
    let looks = 0;
    const peek: RedisStore['peek'] = async (queue, limit) => {
      const found = await next.peek(queue, limit);
      looks += 1;
      return found;
    };
    join({ ...next, peek }, young);
    await until(() => looks > 0, 'the young one to look');
    assert.equal(next.attendedForMs?.(), undefined);
    isSilent = false;
    await until(() => young.heard.length === 1, 'the young one to answer');
    assert.deepEqual([young.heard, young.dead], [['waits its turn 2'], []]);
    old.free();
  });

  it('is never told by one that could not have answered it', async () => {
    const { store, old } = await busy();
    await store.close();
    old.free();
    passed += 8 * HOUR;
    const other = inboxOn(await open(), {
      processStartedAt: monotonic(),
      monotonic,
      eventMaxAgeMs: () => HOUR,
    });
    other.serve({ id: 'another portal', readerOf: () => undefined });
    await until(() => other.parked() > 0, 'what nobody here reads');
    const reading = await redis.open();
    const letters: string[] = [];
    for await (const { id } of reading.deadLetters()) letters.push(id);
    assert.deepEqual(letters, []);
  });

  /** Until the living have said that they are there. */
  async function toldOf(shift: number): Promise<void> {
    const since = Date.now() + shift;
    const last = (): Promise<string | null> => redis.client().hget('{bitbot}:~:attendance', 'last');
    await until(async () => Number(await last()) >= since, 'a beat');
  }
});
