import assert from 'node:assert/strict';
import { at, entriesAt, idAt, textAt } from '../../../lib/core/fields';
import type { Portal } from '../../../sandbox/bitrix24';
import { BOT_TOKEN, botFlow, botNode, portalNode, type Changes } from './flow-parts';
import { botOn, useScene, writesSince } from './scene';

const help = {
  command: 'help',
  title: { en: 'Help', ru: 'Помощь' },
  params: { en: 'topic' },
  extranet: true,
};
const stop = { command: 'stop', title: { en: 'Stop' }, params: {}, extranet: true };

describe('bots in a real Node-RED', () => {
  const scene = useScene();

  describe('a bot kept by deploys alone', function () {
    let portal: Portal;

    before(async () => {
      portal = await scene.portal();
    });

    const deploy = (changes: Changes = {}): Promise<void> =>
      scene.deployReady(
        botFlow(portalNode(portal), botNode(scene.red.url, { commands: [help], ...changes })),
      );

    const commands = (): { name: string; title: unknown; params: unknown }[] =>
      [...portal.state.commands.values()].map(({ name, title, params }) => ({ name, title, params }));

    const nameOf = (code: string): string | undefined => portal.state.users.get(botOn(portal, code).id)?.name;

    it('is registered with its commands and their titles when the portal does not know it', async () => {
      await deploy();
      const bot = botOn(portal);
      assert.deepEqual(bot.handlerUrls, [scene.eventsUrl]);
      assert.equal(nameOf('helper'), 'Helper');
      assert.equal(bot.supportsOpenChannels, true);
      assert.deepEqual(commands(), [{ name: 'help', title: help.title, params: help.params }]);
    });

    it('is not written to by a second deploy that changes nothing', async () => {
      const start = portal.calls.length;
      await deploy();
      assert.ok(portal.calls.length > start, 'the deploy did not look at the portal');
      assert.deepEqual(writesSince(portal, start), []);
    });

    it('is renamed by a deploy, and stays the same bot', async () => {
      const { id } = botOn(portal);
      const start = portal.calls.length;
      await deploy({ botName: 'Новое имя' });
      assert.equal(nameOf('helper'), 'Новое имя');
      assert.equal(botOn(portal).id, id);
      assert.deepEqual(writesSince(portal, start), ['imbot.v2.Bot.update']);
    });

    it('gets a command that was added to the table, and loses one that left it', async () => {
      await deploy({ commands: [help, stop] });
      assert.deepEqual(
        commands().map(({ name }) => name),
        ['help', 'stop'],
      );
      await deploy({ commands: [stop] });
      assert.deepEqual(
        commands().map(({ name }) => name),
        ['stop'],
      );
      await deploy({ commands: [{ ...stop, title: { en: 'Halt' } }] });
      assert.deepEqual(commands()[0]?.title, { en: 'Halt' });
    });

    it('is registered with the older API as well, with a handler for each of its events', async () => {
      const old = {
        code: 'elder',
        apiVersion: 'v1',
        botName: 'Elder',
        credentials: { botToken: 'elder-id' },
      };
      await deploy(old);
      assert.equal(botOn(portal, 'elder').api, 'v1');
      const handlers = portal.state.v1Handlers.get('token:elder-id');
      assert.equal(handlers?.get('ONIMBOTMESSAGEADD'), scene.eventsUrl);
      const start = portal.calls.length;
      await deploy(old);
      assert.deepEqual(writesSince(portal, start), []);
    });

    it('stays on the portal when its node is deleted', async () => {
      const start = portal.calls.length;
      await scene.deploy([{ id: 'tab', type: 'tab', label: 'nothing' }]);
      assert.deepEqual(writesSince(portal, start), []);
      assert.equal(botOn(portal).code, 'helper');
      assert.equal(botOn(portal, 'elder').code, 'elder');
    });

    it('is refused without its token, in words and without a call', async () => {
      const start = portal.calls.length;
      const flow = botFlow(portalNode(portal), botNode(scene.red.url, { credentials: {} }));
      await scene.deploy(flow);
      assert.match(scene.watch.status('bot') ?? '', /CONFIG_EMPTY$/);
      assert.match(scene.watch.status('in') ?? '', /CONFIG_UNUSABLE$/);
      assert.match(scene.red.log.join('\n'), /Fill in the field “Bot token”/);
      assert.equal(portal.calls.length, start);
    });
  });

  describe('the buttons in the dialogs of portal and bot', function () {
    let portal: Portal;

    before(async () => {
      portal = await scene.portal({ webhook: { scopes: ['imbot', 'imopenlines', 'user'] } });
      portal.addBot({ code: 'stranger', name: 'Stranger', botToken: 'of somebody else' });
      await scene.deployReady(botFlow(portalNode(portal), botNode(scene.red.url, { commands: [help] })));
    });

    const botForm = (changes: Changes = {}): object => ({
      ...botNode(scene.red.url),
      commands: [],
      credentials: { botToken: '__PWRD__' },
      ...changes,
    });

    it('portal check: says who is connected, and names a missing scope with the node that needs it', async () => {
      const form = { authType: 'webhook', credentials: { webhookUrl: portal.webhookUrl } };
      const { ok, message } = await scene.act('bitrix-portal', 'check', form);
      assert.equal(ok, true, message);
      assert.match(message, /Connected to 127\.0\.0\.1:\d+ as a portal administrator/);
      assert.match(message, /imbot, imopenlines, user/);
      assert.match(message, /Missing: .*disk \(bitrix-file\).*telephony \(voximplant-calls\)/);
    });

    it('portal check: an unchanged password is the stored one', async () => {
      const form = { id: 'portal', authType: 'webhook', credentials: { webhookUrl: '__PWRD__' } };
      const { ok, message } = await scene.act('bitrix-portal', 'check', form);
      assert.equal(ok, true, message);
    });

    it('portal check: a wrong secret gives no, and a sentence without the secret', async () => {
      const webhookUrl = `${portal.origin}/rest/1/marker0wrong0secret/`;
      const answer = await scene.act('bitrix-portal', 'check', { credentials: { webhookUrl } });
      assert.equal(answer.ok, false);
      assert.match(answer.message, /Bitrix24 does not accept the key/);
      assert.ok(!answer.text.includes('marker0wrong0secret'));
    });

    it('portal check: an empty address and a public one by http are explained', async () => {
      const empty = await scene.act('bitrix-portal', 'check', {});
      assert.deepEqual([empty.ok, empty.message], [false, 'Fill in the field “Webhook address”.']);
      const open = { credentials: { webhookUrl: 'http://portal.example.com/rest/1/marker0open/' } };
      const plain = await scene.act('bitrix-portal', 'check', open);
      assert.equal(plain.ok, false);
      assert.ok(!plain.text.includes('marker0open'));
    });

    it('a form of another site is not taken', async () => {
      const response = await fetch(`${scene.red.url}/bitlane/bitrix-portal/check`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'authType=webhook',
      });
      assert.equal(response.status, 415);
    });

    it('bot check: finds ours by the stored token, and says when there is none yet', async () => {
      const found = await scene.act('bitrix-bot', 'check', botForm());
      assert.equal(found.ok, true, found.message);
      assert.match(found.message, /The bot helper is on .*"Helper", id \d+/);
      const missing = await scene.act('bitrix-bot', 'check', botForm({ code: 'nobody' }));
      assert.match(missing.message, /There is no bot nobody of ours/);
    });

    it('bot list: shows every bot of the portal, and the commands of ours', async () => {
      const { ok, message, raw } = await scene.act('bitrix-bot', 'list', botForm());
      assert.equal(ok, true, message);
      const cards = entriesAt(raw, 'details');
      const ours = cards.find((card) => textAt(card, 'code') === 'helper');
      assert.equal(idAt(ours, 'id'), botOn(portal).id);
      assert.equal(at(cards.find((card) => textAt(card, 'code') === 'stranger') ?? {}, 'isOwn'), false);
      assert.match(JSON.stringify(at(ours, 'commands')), /help/);
    });

    it('bot remove: takes the bot off the portal, and refuses one of somebody else', async () => {
      const foreign = botOn(portal, 'stranger').id;
      const refused = await scene.act('bitrix-bot', 'remove', botForm({ botId: foreign }));
      assert.equal(refused.ok, false, refused.message);
      assert.ok(portal.state.bots.has(foreign));
      const { id } = botOn(portal);
      const removed = await scene.act('bitrix-bot', 'remove', botForm({ botId: id }));
      assert.equal(removed.ok, true, removed.message);
      assert.ok(!portal.state.bots.has(id));
    });

    it('no button shows a secret', async () => {
      const answers = await Promise.all([
        scene.act('bitrix-portal', 'check', { id: 'portal' }),
        ...['check', 'list'].map((action) => scene.act('bitrix-bot', action, { id: 'bot', ...botForm() })),
      ]);
      for (const { text } of answers) {
        for (const secret of [BOT_TOKEN, portal.state.webhook.secret])
          assert.ok(!text.includes(secret), text);
      }
    });
  });
});
