import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import { until } from '../../support/until';
import { answersIn, botOn, say, writesSince } from '../bitrix24-nodes/scene';
import { mapOf } from '../bitrix24-oauth/install-scene';
import { help, usePageScene } from './page-scene';
import { onePixel, problemOf, stateId } from './visitor';

describe('the page of the app inside the portal', function () {
  const here = usePageScene();
  const { scene } = here;

  describe('when somebody opens it', () => {
    it('is shown in a frame of that portal alone, and does not install anything anew', async () => {
      const before = here.portal.calls.length;
      const { html, headers } = await here.open({ language: 'ru' });
      const policy = String(headers['content-security-policy']);
      assert.ok(policy.endsWith(`frame-ancestors ${here.portal.origin}`), policy);
      assert.match(policy, /^default-src 'none'; script-src 'nonce-[\w+/=]+'; style-src 'nonce-[\w+/=]+';/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.match(html, /<html lang="ru">/);
      assert.doesNotMatch(html, /installFinish|api\.bitrix24/);
      assert.deepEqual(writesSince(here.portal, before), []);
    });

    it('shows the bots with their state and commands', async () => {
      const bot = await (await here.open()).bot();
      assert.deepEqual([bot.name, bot.isOn, bot.state], ['Helper', true, 'registered']);
      assert.equal(stateId(bot), botOn(here.portal).id);
      assert.deepEqual(
        bot.commands.map((one) => [textAt(one, 'name'), at(one, 'titles')]),
        [['help', help.title]],
      );
    });

    it('lets everybody look and administrators change, as the portal says and not the browser', async () => {
      const reader = await here.open({ userId: 7 });
      assert.equal((await reader.bot()).name, 'Helper');
      const before = here.portal.calls.length;
      for (const wish of [
        { action: 'switch', code: 'helper', isOn: false, isAdmin: true },
        { action: 'save', code: 'helper', revision: (await reader.bot()).revision, name: 'Stolen' },
        { action: 'discard', code: 'helper', revision: (await reader.bot()).revision },
      ]) {
        const answer = await reader.ask(wish);
        assert.deepEqual([answer.status, problemOf(answer)], [403, 'forbidden']);
      }
      assert.deepEqual(writesSince(here.portal, before), []);
      assert.equal(here.nameOnPortal(), 'Helper');
    });
  });

  describe('when an administrator changes a bot', () => {
    it('has the portal get the new name, picture and commands at once', async () => {
      const page = await here.open();
      const before = here.portal.calls.length;
      const answer = await page.save({
        name: ' Аня  из поддержки ',
        picture: onePixel,
        commands: [
          { name: 'help', titles: { en: 'Get help', de: 'Hilfe' }, params: { de: 'Thema' } },
          { name: '/price', titles: { ru: 'Цены' }, params: {} },
        ],
      });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(at(answer.content, 'isPending'), undefined);
      assert.equal(here.nameOnPortal(), 'Аня из поддержки');
      assert.deepEqual(here.commandsOnPortal(), ['help', 'price']);
      const [first] = here.portal.state.commands.values();
      assert.deepEqual(first?.title, { en: 'Get help', de: 'Hilfe' });
      assert.equal(first.params['de'], 'Thema');
      const pictures = here.portal.calls
        .slice(before)
        .filter(({ method }) => method === 'imbot.v2.Bot.update')
        .map(({ params }) => textAt(params, 'fields', 'properties', 'avatar'));
      assert.deepEqual(pictures, [onePixel]);
      const bot = await page.bot();
      assert.equal(bot.picture, `data:image/png;base64,${onePixel}`);
      assert.deepEqual(bot.changed, { name: true, picture: true, commands: ['help', 'price'] });
    });

    it('keeps that over a deploy, also of a node that says something else by now', async () => {
      const { id } = botOn(here.portal);
      const page = await here.open();
      const start = here.portal.calls.length;
      const stop = { command: 'stop', title: { en: 'Stop' }, params: {} };
      await here.deploy({ botName: 'Other name', commands: [help, stop] });
      await until(() => here.commandsOnPortal().includes('stop'), 'the command of the deploy');
      assert.deepEqual(writesSince(here.portal, start), ['imbot.v2.Command.register']);
      assert.deepEqual([here.nameOnPortal(), botOn(here.portal).id], ['Аня из поддержки', id]);
      assert.deepEqual(here.commandsOnPortal().sort(), ['help', 'price', 'stop']);
      // A page that was open goes on after it.
      assert.equal((await page.bot()).name, 'Аня из поддержки');
    });

    it('tells two people that they were not alone', async () => {
      const [one, other] = [await here.open(), await here.open()];
      const { revision } = await one.bot();
      assert.equal((await other.save({ name: 'Anna' })).status, 200);
      const late = await one.ask({ action: 'save', code: 'helper', revision, name: 'Ann' });
      assert.deepEqual([late.status, problemOf(late)], [409, 'conflict']);
      assert.equal(here.nameOnPortal(), 'Anna');
    });

    it('takes nothing that the portal refuses, so that no later deploy meets it', async () => {
      const page = await here.open();
      const before = await page.bot();
      const refused = await page.save({
        name: 'Refused',
        commands: [{ name: 'прайс', titles: { ru: 'Цены' }, params: {} }],
      });
      assert.deepEqual([refused.status, problemOf(refused)], [422, 'command-refused']);
      assert.equal(textAt(refused.content, 'problem', 'command'), '/прайс');
      assert.deepEqual((await page.bot()).raw, before.raw);
      assert.equal(here.nameOnPortal(), 'Anna');
      assert.deepEqual(here.commandsOnPortal().sort(), ['help', 'price', 'stop']);
    });

    it('keeps nothing while the portal turns everybody away', async () => {
      const page = await here.open();
      const { revision } = await page.bot();
      const overload = { status: 503, error: 'OVERLOAD_LIMIT' };
      here.portal.failNext({ method: 'imbot.v2.Bot.get', times: Infinity, with: overload });
      const answer = await page.ask({ action: 'save', code: 'helper', revision, name: 'Later' });
      here.portal.clearFaults();
      assert.deepEqual([answer.status, problemOf(answer)], [503, 'unreachable']);
      assert.equal((await page.bot()).name, 'Anna');
      assert.equal((await page.save({ name: 'Anna' })).status, 200);
      assert.equal((await page.bot()).state, 'registered');
    });
  });

  describe('when a bot is switched off', () => {
    it('starts no flow for it, and says so to the portal as to any event that nobody wants', async () => {
      const page = await here.open();
      const answer = await page.ask({ action: 'switch', code: 'helper', isOn: false });
      assert.equal(answer.status, 200, answer.text);
      const chat = here.portal.openChannel({ bots: [botOn(here.portal)] });
      await say(here.portal, chat, 'is anybody there?');
      await here.deploy();
      await say(here.portal, chat, 'still nobody?');
      assert.equal((await page.bot()).isOn, false);
      await page.ask({ action: 'switch', code: 'helper', isOn: true });
      await say(here.portal, chat, 'and now?');
      await until(() => answersIn(here.portal, chat).length > 0, 'an answer');
      assert.deepEqual(answersIn(here.portal, chat), ['and now?']);
      assert.equal(scene.watch.heard('think').length, 1);
    });
  });

  describe('in the dialog of bitrix-bot', () => {
    const changes = async (): Promise<unknown[]> => {
      const { ok, raw } = await scene.act('bitrix-bot', 'changes', { id: 'bot' });
      assert.equal(ok, true);
      return entriesAt(raw, 'details');
    };

    it('is shown what was changed, with what the fields would have to say', async () => {
      const page = await here.open();
      await page.ask({ action: 'switch', code: 'helper', isOn: false });
      const [one, ...others] = await changes();
      assert.equal(others.length, 0);
      assert.equal(textAt(one, 'memberId'), here.portal.memberId);
      assert.equal(
        textAt(one, 'sentence'),
        `Changed inside Bitrix24 on ${here.portal.domain}: name "Anna", picture, commands /help /price, switched off.`,
      );
      assert.deepEqual(at(one, 'fields', 'botName'), 'Anna');
      assert.deepEqual(at(one, 'fields', 'avatar'), onePixel);
      assert.deepEqual(
        entriesAt(one, 'fields', 'commands').map((command) => textAt(command, 'command')),
        ['help', 'price'],
      );
    });

    it('is no change any more once the node says the same, so that the node counts again', async () => {
      const fields = at((await changes())[0], 'fields');
      await here.deploy({ ...mapOf(fields) });
      await until(() => here.nameOnPortal() === 'Anna', 'the name');
      const page = await here.open();
      await until(() => scene.watch.status('bot')?.endsWith('ready') ?? false, 'the bot to be ready');
      assert.deepEqual((await page.bot()).changed, { name: false, picture: false, commands: [] });
      const [left] = await changes();
      assert.equal(
        textAt(left, 'sentence'),
        `Changed inside Bitrix24 on ${here.portal.domain}: switched off.`,
      );
      await here.deploy({ ...mapOf(fields), botName: 'From the node' });
      await until(() => here.nameOnPortal() === 'From the node', 'the new name of the node');
    });

    it('can be discarded', async () => {
      const page = await here.open();
      assert.equal((await page.save({ name: 'Once more' })).status, 200);
      const { ok, message } = await scene.act('bitrix-bot', 'discard', {
        id: 'bot',
        memberId: here.portal.memberId,
      });
      assert.deepEqual([ok, message], [true, 'Discarded. The bot is what this node says.']);
      assert.equal(here.nameOnPortal(), 'From the node');
      assert.deepEqual(await changes(), []);
      assert.equal((await page.bot()).isOn, true);
      await here.deploy();
      await until(() => here.nameOnPortal() === 'Helper', 'the name of the node');
    });
  });

  describe('when the authorisation is lost, or withdrawn', () => {
    it('comes back when the person who gave it opens the page', async () => {
      here.auth.failNext({ method: 'token', times: Infinity, with: { status: 400, error: 'invalid_grant' } });
      here.portal.revokeTokens();
      const chat = here.portal.openChannel({ bots: [botOn(here.portal)] });
      await say(here.portal, chat, 'nobody can answer this');
      await scene.heard('caught', 1);
      const claim = {
        APPLICATION_TOKEN: here.portal.applicationToken(botOn(here.portal)),
        APPLICATION_SCOPE: 'imbot',
      };
      await here.open({ fields: claim });
      here.auth.clearFaults();
      await say(here.portal, chat, 'but this');
      await until(() => answersIn(here.portal, chat).length > 0, 'an answer');
      assert.deepEqual(answersIn(here.portal, chat), ['but this']);
    });

    it('is opened no more, and what was changed is forgotten, when the app is removed with its data', async () => {
      const page = await here.open();
      assert.equal((await page.save({ name: 'Forget me' })).status, 200);
      await until(() => here.portal.state.bindings.length === 2, 'the wish to hear of the removal');
      const form = here.portal.frame.form({ pageUrl: scene.eventsUrl });
      await here.portal.uninstall({ clean: true });
      assert.equal((await page.ask({ action: 'list' })).status, 401);
      assert.equal(
        (await here.portal.frame.open({ pageUrl: scene.eventsUrl, fields: form.fields })).status,
        401,
      );
      await here.portal.install();
      await until(() => here.nameOnPortal() === 'Helper', 'the name of the node');
    });
  });

  // In a block of its own, because tests outside of blocks come first.
  describe('in all that', () => {
    it('has shown no token: neither in a page, nor in an answer, nor in a log, nor in a status', () => {
      here.assertNothingSecret();
    });
  });
});
