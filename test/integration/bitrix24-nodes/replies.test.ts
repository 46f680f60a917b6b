import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import type { Chat, Portal, SeenMessage } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { botFlow, botNode, portalNode, thinkNode, type Changes } from './flow-parts';
import { answered, answersIn, botOn, say, useScene } from './scene';

const longText = Array.from({ length: 400 }, (_, line) => `Line ${line} of a long story.`).join('\n\n');

const tea = `{ type: 'choices', prompt: 'What would you like?', context: 'drinks', items: [
  { id: 'a', label: 'Black tea', value: 'black' }, { id: 'b', label: 'Green tea' }, { id: 'c', label: 'Coffee' } ] }`;

/** What a bot of some builder would answer, by what it is asked. */
const builder = `
const parts = {
  'all parts': [
    { type: 'text', text: '**First**', format: 'markdown' },
    { type: 'file', name: 'price list.txt', data: Buffer.from('one two three') },
    { type: 'wait', ms: 1 },
    { type: 'text', text: 'last', format: 'plain' },
  ],
  'choices': [${tea}],
  'loopback file': [{ type: 'file', name: 'x.txt', url: 'https://127.0.0.1:' + 9 + '/x.txt' }],
  'edited': [{ type: 'text', text: 'as the builder said', format: 'plain' }, ${tea}],
}[msg.payload];
if (parts) {
  msg.parts = parts;
  msg.payload = parts.filter((part) => part.type === 'text').map((part) => part.text).join('\\n\\n');
  if (parts[0].text === 'as the builder said') msg.payload = 'as the integrator edited';
  return msg;
}
if (msg.payload === 'markdown') {
  msg.format = 'markdown';
  msg.payload = 'Some **bold** text, a [link](https://example.com/page) and \`code\`';
}
if (msg.payload === 'long') {
  msg.format = 'markdown';
  msg.payload = ${JSON.stringify(longText)};
}
if (msg.payload === 'twenty') {
  return [Array.from({ length: 20 }, (_, index) => ({ ...msg, payload: 'number ' + index }))];
}
return msg;`;

