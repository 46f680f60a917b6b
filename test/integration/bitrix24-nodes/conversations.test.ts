import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode, type Changes } from './flow-parts';
import { answered, answersIn, botOn, say, useScene } from './scene';

const help = { command: 'help', title: { en: 'Help' }, params: {}, extranet: true };

const generations = [
  {
    api: 'v2',
    send: 'imbot.v2.Chat.Message.send',
    answer: 'imbot.v2.Command.answer',
    typing: 'imbot.v2.Chat.InputAction.notify',
  },
  {
    api: 'v1',
    send: 'imbot.message.add',
    answer: 'imbot.command.answer',
    typing: 'imbot.chat.sendTyping',
  },
] as const;

describe('conversations in a real Node-RED', () => {
  const scene = useScene();

  for (const { api, send, answer, typing } of generations) {
    describe(`a conversation with a ${api} bot`, function () {
      let portal: Portal;
      let bot: Bot;
      let chat: Chat;

      const flow = (func?: string, reply: Changes = {}): object[] =>
        botFlow(
          portalNode(portal),
          botNode(scene.red.url, { apiVersion: api, commands: [help] }),
          func === undefined ? { reply } : { func, reply },
        );

      before(async () => {
        portal = await scene.portal();
        await scene.deployReady(flow('msg.payload = `You wrote: ${msg.payload}`; return msg;'));
        bot = botOn(portal);
      });
      beforeEach(() => {
        chat = portal.openChannel({ bots: [bot] });
        scene.watch.clear();
      });

      const sendsOf = (method: string, start: number): number =>
        portal.calls.slice(start).filter((call) => call.method === method).length;

      it('a message in an Open Channel is answered there, and msg.bitrix.sent has the ids', async () => {
        const start = portal.calls.length;
        await say(portal, chat, 'Where is my order? 🙂');
        assert.deepEqual(await answered(portal, chat, 1), ['You wrote: Where is my order? 🙂']);
        assert.equal(sendsOf(send, start), 1);
        const [said] = await scene.heard('said', 1);
        const [seen] = portal.messages(chat).filter(({ sentByBot }) => sentByBot === bot.id);
        assert.equal(seen?.reachesClient, true);
        assert.deepEqual(entriesAt(said, 'bitrix', 'sent'), [seen.id]);
        assert.equal(textAt(said, 'topic'), `${portal.memberId}:${bot.id}:chat${chat.id}`);
        assert.equal(textAt(said, 'inputs', 'event'), 'ONIMBOTMESSAGEADD');
      });

      it('a message in a private dialog is answered there', async () => {
        const dialog = portal.privateChat(undefined, bot);
        await say(portal, dialog, 'just us');
        assert.deepEqual(await answered(portal, dialog, 1), ['You wrote: just us']);
      });

      it('a command is answered as a command', async () => {
        const start = portal.calls.length;
        const { status } = await portal.command(chat, { name: 'help', params: 'prices' });
        assert.equal(status, 200);
        await portal.waitForCall((call) => call.method === answer && call.status === 200);
        const [thought] = await scene.heard('think', 1);
        assert.equal(textAt(thought, 'bitrix', 'kind'), 'command');
        assert.equal(textAt(thought, 'bitrix', 'command', 'name'), 'help');
        assert.equal(textAt(thought, 'bitrix', 'command', 'params'), 'prices');
        assert.equal((await answered(portal, chat, 1)).length, 1);
        assert.equal(sendsOf(send, start), 0);
      });

      it('a pressed button with a command is answered as a command', async () => {
        const message = await say(portal, chat, 'first');
        await answered(portal, chat, 1);
        const start = portal.calls.length;
        await portal.command(chat, { name: 'help', params: 'button', message: { id: message } });
        await until(() => sendsOf(answer, start) === 1, 'the answer to the button');
        const thought = (await scene.heard('think', 2)).at(-1);
        assert.equal(textAt(thought, 'bitrix', 'command', 'context')?.toLowerCase(), 'keyboard');
      });

      it('a join starts a flow with the name of its event, and is answered', async () => {
        const fresh = portal.openChannel({ session: 'none' });
        await say(portal, fresh, 'hello');
        const answers = await answered(portal, fresh, 2);
        assert.deepEqual(answers.sort(), ['You wrote: ONIMBOTJOINCHAT', 'You wrote: hello']);
      });

      it('as message: also a command gets an ordinary message', async () => {
        await scene.deploy(flow(undefined, { as: 'message' }));
        const start = portal.calls.length;
        await portal.command(chat, { name: 'help' });
        await answered(portal, chat, 1);
        assert.deepEqual([sendsOf(send, start), sendsOf(answer, start)], [1, 0]);
      });

      it('as system: the answer stays with the staff', async () => {
        await scene.deploy(flow(undefined, { as: 'system' }));
        await say(portal, chat, 'quiet');
        await answered(portal, chat, 1);
        const [seen] = portal.messages(chat).filter(({ sentByBot }) => sentByBot === bot.id);
        assert.deepEqual([seen?.system, seen?.reachesClient], [true, false]);
      });

      it('as command: a plain message is an error that a Catch node gets', async () => {
        await scene.deploy(flow(undefined, { as: 'command' }));
        await say(portal, chat, 'no command');
        const [caught] = await scene.heard('caught', 1);
        assert.equal(textAt(caught, 'error', 'code'), 'INPUT_INVALID');
        assert.deepEqual(answersIn(portal, chat), []);
      });

      it('typing is shown while the flow works, and gone with the answer', async () => {
        await scene.deploy(flow('return null;'));
        await say(portal, chat, 'think hard');
        await until(() => portal.typing(chat).length === 1, 'the typing mark');
        const [thought] = await scene.heard('think', 1);
        assert.deepEqual(answersIn(portal, chat), []);
        scene.send('reply', thought);
        await answered(portal, chat, 1);
        assert.deepEqual(portal.typing(chat), []);
      });

      it('typing is not shown when no reply node wants it', async () => {
        await scene.deploy(flow(undefined, { typing: false }));
        const start = portal.calls.length;
        await say(portal, chat, 'no typing');
        await answered(portal, chat, 1);
        assert.equal(sendsOf(typing, start), 0);
      });

      it('the flow sees no token of the event', async () => {
        await scene.deploy(flow());
        await say(portal, chat, 'secret?');
        const [thought] = await scene.heard('think', 1);
        assert.ok(!JSON.stringify(thought).includes(portal.applicationToken(bot)));
        assert.equal(at(thought, 'inputs', 'access_token'), undefined);
      });
    });
  }
});
