import assert from 'node:assert/strict';
import { once as happened } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { UnreachableError } from '../../../lib/core/errors';
import { createStoreLeases, type StoreLease } from '../../../lib/store/leases';
import { parseRedisAddress } from '../../../lib/store/redis/address';
import type { RedisStoreOptions } from '../../../lib/store/redis/redis-store';
import { openRedisStore } from '../../../lib/store/redis/redis-store';
import { startRedis } from '../../support/redis';
import { all } from '../../support/store-suite';
import { drain, lease as leasing, mustClaim } from '../../support/store-suite-queues';
import { until } from '../../support/until';
import { lookInto, openOn, patient, redisKey, useRedis } from './redis-bench';

const once = { id: 'event:1', ttlMs: 60_000 };

/** Notes what the store tells about its Redis: the reason, or `ready`. */
function listener(): { told: string[]; onStateChange: (reason: string | undefined) => void } {
  const told: string[] = [];
  return { told, onStateChange: (reason) => void told.push(reason ?? 'ready') };
}

const isBack = (told: string[]) => (): boolean => told.length > 0 && told.at(-1) === 'ready';

describe('a Redis that fails', function () {
  const redis = useRedis(['--enable-debug-command', 'yes']);

  async function refusal(work: Promise<unknown>): Promise<UnreachableError> {
    const thrown: unknown = await work.then(
      () => assert.fail('it was done'),
      (failure: unknown) => failure,
    );
    assert.ok(thrown instanceof UnreachableError, String(thrown));
    assert.equal(thrown.code, 'STORE_UNAVAILABLE');
    return thrown;
  }

  it('by being restarted: refuses at once what was not sent, and goes on by itself', async () => {
    const { told, onStateChange } = listener();
    const store = await redis.open({ onStateChange });
    await redis.server().kill9();
    await until(() => told.length > 0, 'the end of the connection');
    const refused = await refusal(store.append('q', 'lost', { durable: true }));
    assert.equal(refused.sent, false);
    assert.match(String(refused.params.reason), /^(CLOSED|ECONNREFUSED|ECONNRESET)$/);
    const { state, reason } = await store.stats();
    assert.equal(state, 'unavailable');
    assert.ok(reason);
    await redis.server().restart();
    await until(isBack(told), 'the store to be back');
    await store.append('q', 'kept');
    assert.deepEqual(await drain(store, 'q'), ['kept']);
  });

  it('by being silent: each call has its time, then all are refused at once, until it speaks', async () => {
    const { told, onStateChange } = listener();
    const store = await redis.open({ onStateChange, commandMs: 2000 });
    redis.server().standStill();
    const [first, second] = await Promise.all([
      refusal(store.append('q', 'a', { once })),
      refusal(store.get('key')),
    ]);
    assert.deepEqual([first.sent, second.sent, first.params.reason], [true, true, 'TIMEOUT']);
    const later = await refusal(store.append('q', 'b'));
    assert.equal(later.sent, false);
    assert.deepEqual(told, ['TIMEOUT']);
    redis.server().goOn();
    await until(isBack(told), 'the store to be back');
    // The first one was sent, and has taken place; its sender asks again and hears so.
    assert.deepEqual(await store.append('q', 'a', { once }), { added: false });
    assert.deepEqual(await drain(store, 'q'), ['a']);
  });

  it('by losing every connection in the midst of work: nothing twice, nothing out of order', async () => {
    const store = await redis.open();
    const sent = Array.from({ length: 200 }, (_, n) =>
      store.append('q', n, { once: { id: `event:${n}`, ttlMs: 60_000 } }).then(
        () => true,
        () => false,
      ),
    );
    await redis.client().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await Promise.all(sent);
    for (let n = 0; n < 200; n += 1)
      await untilDone(() => store.append('q', n, { once: { id: `event:${n}`, ttlMs: 60_000 } }));
    assert.deepEqual(
      await drain(store, 'q'),
      Array.from({ length: 200 }, (_, n) => n),
    );
  });

  const untilDone = (work: () => Promise<unknown>): Promise<void> =>
    until(async () => {
      await work();
      return true;
    }, 'the store to take it');

  it('by being a replica: refuses changes, still reads, and goes on when it is the master again', async () => {
    const { told, onStateChange } = listener();
    const store = await redis.open({ onStateChange });
    await store.set('key', 1);
    await redis.client().replicaof('127.0.0.1', 1);
    const refused = await refusal(store.set('key', 2));
    assert.deepEqual([refused.sent, refused.params.reason], [false, 'READONLY']);
    await until(() => told.includes('READONLY'), 'the store to say so');
    await untilDone(async () => assert.equal(await store.get('key'), 1));
    await redis.client().replicaof('NO', 'ONE');
    await until(isBack(told), 'the store to be back');
    await store.set('key', 2);
    assert.equal(await store.get('key'), 2);
  });

  it('by being full: refuses whole steps, loses nothing, and lets go on what makes room', async () => {
    const { told, onStateChange } = listener();
    const store = await redis.open({ onStateChange });
    await store.append('q', 'kept');
    await redis.client().config('SET', 'maxmemory', '1');
    try {
      const refused = await refusal(store.append('q', 'more', { once }));
      assert.deepEqual([refused.sent, refused.params.reason], [false, 'OOM']);
      assert.deepEqual(told, ['OOM']);
      assert.deepEqual(await all(store.queues()).then(([one]) => one?.waiting), 1);
    } finally {
      await redis.client().config('SET', 'maxmemory', '0');
    }
    await until(isBack(told), 'the store to be back');
    // Nothing of the refused step has stayed, its id neither.
    assert.equal((await store.append('q', 'more', { once })).added, true);
    assert.deepEqual(await drain(store, 'q'), ['kept', 'more']);
  });

  it('by forgetting its scripts: nobody notices', async () => {
    const { told, onStateChange } = listener();
    const store = await redis.open({ onStateChange });
    await store.append('q', 1);
    await redis.client().script('FLUSH');
    const more = Array.from({ length: 20 }, (_, n) => store.append('q', n + 2));
    await Promise.all(more);
    assert.equal((await drain(store, 'q')).length, 21);
    assert.deepEqual(told, []);
  });

  it('by being emptied: what was there is gone, and what comes is kept and can be read by the next', async () => {
    const store = await redis.open({ beatMs: 10 });
    await store.append('q', 'gone');
    const claim = await mustClaim(store, 'q');
    await redis.client().flushall();
    assert.equal(await store.complete(claim), false);
    await store.set('token', 'secret', { sealed: true });
    await store.append('q', 'new');
    const keys = (): Promise<number> => redis.client().exists('{bitbot}:~:keys');
    await until(async () => (await keys()) === 1, 'the keys to be brought back');
    const next = await redis.open();
    assert.equal(await next.get('token'), 'secret');
    assert.deepEqual(await drain(next, 'q'), ['new']);
  });

  it('while it is not there: an opening is refused with the reason', async () => {
    const refused = await refusal(openOn('redis://:marker-secret@127.0.0.1:1/0'));
    assert.deepEqual([refused.sent, refused.params.reason], [false, 'ECONNREFUSED']);
    // These would be looked for without an end.
    const refusedAt = (place: string): Promise<UnreachableError> =>
      refusal(openOn(place, { connectMs: 3000 }));
    const noSentinel = await refusedAt('redis+sentinel://:marker-secret@127.0.0.1:1/bots');
    assert.deepEqual([noSentinel.sent, noSentinel.params.reason], [false, 'NO_SENTINEL']);
    assert.equal((await refusedAt('redis+cluster://:marker-secret@127.0.0.1:1')).sent, false);
    const withoutTls = `rediss://:marker-secret@127.0.0.1:${redis.server().port}`;
    assert.equal((await refusedAt(withoutTls)).sent, false);
  });
});

