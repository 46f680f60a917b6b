import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Redis from 'ioredis';
import { at } from '../../lib/core/fields';
import type { Portal } from '../../sandbox/bitrix24';
import { startRedis, type RedisServer } from '../support/redis';
import { until } from '../support/until';
import { botFlow, botNode, portalNode, type Changes } from './bitrix24-nodes/flow-parts';
import { answered, answersIn, botOn, say, useScene } from './bitrix24-nodes/scene';
import { lookInto, openOn } from './store/redis-bench';

const password = 'marker-redis-password-4711';
const encryptionKey = 'marker-encryption-key-7f3a';

describe('the store in Redis, in a real Node-RED', function () {
  const scene = useScene({ logLevel: 'trace' });
  let server: RedisServer;
  let client: Redis;
  let portal: Portal;

  before(async () => {
    server = await startRedis({ password });
    client = lookInto(server.url);
    portal = await scene.portal();
  });
  after(async () => {
    client.disconnect();
    await server.stop();
  });

  const storeNode = (changes: Changes = {}): object => ({
    ...{ id: 'store', type: 'bitlane-store', backend: 'redis', keyPrefix: 'bitbot' },
    credentials: { redisUrl: server.url, encryptionKey },
    ...changes,
  });
  const onCanvas = { z: 'tab', x: 100, y: 100 };
  /** The session is loaded before the bot thinks, which gives it an id and has it saved. */
  const flow = (...more: object[]): object[] => {
    const [tab, ...parts] = botFlow(portalNode(portal, { store: 'store' }), botNode(scene.red.url), {
      incoming: { wires: [['load'], ['others']] },
      func: 'msg.payload = `You wrote: ${msg.payload}`; msg.session.id = `conversation of ${msg.bitrix.dialogId}`; return msg;',
    });
    const session = { ...onCanvas, type: 'session-store', store: 'store' };
    const saving = parts.map((part) => (at(part, 'id') === 'think' ? { ...part, wires: [['save']] } : part));
    return [
      ...(tab ? [tab] : []),
      ...more,
      ...saving,
      { ...session, id: 'load', operation: 'load', wires: [['think'], []] },
      { ...session, id: 'save', operation: 'save', wires: [['reply'], []] },
    ];
  };

  async function converse(said = 'hello'): Promise<string> {
    const chat = portal.openChannel({ bots: [botOn(portal)] });
    await say(portal, chat, said);
    assert.deepEqual(await answered(portal, chat, 1), [`You wrote: ${said}`]);
    return portal.dialogId(chat);
  }

  const count = (look: () => Promise<number>, wanted: number, what: string): Promise<void> =>
    until(async () => (await look()) === wanted, `${what} to be ${wanted}`);

  const connections = async (): Promise<string[]> =>
    String(await client.client('LIST'))
      .split('\n')
      .filter((line) => line.includes('name=bitlane'))
      .map((line) => /\bid=(\d+)/.exec(line)?.[1] ?? '')
      .toSorted();

  it('keeps what bots and sessions need there, and nothing in the user folder', async () => {
    await scene.deployReady(flow(storeNode()));
    const dialog = await converse();
    const key = `bitbot:${portal.memberId}:${botOn(portal).id}:${dialog}`;
    assert.equal(await client.get(key), `conversation of ${dialog}`);
    const seconds = await client.ttl(key);
    assert.ok(seconds > 86_000 && seconds <= 86_400, `ttl is ${seconds}`);
    assert.deepEqual(await client.keys('bitbot:*'), [key]);
    assert.ok(!existsSync(join(scene.red.userDir, 'bitlane')));
    // What was in hand is done with.
    await count(async () => (await client.keys('{bitbot}:~:items:*')).length, 0, 'waiting events');
  });

  it('says in words what its settings may cost, and stays green', async () => {
    assert.match(scene.red.log.join('\n'), /keeps nothing on disk/);
    await until(() => /ready$/.test(scene.watch.status('store') ?? ''), 'the store to be ready');
  });

  it('keeps its connections through several deploys, whoever names it, and none when nobody does', async () => {
    const number = async (): Promise<number> => (await connections()).length;
    // Of the store itself; of those who tell that an event is there, which nobody may wait for long; and of the one who
    // waits to be told, which blocks.
    await count(number, 3, 'connections');
    const first = await connections();
    for (let deploy = 0; deploy < 4; deploy += 1) {
      await scene.deployReady(flow(storeNode(), storeNode({ id: 'again', name: `deploy ${deploy}` })));
      assert.deepEqual(await connections(), first);
    }
    await converse();
    assert.deepEqual(await connections(), first);
    await scene.deploy([]);
    await count(number, 0, 'connections');
    await scene.deployReady(flow(storeNode()));
    await converse();
  });

  it('is red while Redis is away, takes events all the same, and goes on by itself', async () => {
    const chat = portal.openChannel({ bots: [botOn(portal)] });
    await server.kill9();
    await until(() => /STORE_UNAVAILABLE$/.test(scene.watch.status('store') ?? ''), 'the store to be red');
    await say(portal, chat, 'is anybody there?');
    await server.restart();
    await until(() => /ready$/.test(scene.watch.status('store') ?? ''), 'the store to be green');
    await until(() => answersIn(portal, chat).length > 0, 'the answer to what waited');
    assert.deepEqual(answersIn(portal, chat), ['You wrote: is anybody there?']);
    await converse('back again');
  });

  describe('Check connection', () => {
    // As an editor does that is opened in this language.
    before(async () => {
      for (const catalogue of ['bitlane', 'node-red'])
        await fetch(`${scene.red.url}/locales/${catalogue}?lng=ru`);
    });

    const check = async (
      credentials: object,
      more: object = {},
      language = '',
    ): Promise<{ ok: boolean; message: string }> => {
      const form = {
        backend: 'redis',
        credentials: { encryptionKey, redisUrl: server.url, ...credentials },
        ...more,
      };
      const { ok, message, text } = await scene.act('bitlane-store', `check${language}`, form);
      assert.doesNotMatch(text, /marker-/);
      return { ok, message };
    };
    const address = (login = ''): string => `redis://${login}127.0.0.1:${server.port}`;

    it('tells of an open store, its server and what is to be done, in both languages', async () => {
      const { ok, message } = await check({});
      assert.equal(ok, true);
      for (const part of [
        /is open and can be written/,
        /values: \d/,
        /Redis \d+\.\d+\.\d+/,
        /appendonly: no/,
        /keeps nothing on disk/,
      ]) {
        assert.match(message, part);
      }
      assert.match(
        (await check({}, {}, '?lng=ru')).message,
        /открыто, запись возможна[\s\S]*ничего не сохраняет на диск/,
      );
    });

    it('tells of one that is not open, and leaves nothing behind', async () => {
      const before = await client.dbsize();
      const { ok, message } = await check({}, { keyPrefix: 'elsewhere' });
      assert.deepEqual(
        [ok, /A store can be kept in redis:\/\/127\.0\.0\.1:\d+\/0\./.test(message)],
        [true, true],
        message,
      );
      assert.equal(await client.dbsize(), before);
    });

    const troubles: [what: string, credentials: () => object, en: RegExp, ru: RegExp][] = [
      [
        'a wrong password',
        () => ({ redisUrl: address(':marker-wrong@') }),
        /does not take the user or the password.*WRONGPASS/,
        /не принимает пользователя или пароль.*WRONGPASS/,
      ],
      ['no password', () => ({ redisUrl: address() }), /password.*NOAUTH/, /пароль.*NOAUTH/],
      [
        'a server that is not there',
        () => ({ redisUrl: 'redis://:marker-x@127.0.0.1:1' }),
        /cannot be reached \(ECONNREFUSED\)/,
        /недоступен \(ECONNREFUSED\)/,
      ],
      [
        'another encryption key',
        () => ({ encryptionKey: 'marker-another-key-of-a-person' }),
        /is in use with another encryption key/,
        /с другим ключом шифрования/,
      ],
      [
        'no encryption key',
        () => ({ encryptionKey: '' }),
        /a key of your own, the same/,
        /ваш собственный ключ/,
      ],
      [
        'an address that is none',
        () => ({ redisUrl: 'marker-host:6379' }),
        /redis\+sentinel:/,
        /redis\+sentinel:/,
      ],
      ['no address', () => ({ redisUrl: '' }), /Redis address/, /Адрес Redis/],
    ];
    for (const [what, credentials, en, ru] of troubles) {
      it(`tells of ${what}, in both languages`, async () => {
        const told = await check(credentials());
        assert.equal(told.ok, false);
        assert.match(told.message, en);
        assert.match((await check(credentials(), {}, '?lng=ru')).message, ru);
      });
    }

    it('tells of a replica and of a full memory', async () => {
      await client.replicaof('127.0.0.1', 1);
      assert.match((await check({})).message, /is a replica/);
      await client.replicaof('NO', 'ONE');
      await client.config('SET', 'maxmemory', '1');
      assert.match((await check({})).message, /memory of .* is full/);
      await client.config('SET', 'maxmemory', '0');
      await until(() => /ready$/.test(scene.watch.status('store') ?? ''), 'the store to be green');
    });
  });

  describe('in the end', () => {
    it('is red with a sentence when the Redis is in use with another key, and harms nothing there', async () => {
      const other = await openOn(server.url, {
        keyPrefix: 'theirs',
        encryptionKey: 'the key of somebody else',
      });
      await other.append('q', 1);
      await scene.deploy([storeNode({ keyPrefix: 'theirs' })]);
      await until(() => /CONFIG_INVALID$/.test(scene.watch.status('store') ?? ''), 'the store to be red');
      assert.match(scene.red.log.join('\n'), /the key with which this Redis is in use already/);
      assert.equal((await other.claim('q', { owner: 'them', leaseMs: 1000 }))?.items[0].payload, 1);
      await other.close();
    });

    it('never shows the password or the key', () => {
      assert.doesNotMatch(scene.red.log.join('\n'), /marker-/);
    });
  });
});