describe('replies in a real Node-RED', () => {
  const scene = useScene();

  describe('what the reply node says', function () {
    let portal: Portal;
    let chat: Chat;

    const flow = (reply: Changes = {}): object[] =>
      botFlow(portalNode(portal, { plan: 'enterprise' }), botNode(scene.red.url), { func: builder, reply });

    before(async () => {
      portal = await scene.portal();
      await scene.deployReady(flow());
    });
    beforeEach(() => {
      chat = portal.openChannel({ bots: [botOn(portal)] });
      scene.watch.clear();
    });

    const ofBot = (one: Chat): SeenMessage[] =>
      portal.messages(one).filter(({ sentByBot }) => sentByBot !== undefined);

    const codeOf = (caught: unknown): string | undefined => textAt(caught, 'error', 'code');

    it('Markdown with msg.format becomes BB code', async () => {
      await say(portal, chat, 'markdown');
      const [text = ''] = await answered(portal, chat, 1);
      assert.match(text, /Some \[b\]bold\[\/b\] text/i);
      assert.match(text, /\[url=https:\/\/example\.com\/page\]link\[\/url\]/i);
      assert.doesNotMatch(text, /[*`]/);
    });

    it('parts are sent in order: text, file by data, text', async () => {
      await say(portal, chat, 'all parts');
      await until(() => ofBot(chat).length === 3, 'three messages');
      const isOfThis = (message: unknown): boolean => entriesAt(message, 'bitrix', 'sent').length === 3;
      await until(() => scene.watch.heard('said').some(isOfThis), 'the flow to go on');
      const said = scene.watch.heard('said').find(isOfThis);
      const seen = ofBot(chat);
      assert.match(seen[0]?.text ?? '', /^\[b\]First\[\/b\]$/i);
      assert.deepEqual(
        seen[1]?.files.map(({ name, size }) => [name, size]),
        [['price list.txt', 13]],
      );
      assert.equal(seen[2]?.text, 'last');
      assert.deepEqual(
        entriesAt(said, 'bitrix', 'sent'),
        seen.map(({ id }) => id),
      );
    });

    it('a file at an address of this machine is refused, and a Catch node is told', async () => {
      await say(portal, chat, 'loopback file');
      const [caught] = await scene.heard('caught', 1);
      assert.equal(codeOf(caught), 'ADDRESS_REFUSED');
      assert.deepEqual(ofBot(chat), []);
    });

    it('a payload that the flow has changed goes before the parts', async () => {
      await say(portal, chat, 'edited');
      assert.deepEqual(await answered(portal, chat, 1), ['as the integrator edited']);
      await scene.heard('said', 1);
      assert.equal(ofBot(chat).length, 1);
      assert.equal(ofBot(chat)[0]?.keyboard, undefined);
    });

    async function chooseBy(act: (message: SeenMessage) => Promise<unknown>, where: Chat): Promise<unknown> {
      await say(portal, where, 'choices');
      await answered(portal, where, 1);
      await scene.heard('said', 1);
      await act(ofBot(where).at(-1) ?? assert.fail('no choices'));
      const thought = (await scene.heard('think', 2)).at(-1);
      return at(thought, 'choice') ?? assert.fail('no msg.choice');
    }

    const greenTea = { items: [{ id: 'b', label: 'Green tea' }], context: 'drinks' };

    it('a choice by click comes back as msg.choice', async () => {
      const dialog = portal.privateChat(undefined, botOn(portal));
      assert.deepEqual(await chooseBy((message) => portal.press(message, 'Green tea'), dialog), greenTea);
    });

    it('a choice by number comes back as msg.choice, with the value as the payload', async () => {
      const chosen = await chooseBy(() => say(portal, chat, '1'), chat);
      assert.equal(textAt(entriesAt(chosen, 'items')[0], 'id'), 'a');
      assert.equal(textAt(scene.watch.heard('think').at(-1), 'payload'), 'black');
    });

    it('a choice by label comes back as msg.choice', async () => {
      assert.deepEqual(await chooseBy(() => say(portal, chat, 'green TEA'), chat), greenTea);
      assert.match(ofBot(chat)[0]?.text ?? '', /1\. Black tea\n2\. Green tea\n3\. Coffee/);
    });

    it('a long text is split, in order and without loss', async () => {
      await say(portal, chat, 'long');
      await until(() => answersIn(portal, chat).some((text) => text.includes('Line 399 ')), 'its last line');
      const texts = answersIn(portal, chat);
      assert.ok(texts.length > 2, `${texts.length} messages`);
      for (const text of texts) assert.ok(text.length <= 4000);
      const numbers = [...texts.join('\n').matchAll(/Line (\d+) of a long story\./g)].map(([, line]) =>
        Number(line),
      );
      assert.deepEqual(
        numbers,
        Array.from({ length: 400 }, (_, line) => line),
      );
    });

    it('twenty messages at once in one dialog arrive in order, each once', async () => {
      await say(portal, chat, 'twenty');
      assert.deepEqual(
        await answered(portal, chat, 20),
        Array.from({ length: 20 }, (_, index) => `number ${index}`),
      );
    });

    it("BB code in a client's text does nothing when it is said back", async () => {
      const hostile =
        '[USER=all]everybody[/USER] [send=/delete]press[/send] [put=/x]y[/put] [CALL=+15550100]call[/CALL] [b]bold';
      await say(portal, chat, hostile);
      const [text = ''] = await answered(portal, chat, 1);
      assert.doesNotMatch(text, /\[(?:user|send|put|call)\b[^\]]*=/i);
      assert.match(text, /everybody/);
    });

    it('onFailure operator: a person is called, the client is told, and a Catch node gets the error', async () => {
      await scene.deploy(flow({ onFailure: 'operator', failureText: 'A colleague will answer you.' }));
      portal.failNext({ method: 'imbot.v2.Chat.Message.send', with: { status: 400, error: 'NO_LUCK' } });
      await say(portal, chat, 'fails');
      const [caught] = await scene.heard('caught', 1);
      assert.equal(codeOf(caught), 'BITRIX_REFUSED');
      assert.deepEqual(answersIn(portal, chat), ['A colleague will answer you.']);
      assert.ok(portal.calls.some(({ method }) => method === 'imopenlines.bot.session.operator'));
      assert.equal(typeof chat.openLine?.session?.operator, 'number');
    });

    for (const [expression, says, what] of [
      [
        'bitrix.language = "ru" ? "Вам ответит коллега." : "A colleague will answer you."',
        ['A colleague will answer you.'],
        'is said in the language of the dialog',
      ],
      ['$error("no words")', [], 'that cannot be made is not missed: a person comes'],
    ] as const) {
      it(`onFailure operator: a sentence by an expression ${what}`, async () => {
        const failure = { failureText: expression, failureTextType: 'jsonata' };
        await scene.deploy(flow({ onFailure: 'operator', ...failure }));
        portal.failNext({ method: 'imbot.v2.Chat.Message.send', with: { status: 400, error: 'NO_LUCK' } });
        await say(portal, chat, 'fails');
        const [caught] = await scene.heard('caught', 1);
        assert.equal(codeOf(caught), 'BITRIX_REFUSED');
        assert.deepEqual(answersIn(portal, chat), says);
        assert.equal(typeof chat.openLine?.session?.operator, 'number');
      });
    }

    it('onFailure error: nobody is called, and a Catch node gets the error', async () => {
      await scene.deploy(flow());
      portal.failNext({ method: 'imbot.v2.Chat.Message.send', with: { status: 400, error: 'NO_LUCK' } });
      await say(portal, chat, 'fails');
      const [caught] = await scene.heard('caught', 1);
      assert.equal(codeOf(caught), 'BITRIX_REFUSED');
      assert.equal(chat.openLine?.session?.operator, 'bot');
    });
  });

  describe('an event that is handed to the flow again', function () {
    let portal: Portal;
    let chat: Chat;
    let events = 0;

    const deploy = (): Promise<void> =>
      scene.deployReady(botFlow(portalNode(portal, { plan: 'enterprise' }), botNode(scene.red.url)));

    before(async () => {
      portal = await scene.portal();
    });
    beforeEach(async () => {
      await deploy();
      chat = portal.openChannel({ bots: [botOn(portal)] });
      events += 1;
    });

    /** As the flow would after the hand-out of that number. */
    function reply(attempt: number, message: object): void {
      const bot = botOn(portal);
      const bitrix = {
        portal: { memberId: portal.memberId, domain: portal.domain },
        ...{ bot: { id: bot.id, code: bot.code }, api: 'v2', openline: {} },
        ...{ dialogId: portal.dialogId(chat), chatId: chat.id },
        ...{ eventId: `event-${events}`, attempt, redelivered: attempt > 1 },
      };
      scene.send('reply', { _msgid: `hand-out-${attempt}`, bitrix, ...message });
    }

    const sentOf = (said: unknown): unknown[] => entriesAt(said, 'bitrix', 'sent');
    const three = (...texts: [string, string]): object => ({
      parts: [
        { type: 'text', text: texts[0], format: 'plain' },
        { type: 'file', name: 'bill.txt', data: Buffer.from('7 EUR') },
        { type: 'text', text: texts[1], format: 'plain' },
      ],
    });

    it('is answered once, and goes on with the ids of the answer', async () => {
      reply(1, { payload: 'one moment' });
      reply(1, { payload: 'the answer' });
      const said = await scene.heard('said', 2);
      await deploy();
      const calls = portal.calls.length;
      reply(2, { payload: 'a moment' });
      reply(2, { payload: 'in other words' });
      assert.deepEqual((await scene.heard('said', 2)).map(sentOf), said.map(sentOf));
      assert.deepEqual(answersIn(portal, chat), ['one moment', 'the answer']);
      assert.equal(portal.calls.length, calls);
    });

    it('gets the rest of an answer that broke off', async () => {
      portal.failNext({ method: 'imbot.v2.File.upload', with: { status: 400, error: 'NO_LUCK' } });
      reply(1, three('first', 'last'));
      await scene.heard('caught', 1);
      await deploy();
      reply(2, three('FIRST', 'LAST'));
      const [said] = await scene.heard('said', 1);
      const seen = portal.messages(chat).filter(({ sentByBot }) => sentByBot !== undefined);
      assert.deepEqual(
        seen.map(({ text, files }) => files[0]?.name ?? text),
        ['first', 'bill.txt', 'last'],
      );
      assert.deepEqual(
        sentOf(said),
        seen.map(({ id }) => id),
      );
    });

    it('is not answered again when a deploy came while the answer was on its way', async () => {
      const send = 'imbot.v2.Chat.Message.send';
      const calls = portal.calls.length;
      portal.failNext({ method: send, with: 'hang' });
      reply(1, { payload: 'on its way' });
      await until(() => portal.calls.slice(calls).some(({ method }) => method === send), 'the send');
      await deploy();
      reply(2, { payload: 'once more' });
      const [said] = await scene.heard('said', 1);
      assert.deepEqual(sentOf(said), [null]);
      assert.deepEqual(answersIn(portal, chat), []);
    });

    it('leaves no text of an answer in clear on the disk', async () => {
      portal.failNext({ method: 'imbot.v2.File.upload', with: { status: 400, error: 'NO_LUCK' } });
      reply(1, three('marker-of-the-plan', 'last'));
      await scene.heard('caught', 1);
      const folder = join(scene.red.userDir, 'bitlane');
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
        file.isFile(),
      );
      const text = files
        .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
        .join('\n');
      assert.ok(text.includes(`sent:event-${events}:reply:0:plan`), 'there is no plan in the store');
      assert.ok(!text.includes('marker-of-the-plan'));
    });
  });

  describe('two portals with a bot of the same code', function () {
    let first: Portal;
    let second: Portal;

    before(async () => {
      [first, second] = [await scene.portal(), await scene.portal()];
    });

    const flow = (answeringBot: string): object[] => [
      ...botFlow(portalNode(first), botNode(scene.red.url), { reply: { bot: answeringBot } }),
      portalNode(second, { id: 'second-portal' }),
      botNode(scene.red.url, { id: 'second-bot', portal: 'second-portal' }),
      {
        ...thinkNode(),
        id: 'second-in',
        type: 'bitrix-in',
        portal: 'second-portal',
        bot: 'second-bot',
        wires: [['think'], []],
      },
    ];

    it('each is answered on its own portal', async () => {
      await scene.deployReady(flow(''), ['bot', 'second-bot']);
      for (const portal of [first, second]) {
        const chat = portal.openChannel({ bots: [botOn(portal)] });
        await say(portal, chat, `to ${portal.domain}`);
        assert.deepEqual(await answered(portal, chat, 1), [`to ${portal.domain}`]);
      }
    });

    it("a reply node with the other portal's bot refuses, and says nothing there", async () => {
      await scene.deployReady(flow('second-bot'), ['bot', 'second-bot']);
      // Both portals count their chats from the same number, so a wrong answer would find a dialog.
      const chats = [first, second].map((portal) => portal.openChannel({ bots: [botOn(portal)] }));
      const [chat = assert.fail(), same = assert.fail()] = chats;
      assert.equal(chat.id, same.id);
      await say(first, chat, 'who answers?');
      const [caught] = await scene.heard('caught', 1);
      assert.equal(textAt(caught, 'error', 'code'), 'CONFIG_MISSING');
      assert.deepEqual([...answersIn(first, chat), ...answersIn(second, same)], []);
    });
  });
});
