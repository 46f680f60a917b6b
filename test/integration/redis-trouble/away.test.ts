import assert from 'node:assert/strict';
import type Redis from 'ioredis';
import { startRedis, type RedisServer } from '../../support/redis';
import { lookInto } from '../store/redis-bench';
import { describeOutcome } from './trouble';
import { assertGoesOn, assertPromise, useTrouble } from './use-trouble';

const untilOver = (): Promise<void> => Promise.resolve();

describe('two Node-RED whose Redis', function () {
  let server: RedisServer;
  let redis: Redis;

  before(async () => {
    // Synced each second it puts off writing while the disk is busy, and a kill takes what it has confirmed.
    const journal = ['--appendonly', 'yes', '--appendfsync', 'always'];
    server = await startRedis({ args: [...journal, '--enable-debug-command', 'yes'] });
    redis = lookInto(server.url);
  });
  const live = useTrouble(() => server.url);
  after(async () => {
    redis.disconnect();
    await server.stop();
  });

  it('is restarted: lose nothing, and keep the order', async () => {
    const restart = (): Promise<void> => server.restart();
    assertPromise(await live({ name: 'restarted', begin: restart, end: untilOver, lastsMs: 0 }));
  });

  it('dies and comes back later: lose nothing, and keep the order', async () => {
    const begin = (): Promise<void> => server.kill9();
    assertPromise(await live({ name: 'kill -9, back after 2.5 s', begin, end: () => server.restart() }));
  });

  it('stands still: lose nothing, and keep the order', async () => {
    let sleeping: Promise<unknown> = Promise.resolve();
    const begin = async (): Promise<void> => {
      sleeping = redis.call('DEBUG', 'SLEEP', '3').catch(() => undefined);
    };
    assertPromise(await live({ name: 'DEBUG SLEEP 3 s', begin, end: () => sleeping, lastsMs: 0 }));
  });

  it('pauses all clients: lose nothing, and keep the order', async () => {
    const begin = (): Promise<unknown> => redis.call('CLIENT', 'PAUSE', '3000', 'ALL');
    assertPromise(await live({ name: 'CLIENT PAUSE 3 s', begin, end: untilOver, lastsMs: 3000 }));
  });

  it('is emptied: lose what was waiting and no more', async () => {
    const flush = (): Promise<unknown> => redis.flushall();
    const outcome = await live({ name: 'FLUSHALL', begin: flush, end: untilOver, lastsMs: 0, isLoss: true });
    const line = describeOutcome(outcome);
    assertGoesOn(outcome);
    const { lost, doubled, outOfOrder } = outcome.verdict;
    const isSafe = (text: string): boolean => !outcome.exposed.has(text);
    assert.deepEqual(lost.filter(isSafe), [], line);
    assert.deepEqual(doubled, [], line);
    // What was in hand is answered beside what comes after it: nothing tells any more that it was there.
    assert.deepEqual(
      outOfOrder.filter(({ before }) => isSafe(before)),
      [],
      line,
    );
  });
});