describe('a Redis behind one address', () => {
  it('that has become a replica is left for the one that the address leads to now', async () => {
    const [first, second] = [await startRedis(), await startRedis()];
    let target = first.port;
    const ends: Socket[] = [];
    const proxy = createServer((from) => {
      const to = connect(target, '127.0.0.1');
      ends.push(from, to);
      for (const end of [from, to]) end.on('error', () => undefined);
      from.pipe(to).pipe(from);
    }).listen(0, '127.0.0.1');
    await happened(proxy, 'listening');
    const address = proxy.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { told, onStateChange } = listener();
    const store = await openOn(`redis://127.0.0.1:${port}`, { onStateChange });
    const admin = lookInto(first.url);
    try {
      await store.set('key', 1);
      target = second.port;
      // The connection that is open stays where it is.
      await admin.replicaof('127.0.0.1', second.port);
      await assert.rejects(store.set('key', 2), { code: 'STORE_UNAVAILABLE', sent: false });
      await until(isBack(told), 'the store to be back');
      await store.set('key', 3);
      const other = lookInto(second.url);
      assert.equal(await other.exists('{bitbot}:~:value:key'), 1);
      other.disconnect();
    } finally {
      await store.close();
      admin.disconnect();
      for (const end of ends) end.destroy();
      proxy.close();
      await Promise.all([first.stop(), second.stop()]);
    }
  });
});

