import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../support/free-port';
import type { Store } from '../../../lib/store/store';
import { startRedis, type RedisServer } from '../../support/redis';
import { all } from '../../support/store-suite';
import { drain, mustClaim } from '../../support/store-suite-queues';
import { until } from '../../support/until';
import { instanceOn, quickTimes, readerThat, say } from '../wakes/inbox-bench';
import { lookInto, openOn } from './redis-bench';

const session = 'bitbot:member-1:7:chat42';

/** Wakes whoever works on a queue: by connections of its own. */
async function handsOutEvents(
  store: Store,
  texts: string[],
): Promise<{ goesOn: (text: string) => Promise<void> }> {
  const heard: string[] = [];
  const reader = readerThat(({ text }) => {
    heard.push(text);
    return { how: 'finished' };
  });
  const inbox = instanceOn(store, reader);
  const goesOn = async (text: string): Promise<void> => {
    await say(inbox, 'chat1', text);
    await until(() => heard.includes(text), `"${text}" to be handed out`);
  };
  for (const text of texts) await goesOn(text);
  return { goesOn };
}

describe('a store in a cluster', function () {
  const servers: RedisServer[] = [];

  before(async () => {
    // The bus between them has a port of its own; they are told of each other below.
    for (const range of ['0 8191', '8192 16383']) {
      const bus = await findFreePort();
      const server = await startRedis({
        args: [
          '--cluster-enabled',
          'yes',
          '--cluster-port',
          String(bus),
          '--cluster-require-full-coverage',
          'no',
        ],
      });
      servers.push(server);
      const client = lookInto(server.url);
      await client.call('CLUSTER', 'ADDSLOTSRANGE', ...range.split(' '));
      const [first] = servers;
      if (first && first !== server)
        await client.call('CLUSTER', 'MEET', '127.0.0.1', first.port, await busOf(first));
      client.disconnect();
    }
    await Promise.all(servers.map((server) => knowsAll(server)));
  });
  after(() => Promise.all(servers.map((server) => server.stop())));

  async function busOf(server: RedisServer): Promise<string> {
    const client = lookInto(server.url);
    const nodes = String(await client.call('CLUSTER', 'NODES'));
    client.disconnect();
    return /@(\d+)/.exec(nodes)?.[1] ?? assert.fail('no bus');
  }

  async function knowsAll(server: RedisServer): Promise<void> {
    const client = lookInto(server.url);
    await until(async () => {
      const slots = String(await client.call('CLUSTER', 'INFO'));
      return /cluster_state:ok/.test(slots) && /cluster_slots_ok:16384/.test(slots);
    }, 'the cluster to be one');
    client.disconnect();
  }

  it('keeps sessions wherever they belong, and all else in one place, so that each step is one', async () => {
    const hosts = servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const store = await openOn(`redis+cluster://${hosts}`, { wakeTimes: quickTimes });
    try {
      const sessions = Array.from({ length: 40 }, (_, n) => `${session}${n}`);
      for (const key of sessions) await store.set(key, `id of ${key}`, { ttlMs: 60_000 });
      assert.equal(await store.get(session + '7'), `id of ${session}7`);
      assert.equal(await store.compareAndSet(session + '7', `id of ${session}7`, 'next'), true);
      await store.set('tokens', { a: 1 }, { sealed: true });
      assert.equal((await all(store.scan('bitbot:'))).length, 40);
      assert.equal((await all(store.scan(''))).length, 41);
      const shares: number[] = [];
      for (const server of servers) {
        const client = lookInto(server.url);
        shares.push((await client.keys('bitbot:*')).length);
        client.disconnect();
      }
      assert.ok(
        shares.every((share) => share > 0),
        `shares of ${shares.join(', ')}`,
      );
      for (const n of [1, 2, 3]) {
        await store.append('q', n, { once: { id: `event:${n}`, ttlMs: 1000 }, durable: true });
      }
      await store.append('dead', 0);
      await store.bury(await mustClaim(store, 'dead'), { reason: 'why', keepMs: 60_000 });
      assert.deepEqual(await drain(store, 'q'), [1, 2, 3]);
      assert.equal((await all(store.deadLetters())).length, 1);
      const { state, liveKeys, dead } = await store.stats();
      assert.deepEqual([state, liveKeys, dead], ['ready', 41, 1]);
      await handsOutEvents(store, ['one', 'two']);
    } finally {
      await store.close();
    }
  });
});

describe('a store behind sentinels', function () {
  const servers: RedisServer[] = [];
  const sentinels: ChildProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'bitlane-sentinel-'));

  after(async () => {
    for (const sentinel of sentinels) {
      const ended = once(sentinel, 'exit');
      if (sentinel.kill()) await ended;
    }
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  async function startSentinel(master: RedisServer): Promise<number> {
    const port = await findFreePort();
    const file = join(folder, `sentinel-${port}.conf`);
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor bots 127.0.0.1 ${master.port} 1`,
      // None is taken for dead before it is: a busy machine may keep it silent for long.
      'sentinel down-after-milliseconds bots 3600000',
      'sentinel failover-timeout bots 2000',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    sentinels.push(spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' }));
    const client = lookInto(`redis://127.0.0.1:${port}`);
    const known = async (): Promise<string> =>
      JSON.stringify(await client.call('SENTINEL', 'MASTER', 'bots'));
    await until(async () => /"num-slaves"[,:]"1"/.test(await known()), 'the sentinel to know both servers');
    client.disconnect();
    return port;
  }

  async function noticeDeaths(sentinel: number): Promise<void> {
    const client = lookInto(`redis://127.0.0.1:${sentinel}`);
    await client.call('SENTINEL', 'SET', 'bots', 'down-after-milliseconds', '300');
    client.disconnect();
  }

  it('follows the master to the other server when the first one dies', async () => {
    const args = ['--repl-diskless-sync-delay', '0'];
    const [first, second] = [await startRedis({ args }), await startRedis({ args })];
    servers.push(first, second);
    const replica = lookInto(second.url);
    await replica.replicaof('127.0.0.1', first.port);
    const port = await startSentinel(first);
    const told: string[] = [];
    const store = await openOn(`redis+sentinel://127.0.0.1:${port}/bots?db=0`, {
      wakeTimes: quickTimes,
      onStateChange: (reason) => void told.push(reason ?? 'ready'),
    });
    try {
      await store.set('key', 'kept', { ttlMs: 600_000 });
      await store.append('q', 'kept');
      const inbox = await handsOutEvents(store, ['before']);
      await until(async () => (await replica.exists('{bitbot}:~:items:q')) === 1, 'the replica to have it');
      await first.kill9();
      await noticeDeaths(port);
      await until(() => told.at(-1) === 'ready', 'the store to be back');
      assert.equal(await store.get('key'), 'kept');
      assert.deepEqual(await drain(store, 'q'), ['kept']);
      await inbox.goesOn('after');
      assert.equal(await replica.exists('{bitbot}:~:items:q'), 0);
    } finally {
      replica.disconnect();
      await store.close();
    }
  });
});
