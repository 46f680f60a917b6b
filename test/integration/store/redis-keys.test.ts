import assert from 'node:assert/strict';
import type { Store } from '../../../lib/store/store';
import { all } from '../../support/store-suite';
import { drain, mustClaim } from '../../support/store-suite-queues';
import { useRedis } from './redis-bench';

const session = 'bitbot:member-1:7:chat42';
const secret = 'marker-of-a-secret-4711';

describe('what others see of the store in Redis', () => {
  const redis = useRedis();
  const plain = (): Promise<string[]> => redis.client().keys('bitbot:*');

  it('is a session as BitBot has it: a plain text with a time to live', async () => {
    const store = await redis.open();
    for (const id of ['0e9f7a3c-1111-4222-8333-444455556666', '12345', '0', 'null', '{"a":1}', '"quoted"']) {
      await store.set(session, id, { ttlMs: 86_400_000 });
      assert.equal(await redis.client().get(session), id);
      const left = await redis.client().pttl(session);
      assert.ok(left > 86_300_000 && left <= 86_400_000, `ttl is ${left}`);
      assert.equal(await store.get(session), id);
    }
  });

  it('can be written by BitBot, and is read, touched, compared, found and deleted by us', async () => {
    const store = await redis.open();
    await redis.client().set(session, '4711', 'EX', 1000);
    assert.equal(await store.get(session), '4711');
    assert.equal(await store.touch(session, 2_000_000), true);
    assert.ok((await redis.client().ttl(session)) > 1000);
    const [entry, ...others] = await all(store.scan('bitbot:member-1:'));
    assert.deepEqual(
      [entry?.key, entry?.value, entry?.unreadable, others.length],
      [session, '4711', false, 0],
    );
    assert.ok((entry?.ttlMs ?? 0) > 1_000_000);
    assert.equal(await store.compareAndSet(session, '4711', '4712', { ttlMs: 1000 }), true);
    assert.equal(await redis.client().get(session), '4712');
    assert.equal(await store.delete(session), true);
    assert.equal(await redis.client().exists(session), 0);
  });

  it('is no session where it is anything else: nothing of it is found by bitbot:*', async () => {
    const store = await redis.open();
    await store.set(session, 'id');
    await store.set(`session-started:${session}`, '2026-01-01');
    await store.set(`session-state:${session}`, { a: 1 }, { sealed: true });
    await store.append('inbox:member-1:7:chat42', { text: 1 }, { once: { id: 'event:1', ttlMs: 1000 } });
    await mustClaim(store, 'inbox:member-1:7:chat42');
    assert.deepEqual(await plain(), [session]);
    const foreign = (await redis.client().keys('*')).filter(
      (key) => key !== session && !key.startsWith('{bitbot}:~:'),
    );
    assert.deepEqual(foreign, []);
  });

  it('holds nothing that is sealed in clear, nor what waits, nor the key', async () => {
    const store = await redis.open();
    await store.set('tokens', { access: secret }, { sealed: true });
    await store.set(session, { access: secret }, { sealed: true });
    await store.append('q', { text: secret });
    await store.append('dead', { text: secret });
    await store.bury(await mustClaim(store, 'dead'), { reason: 'why' });
    assert.ok(!(await everything()).includes(secret));
    assert.deepEqual(await store.get(session), { access: secret });
  });

  it('leaves out what somebody else keeps below the prefix in another form', async () => {
    const store = await redis.open();
    await redis.client().hset('bitbot:settings', 'a', '1');
    await redis.client().rpush('bitbot:list', 'a');
    await store.set(session, 'id');
    assert.deepEqual(
      (await all(store.scan(''))).map(({ key }) => key),
      [session],
    );
    await assert.rejects(store.get('bitbot:settings'), { code: 'STORE_UNAVAILABLE', sent: false });
    assert.equal((await store.stats()).state, 'ready');
  });

  it('tells texts with our marks from what they mean', async () => {
    const store = await redis.open();
    for (const text of ['~', '~j{"a":1}', '~s', `~s${'A'.repeat(60)}`, '~x', 'half \ud83d']) {
      await store.set(session, text);
      assert.equal(await store.get(session), text);
    }
    await redis.client().set(session, '~jno JSON');
    assert.equal(await store.get(session), '~jno JSON');
  });

  it('is no key of a queue that was worked off, and a time to live on all that may be forgotten', async () => {
    const store = await redis.open();
    for (const name of ['a', 'b']) {
      await store.append(name, 1, { once: { id: `event:${name}`, ttlMs: 60_000 } });
      await drain(store, name);
    }
    const kept = await redis.client().keys('{bitbot}:~:*');
    const lasting: string[] = [];
    for (const key of kept) if ((await redis.client().ttl(key)) < 0) lasting.push(key);
    const known = ['attendance', 'beats', 'keys', 'moved'].map((name) => `{bitbot}:~:${name}`);
    assert.deepEqual(lasting.toSorted(), known);
  });

  it('keeps two installations with two prefixes apart', async () => {
    const one = await redis.open();
    const two = await redis.open({ keyPrefix: 'other' });
    await one.set('key', 1);
    await one.append('q', 1);
    assert.equal(await two.get('key'), undefined);
    assert.deepEqual(await all(two.scan('')), []);
    assert.deepEqual(await all(two.queues()), []);
    assert.equal(await countLetters(two), 0);
  });

  async function countLetters(store: Store): Promise<number> {
    return (await all(store.deadLetters())).length;
  }

  async function everything(): Promise<string> {
    const dumps: string[] = [];
    for (const key of await redis.client().keys('*')) {
      const dump = await redis.client().dumpBuffer(key);
      dumps.push(key, dump?.toString('latin1') ?? '', JSON.stringify(await readAny(key)));
    }
    return dumps.join('\n');
  }

  /** DUMP may pack texts; this one shows them. */
  async function readAny(key: string): Promise<unknown> {
    switch (await redis.client().type(key)) {
      case 'string':
        return redis.client().get(key);
      case 'hash':
        return redis.client().hgetall(key);
      case 'list':
        return redis.client().lrange(key, 0, -1);
      default:
        return redis.client().zrange(key, '0', '-1');
    }
  }
});