describe('a Redis with a journal', () => {
  it('has after its sudden death what was confirmed, claims and dead letters included', async () => {
    const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    const { told, onStateChange } = listener();
    const store = await openOn(server.url, { onStateChange });
    try {
      assert.deepEqual(store.notices, []);
      for (const n of [1, 2, 3]) await store.append('q', n, { durable: true });
      await store.append('dead', 4, { durable: true });
      await store.bury(await mustClaim(store, 'dead'), { reason: 'why' });
      const claim = await mustClaim(store, 'q');
      await server.kill9();
      await until(() => told.length > 0, 'the end of the connection');
      await server.restart();
      await until(isBack(told), 'the store to be back');
      assert.equal(await store.complete(claim), true);
      assert.deepEqual(await drain(store, 'q'), [2, 3]);
      assert.deepEqual(
        (await all(store.deadLetters())).map(({ payload }) => payload),
        [4],
      );
    } finally {
      await store.close();
      await server.stop();
    }
  });
});

describe('a Redis with a password', () => {
  const password = 'marker-password-4711';

  async function withServer(work: (port: number) => Promise<void>): Promise<void> {
    const server = await startRedis({ password });
    try {
      await work(server.port);
    } finally {
      await server.stop();
    }
  }

  it('lets in with it, and without it says why, without repeating any', () =>
    withServer(async (port) => {
      const right = await openOn(`redis://:${password}@127.0.0.1:${port}/0`);
      await right.set('key', 1);
      await right.close();
      const wrong = 'marker-wrong-password';
      for (const [login, reason] of [
        [`:${wrong}@`, 'WRONGPASS'],
        [`nobody:${wrong}@`, 'WRONGPASS'],
        ['', 'NOAUTH'],
      ]) {
        const thrown: unknown = await openOn(`redis://${login}127.0.0.1:${port}`).catch(
          (failure: unknown) => failure,
        );
        assert.ok(thrown instanceof UnreachableError);
        assert.deepEqual([thrown.params.reason, thrown.sent], [reason, false]);
        assert.doesNotMatch(describeWhole(thrown), /marker-/);
      }
    }));

  it('that is changed while we are connected: is told, and goes on when it is put back', () =>
    withServer(async (port) => {
      const { told, onStateChange } = listener();
      const store = await openOn(`redis://:${password}@127.0.0.1:${port}/0`, { onStateChange });
      const client = lookInto(`redis://:${password}@127.0.0.1:${port}/0`);
      await client.config('SET', 'requirepass', 'another');
      await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await until(() => told.includes('WRONGPASS'), 'the wrong password to be told');
      await client.config('SET', 'requirepass', password);
      await until(isBack(told), 'the store to be back');
      await store.set('key', 1);
      client.disconnect();
      await store.close();
    }));

  /** With all that an error carries along. */
  const describeWhole = (error: Error): string =>
    [
      String(error),
      error.stack,
      JSON.stringify(error),
      JSON.stringify(Object.getOwnPropertyDescriptors(error)),
      String(error.cause),
    ].join('\n');
});

