import assert from 'node:assert/strict';
import { entriesAt, textAt } from '../../../lib/core/fields';
import type { Chat } from '../../../sandbox/bitrix24';
import { until } from '../../support/until';
import { answersIn, botOn, say } from '../bitrix24-nodes/scene';
import { useConnector } from './connector-scene';

const sorry = 'Sorry, I cannot answer right now. Please try again a little later.';
const oneMoment = 'One moment please, a colleague will answer you.';

describe('the connector flow as it is shipped, in a real Node-RED', function () {
  const connector = useConnector();
  const { scene, start, dialog, ask, answered } = connector;
  const operatorOf = (chat: Chat): unknown => chat.openLine?.session?.operator;

  it('registers its three bots, and the command of one of them', async () => {
    const logged = scene.red.log.length;
    await start();
    const { bots, commands } = connector.portal.state;
    assert.deepEqual(
      [...bots.values()].map(({ code, type, handlerUrls }) => [code, type, handlerUrls.at(-1)]).sort(),
      ['guide', 'helper', 'worker'].map((code) => [code, 'openline', scene.eventsUrl]),
    );
    assert.deepEqual(
      [...commands.values()].map(({ name, botId }) => [name, bots.get(botId)?.code]),
      [['help', 'helper']],
    );
    assert.deepEqual(scene.red.log.slice(logged), []);
  });

  it('has the chatflow, the workflow and the Typebot answer, each in its own dialog', async () => {
    await start();
    const [helper, worker, guide] = [dialog('helper'), dialog('worker'), dialog('guide')];
    const [chatflow, workflow, typebot] = await Promise.all([
      ask(helper, 'Good morning'),
      ask(worker, 'Make a report'),
      ask(guide, 'Hello', 2),
    ]);
    assert.match(chatflow[0] ?? '', /You said: \[b\]Good morning\[\/b\]/);
    assert.match(workflow[0] ?? '', /\[b\]workflow\[\/b\] has run[^]*MESSAGE.*Make a report/);
    assert.match(typebot.join('\n'), /Hello, \[b\]Ann\[\/b\]!/);
    assert.match(typebot.at(-1) ?? '', /What brings you here\?\n\n1\. A question\n2\. A complaint/);
    assert.equal(connector.dify.runs.at(-1)?.turn.inputs['FIRST_NAME'], 'Ann');
  });

  it('goes on with the conversation of each dialog, also after a deploy', async () => {
    await start();
    const [one, other] = [dialog('helper'), dialog('helper')];
    await Promise.all([ask(one, 'First'), ask(other, 'Elsewhere')]);
    assert.match((await ask(one, 'Second'))[0] ?? '', /I remember 1 earlier message/);
    await connector.flowsEnded();
    await start();
    assert.match((await ask(one, 'Third'))[0] ?? '', /I remember 2 earlier messages/);
    const mine = connector.dify.messages.filter(({ query }) => /First|Second|Third/.test(query));
    assert.equal(new Set(mine.map(({ conversation }) => conversation)).size, 1);
    const theirs = connector.dify.messages.find(({ query }) => query === 'Elsewhere');
    assert.notEqual(theirs?.conversation, mine[0]?.conversation);
  });

  it('talks to the Typebot by a choice and by a text', async () => {
    await start();
    const chat = dialog('guide');
    const starts = connector.typebot.requestsOf('start').length;
    await ask(chat, 'Hello', 2);
    assert.match((await ask(chat, '2'))[0] ?? '', /Please describe it/);
    assert.match((await ask(chat, 'It is too small'))[0] ?? '', /How do you like this so far\?/);
    const { REASON, STORY } = connector.typebot.sessionOf('sandbox-bot').state.variables;
    assert.deepEqual([REASON, STORY], ['A complaint', 'It is too small']);
    assert.equal(connector.typebot.requestsOf('start').length, starts + 1);
  });

  it('has the Typebot ask once when its bot comes in with the first message', async () => {
    await start();
    const line = connector.portal.state.lines.get(3) ?? assert.fail('no line');
    Object.assign(line, { welcomeBot: botOn(connector.portal, 'guide').id, botJoin: 'always' });
    const chat = connector.portal.openChannel({ session: 'none' });
    await ask(chat, 'Hello', 2);
    assert.match((await ask(chat, '2'))[0] ?? '', /Please describe it/);
    const texts = answersIn(connector.portal, chat);
    assert.equal(texts.filter((text) => /What brings you here/.test(text)).length, 1);
    assert.ok(!texts.some((text) => /Invalid/.test(text)), texts.join('\n'));
  });

  it('answers a command as a command', async () => {
    await start();
    const chat = dialog('helper');
    assert.equal((await connector.portal.command(chat, { name: 'help', params: 'prices' })).status, 200);
    const call = await connector.portal.waitForCall(({ method }) => method === 'imbot.v2.Command.answer');
    assert.equal(call.status, 200);
    assert.match((await answered(chat, 1))[0] ?? '', /help/);
    assert.equal(connector.dify.runs.at(-1)?.turn.inputs['COMMAND'], 'help');
    assert.ok(!connector.portal.calls.some(({ method }) => method === 'imbot.v2.Chat.Message.send'));
  });

  it('gives a file to the chatflow', async () => {
    await start();
    const bytes = Buffer.from('What the person sent.\n');
    const [answer = ''] = await ask(dialog('helper'), { text: '', files: [{ name: 'order.txt', bytes }] });
    assert.match(answer, /order\.txt/);
    const { name, content } = connector.dify.files.at(-1) ?? assert.fail('no file');
    assert.deepEqual([name, content], ['order.txt', bytes]);
    assert.equal(connector.dify.runs.at(-1)?.turn.inputs['MESSAGE'], 'File sent: order.txt');
  });

  it('joins quick messages into one run, with the batch of BitBot', async () => {
    await start();
    const chat = dialog('helper');
    const runs = connector.dify.runs.length;
    const ids = [
      await say(connector.portal, chat, 'Good morning'),
      await say(connector.portal, chat, 'are you there?'),
    ];
    await answered(chat, 1);
    await connector.flowsEnded();
    assert.equal(connector.dify.runs.length, runs + 1);
    const { query, inputs } = connector.dify.runs.at(-1)?.turn ?? assert.fail();
    assert.equal(query, 'Good morning\nare you there?');
    assert.equal(inputs['MESSAGE_BATCH_SIZE'], '2');
    const batch = entriesAt(JSON.parse(String(inputs['MESSAGE_BATCH'])));
    assert.deepEqual(
      batch.map((one) => [textAt(one, 'message'), Number(textAt(one, 'message_id'))]),
      [
        ['Good morning', ids[0]],
        ['are you there?', ids[1]],
      ],
    );
    assert.equal(answersIn(connector.portal, chat).length, 1);
  });

  it('begins anew at a word', async () => {
    await start();
    const [chat, guide] = [dialog('helper'), dialog('guide')];
    await Promise.all([ask(chat, 'Hello'), ask(guide, 'Hello', 2)]);
    const [[fresh = ''], again] = await Promise.all([ask(chat, 'Restart'), ask(guide, 'заново', 2)]);
    assert.doesNotMatch(fresh, /I remember/);
    assert.match(again.join('\n'), /What brings you here/);
    assert.match((await ask(chat, 'And now?'))[0] ?? '', /I remember 1 earlier message/);
    const conversations = new Set(
      connector.dify.messages
        .filter(({ query }) => /^(Hello|Restart|And now\?)$/.test(query))
        .map((m) => m.conversation),
    );
    assert.equal(conversations.size, 2);
  });

  it('begins anew also where Dify waits for a form to be filled in', async () => {
    await start();
    connector.dify.script('chatflow', { like: 'paused-with-text', form: { content: 'Shall it go out?' } });
    const chat = dialog('helper');
    await ask(chat, 'Order it');
    assert.match((await ask(chat, 'restart'))[0] ?? '', /You said: \[b\]restart/);
  });

  it('brings a person at a word, is quiet from then on, and comes back at another word', async () => {
    await start();
    const chat = dialog('helper');
    const runs = connector.dify.runs.length;
    await ask(chat, 'Good morning');
    assert.deepEqual(await ask(chat, 'Operator!'), [oneMoment]);
    await until(() => typeof operatorOf(chat) === 'number', 'an operator');
    const said = connector.portal.messages(chat);
    const note = said.find(({ text }) => text === 'The client has asked for a person.');
    assert.equal(note?.reachesClient, false);
    await say(connector.portal, chat, 'Where is my order?');
    const other = dialog('worker');
    await ask(other, 'the end');
    await connector.flowsEnded();
    const answers = answersIn(connector.portal, chat).length;
    assert.equal(connector.dify.runs.length, runs + 2);
    const [back = ''] = await ask(chat, 'бот');
    assert.match(back, /You said/);
    assert.match((await ask(chat, 'Thank you'))[0] ?? '', /I remember 2 earlier messages/);
    assert.equal(answersIn(connector.portal, chat).length, answers + 2);
  });

  it('says a kind sentence when a builder fails, and goes on afterwards', async () => {
    await start();
    connector.dify.script('chatflow', 'failed-node');
    connector.dify.script('workflow', 'unauthorized');
    connector.typebot.always('sandbox-bot', 'bad-gateway');
    const chats = (['helper', 'worker', 'guide'] as const).map(dialog);
    const first = await Promise.all(chats.map((chat) => ask(chat, 'Hello')));
    assert.deepEqual(first, [[sorry], [sorry], [sorry]]);
    const status = (id: string): string => scene.watch.status(`bitlane-connector-${id}`) ?? '';
    await until(() => /DIFY_|dify/i.test(status('helper')), 'the reason at the chatflow');
    connector.typebot.always('sandbox-bot', undefined);
    const [helper = '', worker = '', guide = ''] = (
      await Promise.all(chats.map((chat, place) => ask(chat, 'Again', place === 2 ? 2 : 1)))
    ).map((texts) => texts.join('\n'));
    assert.match(helper, /You said/);
    assert.match(worker, /has run/);
    assert.match(guide, /What brings you here/);
    assert.ok(connector.portal.messages(chats[0] ?? assert.fail()).every(({ text }) => !/Error/.test(text)));
  });

  it('says its sentences in Russian in a dialog in Russian', async () => {
    await start({ 'bitlane-connector-load': { idleMinutes: 0.1 } });
    connector.portal.state.language = 'ru';
    connector.dify.script('chatflow', 'failed-node');
    const sorryInRussian = 'Простите, сейчас не могу ответить. Попробуйте, пожалуйста, чуть позже.';
    assert.deepEqual(await ask(dialog('helper'), 'Привет'), [sorryInRussian]);
    const chat = dialog('worker');
    await ask(chat, 'Привет');
    assert.match((await answered(chat, 2))[1] ?? '', /^Вы ещё здесь\?/);
    assert.deepEqual(await ask(chat, 'оператор'), ['Минутку, пожалуйста: вам ответит коллега.']);
  });

  it('answers an event once that a deploy has broken off and that is handed out again', async () => {
    await start();
    const chat = dialog('helper');
    const gate = connector.dify.hold('chatflow', 'mid-stream');
    const runs = connector.dify.runs.length;
    await say(connector.portal, chat, 'Tell me a story');
    await gate.arrived;
    await start();
    gate.open();
    assert.match((await answered(chat, 1))[0] ?? '', /Tell me a story/);
    await connector.flowsEnded();
    assert.equal(connector.dify.runs.length, runs + 2);
    assert.equal(answersIn(connector.portal, chat).length, 1);
    const [, again] = scene.watch.heard('bitlane-connector-person');
    assert.equal(again, undefined, 'one start of the flow since the deploy');
  });

  it('asks by itself whether anybody is there, but not where a person is', async () => {
    const silent = { 'bitlane-connector-load': { idleMinutes: 0.1 } };
    await start(silent);
    const [chat, withPerson] = [dialog('helper'), dialog('helper')];
    // The silence with the person comes first.
    await ask(withPerson, 'Hello');
    await ask(chat, 'Hello');
    const operator = connector.portal.state.users.get(7) ?? assert.fail('no operator');
    const to = [botOn(connector.portal)];
    await say(connector.portal, withPerson, { text: 'I am here', author: operator, to });
    await connector.flowsEnded();
    await start(silent);
    assert.match((await answered(chat, 2))[1] ?? '', /Are you still there\?/);
    await connector.flowsEnded();
    assert.equal(answersIn(connector.portal, withPerson).length, 1);
  });
});
