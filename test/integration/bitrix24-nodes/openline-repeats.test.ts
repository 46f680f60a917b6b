import assert from 'node:assert/strict';
import { textAt } from '../../../lib/core/fields';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { botNode, portalNode, type Changes } from './flow-parts';
import { lookAtLine, openlineFlow as flow, refusal, session, stateOf, words } from './openline-flow';
import { answered, answersIn, botOn, say, useScene } from './scene';

const sendMethod = 'imbot.v2.Chat.Message.send';

describe('the Open Channel node, asked for what is done already', () => {
  const scene = useScene();
  let portal: Portal;
  let bot: Bot;
  let chat: Chat;
  const { operator, countOf, seen, done } = lookAtLine(scene, () => ({ portal, chat }));

  describe('when a person has, or had, the dialog', function () {
    const deploy = (incoming: Changes = {}): Promise<void> =>
      scene.deployReady(flow(portalNode(portal), botNode(scene.red.url), { incoming }));

    before(async () => {
      // The bot stays in the dialog and hears all of it.
      const lines = [{ id: 3, botLeft: 'close' as const }, { id: 4 }];
      portal = await scene.portal({ plan: 'enterprise', lines });
    });
    beforeEach(async () => {
      await deploy();
      bot = botOn(portal);
      chat = portal.openChannel({ bots: [bot] });
    });

    const event = (changes: object = {}): object => ({
      bitrix: {
        portal: { memberId: portal.memberId, domain: portal.domain },
        bot: { id: bot.id, code: bot.code },
        ...{ api: 'v2', openline: {}, dialogId: portal.dialogId(chat), chatId: chat.id, ...changes },
      },
      to: 9,
    });

    /** The portal forgets whom it gave the dialog to, so that only we know. */
    function forgetOperator(): void {
      const { session: open } = chat.openLine ?? assert.fail('no open channel');
      if (open) open.operator = 'bot';
    }

    it('is no error: the dialog is where it should be', async () => {
      await deploy({ dropHandedOver: false });
      portal.takeOver(chat, 9);
      await say(portal, chat, 'operator');
      assert.equal(stateOf(await done()), 'already');
      assert.equal(operator(), 9);
      assert.equal(countOf(`${session}.operator`), 1);
    });

    for (const act of ['operator', 'person']) {
      it(`keeps the bot quiet from then on (${act})`, async () => {
        await say(portal, chat, act);
        await done();
        forgetOperator();
        await say(portal, chat, 'are you there?');
        const other = portal.openChannel({ bots: [bot] });
        await say(portal, other, 'the end');
        await answered(portal, other, 1);
        assert.deepEqual(
          answersIn(portal, chat).filter((text) => text.startsWith('bot:')),
          [],
        );
      });
    }

    it('lets the bot in again when the dialog is finished', async () => {
      scene.send('operator', event());
      await done();
      forgetOperator();
      await say(portal, chat, 'is not heard');
      scene.send('finish', event());
      await scene.heard('done', 2);
      await say(portal, chat, 'hello again');
      await until(() => answersIn(portal, chat).includes('bot: hello again'), 'the answer');
      assert.ok(!answersIn(portal, chat).includes('bot: is not heard'));
    });

    it('does nothing more when the person came while the flow was at work', async () => {
      const receivedAt = new Date(Date.now() - 1000).toISOString();
      const colleague = portal.state.users.get(7) ?? assert.fail('no operator');
      portal.takeOver(chat, 7);
      await say(portal, chat, { text: 'I am here', author: colleague, to: [bot] });
      const calls = portal.calls.length;
      for (const act of ['person', 'finish', 'operator']) scene.send(act, event({ receivedAt }));
      const states = (await scene.heard('done', 3)).map(stateOf);
      assert.deepEqual(states, ['already', 'already', 'already']);
      assert.equal(portal.calls.length, calls);
      assert.equal(operator(), 7);
    });
  });

  describe('when an event comes again', function () {
    let events = 0;

    const deploy = (): Promise<void> => scene.deployReady(flow(portalNode(portal), botNode(scene.red.url)));

    before(async () => {
      portal = await scene.portal({ plan: 'enterprise' });
    });
    beforeEach(async () => {
      await deploy();
      bot = botOn(portal);
      chat = portal.openChannel({ bots: [bot] });
      events += 1;
    });

    function act(name: string, attempt: number, to: unknown = 9): void {
      const bitrix = {
        portal: { memberId: portal.memberId, domain: portal.domain },
        ...{ bot: { id: bot.id, code: bot.code }, api: 'v2', openline: {} },
        ...{ dialogId: portal.dialogId(chat), chatId: chat.id },
        ...{ eventId: `event-${events}`, attempt, redelivered: attempt > 1 },
      };
      scene.send(name, { _msgid: `hand-out-${attempt}`, bitrix, to });
    }

    for (const [name, method] of [
      ['operator', `${session}.operator`],
      ['person', `${session}.transfer`],
      ['line', `${session}.transfer`],
    ] as const) {
      it(`hands the dialog over once, with the words once (${name})`, async () => {
        const calls = countOf(method);
        act(name, 1);
        assert.equal(stateOf(await done()), 'done');
        const said = seen();
        await deploy();
        act(name, 2);
        assert.equal(stateOf(await done()), 'already');
        assert.deepEqual(seen(), said);
        assert.equal(countOf(method), calls + 1);
      });
    }

    it('does not close the session that came after', async () => {
      act('finish', 1);
      await done();
      await say(portal, chat, 'me again');
      await answered(portal, chat, 2);
      const { session: open } = chat.openLine ?? assert.fail('no open channel');
      assert.ok(open, 'no new session');
      await deploy();
      act('finish', 2);
      assert.equal(stateOf(await done()), 'already');
      assert.equal(chat.openLine?.session, open);
      assert.equal(seen().filter(([text]) => text === 'Goodbye').length, 1);
    });

    it('repeats no transfer that may have been made', async () => {
      const calls = countOf(`${session}.transfer`);
      portal.failNext({ method: `${session}.transfer`, with: 'answer-lost' });
      act('person', 1);
      const [caught] = await scene.heard('caught', 1);
      assert.equal(textAt(caught, 'error', 'code'), 'BITRIX_UNREACHABLE');
      await deploy();
      act('person', 2);
      assert.equal(stateOf(await done()), 'already');
      assert.equal(countOf(`${session}.transfer`), calls + 1);
      assert.equal(operator(), 9);
    });

    it('makes a transfer that was refused, without a second word', async () => {
      act('person', 1, bot.id);
      const [caught] = await scene.heard('caught', 1);
      assert.equal(textAt(caught, 'error', 'code'), 'BITRIX_REFUSED');
      assert.match(textAt(caught, 'error', 'message') ?? '', /OPERATOR_WRONG/);
      await deploy();
      act('person', 2);
      assert.equal(stateOf(await done()), 'done');
      assert.equal(operator(), 9);
      assert.deepEqual(seen(), [
        [words.text, true],
        [words.note, false],
      ]);
    });

    it('has no answer of the reply node any more', async () => {
      act('operator', 1);
      await done();
      await deploy();
      act('reply', 2);
      await scene.heard('said', 1);
      assert.deepEqual(
        seen().map(([text]) => text),
        [words.text, words.note],
      );
    });

    it('calls the person also when the client cannot be told, and says so', async () => {
      portal.failNext({ method: sendMethod, with: refusal });
      act('operator', 1);
      assert.equal(stateOf(await done()), 'done');
      assert.equal(typeof operator(), 'number');
      assert.deepEqual(seen(), [[words.note, false]]);
      await until(() => scene.red.log.some((entry) => entry.includes('NO_LUCK')), 'a warning');
    });

    it('calls the person also when the note cannot be left, and says so', async () => {
      const before = scene.red.log.length;
      portal.failNext({ method: sendMethod, with: refusal });
      act('noted', 1);
      assert.equal(stateOf(await done()), 'done');
      assert.equal(typeof operator(), 'number');
      const later = (): string[] => scene.red.log.slice(before);
      await until(() => later().some((entry) => entry.includes('NO_LUCK')), 'a warning');
    });
  });
});
