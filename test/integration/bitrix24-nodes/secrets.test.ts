import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { inspect } from 'node:util';
import type { AuthServer, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { appNode, botFlow, botNode, endNode, portalNode } from './flow-parts';
import { botOn, useScene } from './scene';

const markers = {
  webhook: 'markerwebhooksecret7f3a',
  bot: 'MARKER-bot-token-7f3a',
  client: 'MARKER-client-secret-7f3a',
};

describe('marker secrets in every token field', function () {
  const scene = useScene({ logLevel: 'trace' });
  let portal: Portal;
  let appPortal: Portal;
  let auth: AuthServer;
  const secrets: string[] = Object.values(markers);

  before(async () => {
    portal = await scene.portal({ webhook: { secret: markers.webhook } });
    portal.addBot({ code: 'helper', botToken: markers.bot });
    secrets.push(portal.applicationToken(botOn(portal)));
    auth = await scene.authServer();
    auth.grants.onSecret((secret) => void secrets.push(secret));
    const installUrl = `${scene.red.url}/bitrix24/of-the-app`;
    appPortal = await scene.portal({
      authServer: auth,
      app: { clientId: 'local.markers', clientSecret: markers.client, installed: false, installUrl },
    });
    await scene.deploy(flow());
    await until(() => scene.watch.status('bot')?.endsWith('ready') ?? false, 'the bot of the webhook');
    await happenings();
  });

  const debug = {
    ...endNode('debug'),
    type: 'debug',
    active: true,
    tosidebar: true,
    console: true,
    tostatus: true,
    complete: 'true',
    targetType: 'full',
  };

  function flow(): object[] {
    const credentials = {
      webhookUrl: portal.webhookUrl,
      applicationToken: portal.applicationToken(botOn(portal)),
    };
    const withDebug = { wires: [['said', 'debug']] };
    const ofApp = [
      appNode({
        id: 'app-portal',
        path: 'of-the-app',
        authHosts: auth.host,
        credentials: { clientId: 'local.markers', clientSecret: markers.client },
      }),
      botNode(scene.red.url, { id: 'app-bot', portal: 'app-portal', code: 'app-helper', credentials: {} }),
      {
        ...endNode('app-in'),
        type: 'bitrix-in',
        portal: 'app-portal',
        bot: '',
        wires: [['think', 'debug'], ['debug']],
      },
    ];
    const bot = botNode(scene.red.url, { credentials: { botToken: markers.bot } });
    const own = botFlow(portalNode(portal, { credentials }), bot, { reply: withDebug });
    return [...own, ...ofApp, debug];
  }

  /** Good days and bad ones: portals that throw secrets back, break off, or answer nonsense. */
  async function happenings(): Promise<void> {
    const chat = portal.openChannel({ bots: [botOn(portal)] });
    const send = 'imbot.v2.Chat.Message.send';
    const faults = [
      { status: 400, error: 'BAD', error_description: `botToken ${markers.bot} at ${portal.webhookUrl}` },
      { status: 401, error: 'INVALID_CREDENTIALS', error_description: `secret=${markers.webhook}` },
      'html',
      'cut',
      'answer-lost',
    ] as const;
    await portal.clientSays(chat, 'well');
    await scene.heard('said', 1);
    for (const [place, fault] of faults.entries()) {
      portal.failNext({ method: send, with: fault });
      await portal.clientSays(chat, `badly ${place}`);
      await scene.heard('caught', place + 1);
    }
    await appPortal.install();
    await until(() => appPortal.state.bots.size === 1, 'the bot of the app');
    const ofApp = appPortal.openChannel({ bots: [botOn(appPortal, 'app-helper')] });
    await appPortal.clientSays(ofApp, 'app');
    await scene.heard('said', 2);
    appPortal.expireTokens();
    auth.failNext({
      method: 'token',
      with: { status: 400, error: 'invalid_grant', error_description: markers.client },
    });
    await appPortal.clientSays(ofApp, 'app without tokens');
    await scene.heard('caught', faults.length + 1);
    const wrong = portalNode(portal);
    portal.failNext({
      method: 'profile',
      with: { status: 401, error: 'INVALID', error_description: markers.webhook },
    });
    secrets.push(portal.webhookUrl);
    const answer = await scene.act('bitrix-portal', 'check', wrong);
    assert.ok(!answer.ok && !answer.text.includes(markers.webhook), answer.text);
  }

  function assertClean(shown: unknown): void {
    const text = inspect(shown, {
      depth: null,
      maxArrayLength: null,
      maxStringLength: null,
      breakLength: 200,
    });
    for (const secret of secrets) {
      assert.ok(!text.includes(secret), `${secret} is shown in …${around(text, secret)}…`);
    }
  }

  function around(text: string, secret: string): string {
    const place = text.indexOf(secret);
    return text.slice(Math.max(0, place - 200), place + 100);
  }

  it('are in no log entry', () => {
    assert.ok(scene.red.log.length > 5);
    assertClean(scene.red.log);
  });

  it('are in no status of a node', () => {
    assert.ok(scene.watch.statuses.length > 5);
    assertClean(scene.watch.statuses);
  });

  it('are in no message of a Catch node', () => {
    assert.ok(scene.watch.heard('caught').length >= 6);
    assertClean(scene.watch.heard('caught'));
  });

  it('are in nothing that the debug sidebar shows', () => {
    assert.ok(scene.watch.published.length > 1);
    assertClean(scene.watch.published);
  });

  it('are in no message of a flow', () => {
    assertClean(scene.watch.messages);
  });

  it('are in no message of a chat', () => {
    const chats = [portal, appPortal].flatMap((one) =>
      [...one.state.chats.values()].map((chat) => one.messages(chat)),
    );
    assert.ok(chats.flat().length > 6);
    assertClean(chats);
  });

  it('are in no file: neither flows nor credentials nor the store have them in clear text', () => {
    const { userDir } = scene.red;
    const files = readdirSync(userDir, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((file) => !relative(userDir, file).split(sep).includes('node_modules'));
    const names = files.map((file) => relative(userDir, file));
    assert.ok(
      names.includes('flows.json') && names.some((name) => name.startsWith(`bitlane${sep}`)),
      names.join(),
    );
    for (const file of files) assertClean([file, readFileSync(file, 'latin1')]);
  });
});
