import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../support/free-port';
import { startRedis, type RedisServer } from '../../support/redis';
import { until } from '../../support/until';
import { lookInto } from '../store/redis-bench';
import { describeOutcome } from './trouble';
import { assertPromise, useTrouble } from './use-trouble';

describe('two Node-RED behind two sentinels, when the master dies', function () {
  const servers: RedisServer[] = [];
  const sentinels: ChildProcess[] = [];
  const ports: number[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'bitlane-sentinels-'));

  before(async () => {
    const args = ['--appendonly', 'yes', '--repl-diskless-sync-delay', '0'];
    const [master, copy] = [await startRedis({ args }), await startRedis({ args })];
    servers.push(master, copy);
    const replica = lookInto(copy.url);
    await replica.replicaof('127.0.0.1', master.port);
    await untilSaid(copy.url, ['INFO', 'replication'], /master_link_status:up/);
    replica.disconnect();
    for (const place of [0, 1]) ports.push(await startSentinel(master, place));
    for (const port of ports) {
      const url = `redis://127.0.0.1:${port}`;
      await untilSaid(url, ['SENTINEL', 'MASTER', 'bots'], /"num-slaves","1","num-other-sentinels","1"/);
    }
  });
  const live = useTrouble(() => {
    const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
    return `redis+sentinel://${hosts}/bots?db=0`;
  });
  after(async () => {
    for (const sentinel of sentinels) {
      const ended = once(sentinel, 'exit');
      if (sentinel.kill()) await ended;
    }
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  async function startSentinel(master: RedisServer, place: number): Promise<number> {
    const port = await findFreePort();
    const file = join(folder, `sentinel-${place}.conf`);
    const lines = [
      ...[`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`],
      `sentinel monitor bots 127.0.0.1 ${master.port} 2`,
      'sentinel down-after-milliseconds bots 500',
      'sentinel failover-timeout bots 3000',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    sentinels.push(spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' }));
    return port;
  }

  async function untilSaid(
    url: string,
    [command, ...args]: [string, ...string[]],
    wanted: RegExp,
  ): Promise<void> {
    const client = lookInto(url);
    const said = async (): Promise<string> => JSON.stringify(await client.call(command, ...args));
    await until(async () => wanted.test(await said()), `${command} to say ${String(wanted)}`).finally(() =>
      client.disconnect(),
    );
  }

  it('go on with its successor: nothing is lost or out of order', async () => {
    const [master, copy] = servers;
    assert.ok(master && copy);
    const begin = (): Promise<void> => master.kill9();
    const end = (): Promise<void> => untilSaid(copy.url, ['INFO', 'replication'], /role:master/);
    const outcome = await live({ name: 'master killed, sentinels', begin, end, lastsMs: 0 });
    assertPromise(outcome);
    assert.ok(outcome.meanwhile.length > 0, describeOutcome(outcome));
  });
});
