import assert from 'node:assert/strict';
import type Redis from 'ioredis';
import { textAt } from '../../../lib/core/fields';
import type { Chat } from '../../../sandbox/bitrix24';
import { startRedis, type RedisServer } from '../../support/redis';
import { lookInto } from '../store/redis-bench';
import { botOn } from '../bitrix24-nodes/scene';
import { useConnector, type Changes } from './connector-scene';

const dayInSeconds = 86_400;

describe("conversations in BitBot's own Redis, in a real Node-RED", function () {
  const connector = useConnector();
  const { start, dialog, ask, flowsEnded } = connector;
  let server: RedisServer;
  let bitbot: Redis;

  before(async () => {
    server = await startRedis();
    bitbot = lookInto(server.url);
  });
  after(async () => {
    bitbot.disconnect();
    await server.stop();
  });

  /** The shipped flow, with the one node changed that says where it keeps things. */
  const onRedis = (): Changes => ({
    'bitlane-storage': {
      backend: 'redis',
      credentials: { redisUrl: server.url, encryptionKey: 'a key that a person has chosen' },
    },
  });

  const keyOf = (code: 'helper' | 'guide', chat: Chat): string =>
    `bitbot:${connector.portal.memberId}:${botOn(connector.portal, code).id}:${connector.portal.dialogId(chat)}`;

  /** As BitBot asks a chatflow. */
  async function begunInDify(chat: Chat): Promise<string> {
    const answer = await fetch(`${connector.dify.baseUrl}/chat-messages`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${connector.dify.app('chatflow').key}`,
      },
      body: JSON.stringify({
        query: 'Asked of BitBot',
        inputs: {},
        user: connector.portal.dialogId(chat),
        response_mode: 'blocking',
      }),
    });
    return textAt(await answer.json(), 'conversation_id') ?? assert.fail('no conversation');
  }

  /** As BitBot starts a Typebot. */
  async function begunInTypebot(): Promise<string> {
    const answer = await fetch(connector.typebot.startUrl('sandbox-bot'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        prefilledVariables: { FIRST_NAME: 'Ann' },
        textBubbleContentFormat: 'richText',
      }),
    });
    return textAt(await answer.json(), 'sessionId') ?? assert.fail('no session');
  }

  it('go on without being copied, and stay readable for BitBot', async () => {
    await start(onRedis());
    const [chat, guide] = [dialog('helper'), dialog('guide')];
    const conversation = await begunInDify(chat);
    const session = await begunInTypebot();
    await bitbot.setex(keyOf('helper', chat), dayInSeconds / 2, conversation);
    await bitbot.setex(keyOf('guide', guide), dayInSeconds / 2, session);

    const [answer = ''] = await ask(chat, 'And now?');
    assert.match(answer, /I remember 1 earlier message/);
    const call = connector.dify.callsOf('run').at(-1) ?? assert.fail('Dify was not asked');
    assert.equal(textAt(call, 'body', 'conversation_id'), conversation);
    assert.match((await ask(guide, 'A complaint'))[0] ?? '', /Please describe it/);
    assert.equal(connector.typebot.sessionOf('sandbox-bot').id, session);

    await flowsEnded();
    for (const [key, id] of [
      [keyOf('helper', chat), conversation],
      [keyOf('guide', guide), session],
    ] as const) {
      assert.equal(await bitbot.get(key), id);
      const left = await bitbot.ttl(key);
      // Counted anew from the last message.
      assert.ok(left > dayInSeconds - 100 && left <= dayInSeconds, `ttl of ${key} is ${left}`);
    }
    const found = await bitbot.keys('bitbot:*');
    assert.deepEqual(found.sort(), [keyOf('guide', guide), keyOf('helper', chat)].sort());
  });

  it('that begin here are what BitBot would have written', async () => {
    await start(onRedis());
    const chat = dialog('helper');
    await ask(chat, 'Good morning');
    await flowsEnded();
    const id = await bitbot.get(keyOf('helper', chat));
    assert.equal(id, connector.dify.messages.at(-1)?.conversation?.id);
  });
});
