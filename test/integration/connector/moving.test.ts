import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entriesAt, textAt } from '../../../lib/core/fields';
import { openEmbeddedStore } from '../../../lib/store/embedded-store';
import { diskFiles } from '../../../lib/store/files';
import { keyFileBeside, settleKeys } from '../../../lib/store/key-file';
import { root } from '../../../scripts/pack.cjs';
import type { Bot, Chat } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { storesClosed } from '../../support/stores-closed';
import { botOn } from '../bitrix24-nodes/scene';
import { botNodes, useConnector, type Changes } from './connector-scene';

const oldApp = { clientId: 'local.of-bitbot', clientSecret: 'secret-of-the-app-of-bitbot' };

/** The flow that the page tells to import, from the page itself. */
function movingFlow(language: '' | '.ru', changes: Changes = {}): object[] {
  const page = readFileSync(join(root, `docs/bitbot${language}.md`), 'utf8');
  const [, block = ''] = /```json\n([^]*?)```/.exec(page) ?? [];
  const flow: unknown = JSON.parse(block);
  return entriesAt({ flow }, 'flow')
    .filter((node): node is object => typeof node === 'object')
    .map((node) => ({ ...node, ...changes[textAt(node, 'id') ?? ''] }));
}

describe('conversations that BitBot has begun, in a real Node-RED', function () {
  const connector = useConnector();
  const { scene, start, dialog, ask } = connector;

  /** As BitBot asks a chatflow. */
  async function begunInDify(chat: Chat, query: string): Promise<string> {
    const answer = await fetch(`${connector.dify.baseUrl}/chat-messages`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${connector.dify.app('chatflow').key}`,
      },
      body: JSON.stringify({
        query,
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

  const keyOf = (bot: { id: number }, chat: Chat): string =>
    `bitbot:${connector.portal.memberId}:${bot.id}:${connector.portal.dialogId(chat)}`;

  async function assertGoesOn(chat: Chat, conversation: string): Promise<void> {
    const [answer = ''] = await ask(chat, 'And now?');
    assert.match(answer, /I remember 1 earlier message/);
    const call = connector.dify.callsOf('run').at(-1) ?? assert.fail('Dify was not asked');
    assert.equal(textAt(call, 'body', 'conversation_id'), conversation);
    assert.equal(connector.dify.messages.at(-1)?.conversation?.id, conversation);
  }

  it('go on when the store has them under the keys of BitBot', async () => {
    await start();
    const [chat, guide] = [dialog('helper'), dialog('guide')];
    const conversation = await begunInDify(chat, 'Asked of BitBot');
    const session = await begunInTypebot();
    await scene.deploy([]);
    await storesClosed(scene.red.userDir);
    const folder = join(scene.red.userDir, 'bitlane');
    const store = await openEmbeddedStore({
      folder,
      key: () => settleKeys(keyFileBeside(folder, diskFiles), undefined),
    });
    const ttlMs = 60_000;
    await store.set(keyOf(botOn(connector.portal, 'helper'), chat), conversation, { ttlMs });
    await store.set(keyOf(botOn(connector.portal, 'guide'), guide), session, { ttlMs });
    await store.close();

    await start();
    await assertGoesOn(chat, conversation);
    assert.match((await ask(guide, 'A complaint'))[0] ?? '', /Please describe it/);
    assert.equal(connector.typebot.sessionOf('sandbox-bot').id, session);
  });

  for (const language of ['', '.ru'] as const) {
    it(`go on when the flow of docs/bitbot${language}.md has copied them, also for a bot with a new number`, async () => {
      await start();
      const [chat, moved] = [dialog('helper'), dialog('helper')];
      const bot = botOn(connector.portal, 'helper');
      const before = { id: 4711 };
      const [one, two] = [await begunInDify(chat, 'One'), await begunInDify(moved, 'Two')];
      const file = join(scene.red.userDir, 'bitbot-sessions.txt');
      const lines = [
        `${keyOf(bot, chat)} ${one}`,
        'bitbot:a-list-that-is-no-session WRONGTYPE Operation against a key',
        `${keyOf(before, moved)} ${two}`,
      ];
      writeFileSync(file, `${lines.join('\r\n')}\r\n`);
      const func = textAt(
        movingFlow(language).find((node) => textAt(node, 'id') === 'bitlane-move-line'),
        'func',
      );
      const numbers = `const newNumbers = { ${before.id}: ${bot.id} };`;
      const changes = {
        'bitlane-move-file': { filename: file },
        'bitlane-move-line': { func: func?.replace('const newNumbers = {};', numbers) },
      };
      await scene.deployReady([...connector.flow(), ...movingFlow(language, changes)], botNodes);
      scene.send('bitlane-move-start', {});
      const kept = await scene.heard('bitlane-move-done', 2);
      assert.deepEqual(
        kept.map((message) => textAt(message, 'session', 'key')),
        [keyOf(bot, chat), keyOf(bot, moved)],
      );
      await assertGoesOn(chat, one);
      await assertGoesOn(moved, two);
      assert.equal(scene.watch.heard('bitlane-move-done').length, 2);
    });
  }
});

describe('bots that BitBot has registered through its app, in a real Node-RED', function () {
  const hosts: string[] = [];
  const connector = useConnector(async (scene) => {
    const authServer = await scene.authServer();
    hosts.splice(0, hosts.length, authServer.host);
    return { authServer, app: { ...oldApp, installed: true } };
  });
  const { scene } = connector;

  for (const api of ['v1', 'v2'] as const) {
    it(`keep their number and their dialogs, ${api}`, async () => {
      const bitbot = 'http://127.0.0.1:9/bitbot';
      const old = (code: string): Bot =>
        connector.portal.addBot({ code, api, byApp: true, eventMode: 'webhook', webhookUrl: bitbot });
      const bots = [old('bitbot_12'), old('bitbot_13'), old('bitbot_14')];
      const numbers = bots.map(({ id }) => id);
      const chat = connector.portal.openChannel({ bots: bots.slice(0, 1) });
      // In the order of the switch.
      const rules = ['bitbot_12', 'bitbot_14', 'bitbot_13'].map((v) => ({ t: 'eq', v, vt: 'str' }));
      const codes = {
        'bitlane-bot': 'bitbot_12',
        'bitlane-bot-worker': 'bitbot_13',
        'bitlane-bot-guide': 'bitbot_14',
      };
      const changes: Changes = {
        'bitrix-bot': { credentials: {}, apiVersion: api },
        'bitlane-portal': { authType: 'app', authHosts: hosts, credentials: oldApp },
        'bitlane-connector-which': { rules },
        ...Object.fromEntries(Object.entries(codes).map(([id, code]) => [id, { code }])),
      };
      await scene.deploy(connector.flow(changes));
      const isOurs = ({ handlerUrls }: Bot): boolean =>
        [
          ...handlerUrls,
          ...[...connector.portal.state.v1Handlers.values()].flatMap((of) => [...of.values()]),
        ].includes(scene.eventsUrl);
      assert.ok(!bots.some(isOurs), 'a deploy alone takes nothing over');
      await connector.portal.install({ handlerUrl: scene.eventsUrl });
      await until(() => bots.every(isOurs), 'the bots to be taken over');
      await connector.portal.settled();
      assert.deepEqual([...connector.portal.state.bots.keys()], numbers);
      const { deliveries } = await connector.portal.clientSays(chat, 'Good morning');
      const statuses = deliveries.map(({ status }) => status);
      assert.ok(statuses.includes(200));
      // In the newer generation an app with several bots keeps the old address as well; nobody is there here.
      assert.equal(statuses.length, api === 'v1' ? 1 : 2);
      assert.match((await connector.answered(chat, 1))[0] ?? '', /You said: \[b\]Good morning/);
    });
  }
});
