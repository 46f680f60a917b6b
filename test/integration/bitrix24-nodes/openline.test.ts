import assert from 'node:assert/strict';
import { at, textAt } from '../../../lib/core/fields';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode } from './flow-parts';
import { lookAtLine, openlineFlow as flow, stateOf, words } from './openline-flow';
import { botOn, say, useScene } from './scene';
import { throughEveryWay, type Place } from './ways-in';

describe('the Open Channel node in a real Node-RED', () => {
  const scene = useScene();
  let portal: Portal;
  let bot: Bot;
  let chat: Chat;
  const { operator, seen, done } = lookAtLine(scene, () => ({ portal, chat }));

  const place: Place = {
    portal: { plan: 'enterprise' },
    flow,
    arrive(here: Portal, itsBot: Bot) {
      portal = here;
      bot = itsBot;
      chat = portal.openChannel({ bots: [bot] });
    },
  };
  throughEveryWay(scene, place, () => {
    it('calls an operator, tells the client before, and the staff why', async () => {
      await say(portal, chat, 'operator');
      const message = await done();
      assert.deepEqual(at(message, 'openline'), { action: 'operator', state: 'done' });
      assert.equal(at(message, 'payload'), 'operator');
      assert.equal(typeof operator(), 'number');
      assert.deepEqual(seen(), [
        [words.text, true],
        [words.note, false],
      ]);
    });

    it('gives the dialog to the person whom the message names', async () => {
      await say(portal, chat, 'person');
      assert.equal(stateOf(await done()), 'done');
      assert.equal(operator(), 9);
      assert.deepEqual(seen(), [
        [words.text, true],
        [words.note, false],
      ]);
    });

    it('gives the dialog to another line', async () => {
      await say(portal, chat, 'line');
      assert.equal(stateOf(await done()), 'done');
      assert.equal(chat.openLine?.lineId, 4);
      assert.equal(typeof operator(), 'number');
      assert.deepEqual(seen(), []);
    });

    it('finishes the dialog', async () => {
      await say(portal, chat, 'finish');
      assert.equal(stateOf(await done()), 'done');
      assert.equal(chat.openLine?.session, undefined);
      assert.deepEqual(seen(), [['Goodbye', true]]);
    });

    it('switches the silent mode on and off, without a word', async () => {
      await say(portal, chat, 'on');
      assert.deepEqual(at(await done(), 'openline'), { action: 'silent', state: 'done' });
      assert.equal(chat.openLine?.silent, true);
      await say(portal, chat, 'off');
      await scene.heard('done', 2);
      assert.equal(chat.openLine?.silent, false);
      assert.deepEqual(seen(), []);
    });
  });

  describe('where there is nobody to call', function () {
    before(async () => {
      portal = await scene.portal({ plan: 'enterprise' });
      await scene.deployReady(flow(portalNode(portal), botNode(scene.red.url)));
      bot = botOn(portal);
    });
    beforeEach(() => scene.watch.clear());

    for (const [what, chatOf] of [
      ['a private dialog', () => portal.privateChat(undefined, bot)],
      ['a group', () => portal.groupChat({ bots: [bot] })],
    ] as const) {
      it(`says that ${what} is no Open Channel`, async () => {
        chat = chatOf();
        const calls = portal.calls.length;
        await say(portal, chat, { text: 'operator', to: [bot] });
        const [caught] = await scene.heard('caught', 1);
        assert.equal(textAt(caught, 'error', 'code'), 'INPUT_INVALID');
        assert.match(textAt(caught, 'error', 'message') ?? '', /Open Channel/);
        const methods = portal.calls.slice(calls).map(({ method }) => method);
        assert.deepEqual(
          methods.filter((method) => !method.includes('InputAction')),
          [],
        );
      });
    }

    for (const [what, target, code] of [
      ['somebody', '', 'CONFIG_EMPTY'],
      ['a person or a line', 'the boss', 'CONFIG_INVALID'],
    ] as const) {
      it(`says that the dialog must be given to ${what}`, async () => {
        const changes = { action: 'transfer', target, targetType: 'str' };
        await scene.deploy(flow(portalNode(portal), botNode(scene.red.url), { acts: changes }));
        await until(() => scene.watch.status('line') === `bitlane.brief.${code}`, 'the status');
      });
    }
  });

  it('leaves it to the reply node to say why a bot has failed, in the language of the portal', async function () {
    portal = await scene.portal({ plan: 'enterprise', language: 'ru' });
    const func = `msg.handOver = { reason: msg.payload }; msg.payload = ''; return msg;`;
    await scene.deployReady(botFlow(portalNode(portal), botNode(scene.red.url), { func }));
    bot = botOn(portal);
    for (const [reason, notes] of [
      ['DIFY_TIMEOUT', [/^Бот не смог ответить \(DIFY_TIMEOUT\)/]],
      ['the client wants it', []],
    ] as const) {
      chat = portal.openChannel({ bots: [bot] });
      await say(portal, chat, reason);
      await until(() => typeof operator() === 'number', 'a person');
      const said = seen();
      assert.equal(said.length, notes.length);
      for (const [place, note] of notes.entries()) {
        assert.match(said[place]?.[0] ?? '', note);
        assert.equal(said[place]?.[1], false);
      }
    }
  });
});