describe('the lease of a Redis', () => {
  const redis = useRedis();
  const leases = createStoreLeases({
    openRedis: (options: RedisStoreOptions) => openRedisStore({ ...options, ...patient }),
    retryMs: 30,
    lingerMs: 20,
  });
  const open: StoreLease[] = [];
  const place = (url = redis.url(), keyPrefix = 'bitbot') => ({ address: parseRedisAddress(url), keyPrefix });

  function lease(encryptionKey = redisKey, at = place()): StoreLease {
    const one = leases.lease({ redis: at, encryptionKey });
    open.push(one);
    return one;
  }

  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.release()));
    await until(() => leases.findRedis(place()) === undefined, 'the stores to close');
  });

  /** Connections of ours, as the server counts them. */
  async function connections(): Promise<number> {
    const list = String(await redis.client().client('LIST'));
    return list.split('\n').filter((line) => line.includes('name=bitlane')).length;
  }

  it('is one connection for all who name the same address and prefix, and ends after the last', async () => {
    const [one, two] = [lease(), lease()];
    assert.equal(await one.source(), await two.source());
    assert.equal(await connections(), 1);
    const other = lease(redisKey, place(redis.url(), 'other'));
    assert.notEqual(await other.source(), await one.source());
    assert.equal(await connections(), 2);
    await Promise.all(open.splice(0).map((each) => each.release()));
    await until(async () => (await connections()) === 0, 'the connections to end');
    await assert.rejects(one.source(), { code: 'CANCELLED' });
  });

  it('refuses two keys for one place, and one that is too short', async () => {
    lease();
    assert.throws(() => lease('another key that is long enough'), { code: 'CONFIG_INVALID' });
    assert.throws(() => lease('short', place(redis.url(), 'other')), { code: 'CONFIG_INVALID' });
  });

  it('takes another key from the next deploy on', async () => {
    const before = lease();
    await (await before.source()).set('token', 'secret', { sealed: true });
    await before.release();
    const after = lease('another key that is long enough');
    const store = await after.source();
    await until(async () => {
      const probe = await openOn(redis.url(), { encryptionKey: 'another key that is long enough' });
      const token = await probe.get('token');
      await probe.close();
      return token === 'secret';
    }, 'the other key');
    assert.equal(await store.get('token'), 'secret');
  });

  const describeError = (error: Error): string => `${String(Reflect.get(error, 'code'))}: ${error.message}`;
  const isRed = (state = ''): boolean => state.startsWith('STORE_UNAVAILABLE:');
  const withoutRepeats = (all: readonly string[]): string[] =>
    all.filter((one, place) => one !== all[place - 1]);

  it('tells red and green by itself: not there at first, then there, gone, and back', async () => {
    const seen: string[] = [];
    await redis.server().kill9();
    const one = lease();
    one.onState(
      (told) => void seen.push(told.state === 'unavailable' ? describeError(told.error) : told.state),
    );
    await assert.rejects(one.source(), { code: 'STORE_UNAVAILABLE' });
    await redis.server().restart();
    await until(() => seen.at(-1) === 'ready', 'the store to be opened');
    await redis.server().kill9();
    await until(() => isRed(seen.at(-1)), 'the store to be red');
    await redis.server().restart();
    await until(() => seen.at(-1) === 'ready', 'the store to be green');
    const states = seen.map((state) => (isRed(state) ? 'red' : state));
    assert.deepEqual(withoutRepeats(states), ['opening', 'red', 'ready', 'red', 'ready']);
    // Another reason is news, as when a connection is lost and then refused; the same one is not.
    assert.deepEqual(withoutRepeats(seen), seen);
    assert.equal(await (await one.source()).claim('none', leasing), undefined);
  });
});
