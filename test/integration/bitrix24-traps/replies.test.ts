import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import { UnreachableError } from '../../../lib/core/errors';
import { startTyping } from '../../../lib/bitrix24/reply/typing';
import type { Bot, Chat, Portal } from '../../../sandbox/bitrix24';
import { manualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import { restBench } from '../bitrix24-rest/support';
import { markdown, methodsOf, openTalk, plain } from './support';

const bench = restBench();
const privately = (portal: Portal, bot: Bot): Chat => portal.privateChat(undefined, bot);

describe('a reply on the portal', function () {
  for (const api of ['v2', 'v1'] as const) {
    const own = api === 'v2' ? 'imbot.v2.Chat.Message.send' : 'imbot.message.add';

    it(`reaches the client as a message of the bot, with its id (${api})`, async () => {
      const { portal, chat, reply } = await openTalk(bench, { api });
      const { sent, failed } = await reply([plain('On its way')]);
      assert.equal(failed, undefined);
      const [seen] = portal.messages(chat);
      assert.deepEqual([seen?.text, seen?.author, seen?.reachesClient], ['On its way', 'bot', true]);
      assert.deepEqual(sent, [seen?.id]);
      assert.deepEqual(methodsOf(portal), [own]);
    });

    it(`stays with the staff when it is sent as a system message (${api})`, async () => {
      const { portal, chat, reply } = await openTalk(bench, { api });
      assert.equal((await reply([plain('Needs a person')], { as: 'system' })).failed, undefined);
      const [seen] = portal.messages(chat);
      assert.deepEqual([seen?.system, seen?.reachesClient], [true, false]);
    });

    it(`shows typing until the answer is there (${api})`, async () => {
      const { portal, chat, rest, speaker } = await openTalk(bench, { api });
      const clock = manualClock();
      const stop = startTyping({ rest, speaker, clock });
      await until(() => portal.typing(chat).length === 1, 'the typing mark');
      stop();
      assert.deepEqual(methodsOf(portal), [
        api === 'v2' ? 'imbot.v2.Chat.InputAction.notify' : 'imbot.chat.sendTyping',
      ]);
      assert.equal(clock.pending(), 0);
    });
  }

  it('is sent once when its answer is lost, and the error says that it may have arrived', async () => {
    const { portal, chat, reply } = await openTalk(bench);
    portal.failNext({ method: 'imbot.v2.Chat.Message.send', with: 'answer-lost' });
    const { failed } = await reply([plain('Only once')]);
    assert.ok(failed instanceof UnreachableError && failed.sent, String(failed));
    assert.equal(portal.messages(chat).length, 1);
  });

  it('answers a command without an id in v2, and with one in v1', async () => {
    for (const [api, method] of [
      ['v2', 'imbot.v2.Command.answer'],
      ['v1', 'imbot.command.answer'],
    ] as const) {
      const { portal, bot, chat, reply } = await openTalk(bench, {
        api,
        commands: [{ command: 'order', extranet: true }],
      });
      const [command] = portal.state.commands.values();
      const { message } = await portal.clientSays(chat, '/order 7');
      const bitrix = { command: { id: command?.id, name: 'order' }, messageId: message?.id };
      const { sent, failed } = await reply([plain('Order 7 is packed')], { bitrix });
      assert.equal(failed, undefined);
      assert.deepEqual(methodsOf(portal), [method]);
      const seen = portal.messages(chat).find(({ sentByBot }) => sentByBot === bot.id);
      assert.equal(seen?.text, 'Order 7 is packed');
      assert.deepEqual(sent, [api === 'v2' ? null : seen.id]);
    }
  });

  it('is split where the portal would cut it without a word', async () => {
    for (const [chatOf, most] of [
      [privately, 20_000],
      [undefined, 4000],
    ] as const) {
      const { portal, chat, reply } = await openTalk(bench, {}, chatOf);
      const words = Array.from({ length: 6000 }, (_, count) => `word${count}`);
      assert.equal((await reply([plain(words.join(' '))])).failed, undefined);
      const texts = portal.messages(chat).map(({ text }) => text);
      assert.ok(texts.length > 1 && texts.every((text) => text.length <= most));
      assert.doesNotMatch(texts.join(), / \(\.\.\.\)/);
      assert.deepEqual(texts.join(' ').split(/\s+/), words);
    }
  });

  it('is BB code for a model’s Markdown, and mentions nobody', async () => {
    const { portal, chat, reply } = await openTalk(bench, {}, privately);
    await reply([markdown('**Bold** [USER=all]everybody[/USER] [send=/pay]pay[/send]')]);
    const [seen] = portal.messages(chat);
    assert.match(seen?.text ?? '', /^\[b\]Bold\[\/b\]/i);
    assert.doesNotMatch(seen?.text ?? '', /\[USER=|\[send=/i);
  });

  it('repeats its buttons as a list for a client whose messenger shows none', async () => {
    const { portal, chat, reply } = await openTalk(bench);
    await reply([
      plain('Which one?'),
      {
        type: 'choices',
        items: [
          { id: 'a', label: 'Yes' },
          { id: 'b', label: 'No' },
        ],
      },
    ]);
    const [seen] = portal.messages(chat);
    assert.equal(seen?.text, 'Which one?\n\n1. Yes\n2. No');
    assert.equal(at(seen?.keyboard, 'BUTTONS', '0', 'TEXT') ?? at(seen?.keyboard, '0', 'TEXT'), 'Yes');
  });

  it('carries a file as the bot in v2, and its address as text in v1', async () => {
    const newer = await openTalk(bench);
    const file = { type: 'file', name: 'bill.txt', data: Buffer.from('7 EUR') } as const;
    const { sent } = await newer.reply([file]);
    const [seen] = newer.portal.messages(newer.chat);
    assert.deepEqual([seen?.files[0]?.name, seen?.author, sent], ['bill.txt', 'bot', [seen?.id]]);
    assert.deepEqual(methodsOf(newer.portal), ['imbot.v2.File.upload']);

    const older = await openTalk(bench, { api: 'v1' });
    await older.reply([{ type: 'file', name: 'bill.txt', url: 'https://files.example/bill.txt' }]);
    assert.equal(older.portal.messages(older.chat)[0]?.text, 'bill.txt: https://files.example/bill.txt');
    const { failed } = await older.reply([file]);
    assert.equal(at(failed, 'code'), 'INPUT_INVALID');
  });

  it('needs no chat id in a private dialog', async () => {
    const { portal, chat, reply } = await openTalk(bench, {}, privately);
    const dialogId = portal.dialogId(chat);
    assert.match(dialogId, /^\d+$/);
    assert.equal((await reply([plain('psst')], { bitrix: { chatId: undefined } })).failed, undefined);
    assert.equal(portal.messages(chat)[0]?.text, 'psst');
  });
});
