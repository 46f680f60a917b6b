import assert from 'node:assert/strict';
import { at, entriesAt, flagAt, idAt, textAt } from '../../../lib/core/fields';
import type { Line, Portal } from '../../../sandbox/bitrix24';
import { BOT_TOKEN, botFlow, botNode, portalNode, type Changes } from './flow-parts';
import { botOn, useScene } from './scene';

const help = { command: 'help', title: { en: 'Help' }, params: {}, common: true };

describe('what the portal suggests to the dialog of a bot', function () {
  const scene = useScene();
  let portal: Portal;

  before(async () => {
    portal = await scene.portal();
    portal.addBot({ code: 'stranger', name: 'Stranger', botToken: 'of somebody else', commands: ['theirs'] });
    await scene.deployReady(botFlow(portalNode(portal), botNode(scene.red.url, { commands: [help] })));
  });

  const form = (changes: Changes = {}): object => ({
    ...botNode(scene.red.url),
    commands: '',
    credentials: { botToken: '__PWRD__' },
    ...changes,
  });

  const line = (id: number): Line => portal.state.lines.get(id) ?? assert.fail(`no line ${id}`);

  describe('bots and commands', () => {
    it('come before the bot has a code', async () => {
      const { ok, message, raw } = await scene.act('bitrix-bot', 'list', form({ code: '' }));
      assert.equal(ok, true, message);
      const own = entriesAt(raw, 'details').filter((bot) => at(bot, 'isOwn') !== false);
      assert.deepEqual(
        own.map((bot) => [textAt(bot, 'code'), textAt(bot, 'name'), textAt(bot, 'type')]),
        [['helper', 'Helper', 'openline']],
      );
      const commands = entriesAt(own[0], 'commands');
      assert.deepEqual(
        commands.map((command) => [
          textAt(command, 'name'),
          textAt(command, 'title'),
          flagAt(command, 'common'),
        ]),
        [['help', 'Help', true]],
      );
    });

    it('are not there without the token, without a portal, or before the portal is deployed', async () => {
      const bare = await scene.act('bitrix-bot', 'list', form({ id: '', credentials: {} }));
      assert.deepEqual([bare.ok, bare.message], [false, 'Fill in the field “Bot token”.']);
      const none = await scene.act('bitrix-bot', 'list', form({ portal: '' }));
      assert.deepEqual([none.ok, none.message], [false, 'Fill in the field “Portal”.']);
      const away = await scene.act('bitrix-bot', 'list', form({ portal: '_ADD_' }));
      assert.deepEqual([away.ok, away.message.startsWith('The portal is not deployed yet')], [false, true]);
      assert.equal(at(away.raw, 'isHint'), true);
    });

    it('of generation 1 come without commands', async () => {
      portal.addBot({ code: 'elder', name: 'Elder', api: 'v1', botToken: BOT_TOKEN });
      const { ok, message, raw } = await scene.act('bitrix-bot', 'list', form({ apiVersion: 'v1' }));
      assert.equal(ok, true, message);
      const elder = entriesAt(raw, 'details').find((bot) => textAt(bot, 'code') === 'elder');
      assert.ok(elder);
      assert.equal(at(elder, 'commands'), undefined);
    });
  });

  describe('Open Channels', () => {
    const lines = (changes: Changes = {}): ReturnType<typeof scene.act> =>
      scene.act('bitrix-bot', 'lines', form(changes));

    it('are marked where this bot answers', async () => {
      line(3).welcomeBot = botOn(portal).id;
      line(4).welcomeBot = botOn(portal, 'stranger').id;
      botOn(portal, 'stranger').supportsOpenChannels = true;
      const { ok, message, raw } = await lines();
      assert.deepEqual(
        [ok, message],
        [true, 'Helper meets the clients of the Open Channels that are marked.'],
      );
      assert.deepEqual(
        entriesAt(raw, 'details').map((card) => [
          idAt(card, 'id'),
          textAt(card, 'name'),
          flagAt(card, 'active'),
          entriesAt(card, 'botIds'),
          flagAt(card, 'isAnswered'),
        ]),
        [
          [3, 'Support', true, [botOn(portal).id], true],
          [4, 'Sales', true, [botOn(portal, 'stranger').id], false],
        ],
      );
    });

    it('come with what is to be done when the bot answers in none of them', async () => {
      line(3).welcomeBot = 'none';
      const { ok, message } = await lines();
      assert.equal(ok, true);
      assert.match(message, /^Helper answers in none of them\. In Bitrix24, open the settings/);
    });

    it('come for a bot that is not registered, has no code or no token', async () => {
      for (const changes of [{ code: 'nobody' }, { code: '' }, { id: '', credentials: {} }]) {
        const { ok, message, raw } = await lines(changes);
        assert.equal(ok, true, message);
        assert.match(message, /^This bot is not on the portal yet/);
        assert.equal(entriesAt(raw, 'details').length, 2);
      }
    });

    it('are missed in words on a portal that has none', async () => {
      const kept = new Map(portal.state.lines);
      portal.state.lines.clear();
      const { ok, message } = await lines();
      for (const [id, one] of kept) portal.state.lines.set(id, one);
      assert.equal(ok, true);
      assert.match(message, /^The portal has no Open Channel yet/);
    });

    it('are not asked of a portal that is not deployed', async () => {
      const { ok, message } = await lines({ portal: 'gone' });
      assert.deepEqual([ok, message.startsWith('The portal is not deployed yet')], [false, true]);
    });

    it('name the permission that is missing, and no secret', async () => {
      const narrow = await scene.portal({ webhook: { scopes: ['imbot'] } });
      await scene.deployReady(botFlow(portalNode(narrow), botNode(scene.red.url)));
      const { ok, message, text } = await lines();
      assert.equal(ok, false);
      assert.match(message, /no permission imopenlines\. Add it in Bitrix24/);
      for (const secret of [BOT_TOKEN, narrow.state.webhook.secret]) assert.ok(!text.includes(secret), text);
    });
  });
});
