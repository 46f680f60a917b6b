import assert from 'node:assert/strict';
import { at, entriesAt, textAt } from '../../../lib/core/fields';
import type { Chat, Portal, SayInit } from '../../../sandbox/bitrix24';
import { startTypebot, type Typebot } from '../../../sandbox/typebot';
import { until } from '../../support/until';
import { answered, answersIn, botOn, say, useScene } from '../bitrix24-nodes/scene';
import { shippedFlow, variablesFor } from './shipped';

describe('the shipped flow for Typebot, in a real Node-RED', function () {
  const scene = useScene();
  const variables: Record<string, string> = {};
  let typebot: Typebot;
  let portal: Portal;
  let chat: Chat;

  before(async () => {
    typebot = await startTypebot();
  });
  beforeEach(async () => {
    // The bot stays in the dialog and hears all of it.
    portal = await scene.portal({ plan: 'enterprise', lines: [{ id: 3, botLeft: 'close' }] });
    typebot.clearScripts();
    const place = { publicUrl: scene.red.url, bot: 'sandbox-bot' };
    Object.assign(variables, variablesFor(portal, typebot, place));
    Object.assign(process.env, variables);
  });
  after(async () => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    await typebot.stop();
  });

  async function start(bot: string, changes: Readonly<Record<string, object>> = {}): Promise<void> {
    process.env.TYPEBOT_START_URL = typebot.publicUrl(bot);
    const quiet = { 'bitrix-imbot-reply': { typing: false }, ...changes };
    await scene.deployReady(shippedFlow(quiet), ['bitlane-bot']);
    chat = portal.openChannel({ bots: [botOn(portal)] });
  }

  /** Says it, and gives what the bot answers until it has said the words that the test waits for. */
  async function ask(said: SayInit | string, ...expected: RegExp[]): Promise<string[]> {
    const before = answersIn(portal, chat).length;
    await say(portal, chat, said);
    const fresh = (): string[] => answersIn(portal, chat).slice(before);
    const isThere = (): boolean => expected.every((words) => fresh().some((text) => words.test(text)));
    await until(isThere, `${expected.join(' and ')} after ${JSON.stringify(said)}`).catch(
      (error: unknown) => {
        throw new Error(
          `${String(error)}; the bot said ${JSON.stringify(fresh())}, ${scene.red.log.join('\n')}`,
        );
      },
    );
    return fresh();
  }

  const answersOf = (bot: string): Record<string, unknown> => ({
    ...typebot.sessionOf(bot).state.variables,
  });

  it('talks through every kind of input, typed as a client of a messenger would', async () => {
    await start('every-input');
    await ask('Hello', /What is your full name\?/);
    await ask('Ann Lee', /How many people/);
    await ask('five and a half', /Invalid|number/i);
    await ask('5', /e-mail address/);
    await ask('ANN@example.com', /Your site/);
    await ask('example.com', /phone number/);
    await ask('8 912 345-67-89', /On which day/);
    await ask('31.12.2030', /At what time/);
    await ask('14.30', /Inside or outside/);
    await ask('OUTSIDE', /What would you like to drink/);
    await ask('1, 3', /Which table/);
    await ask('in the corner.', /Which menu/);
    await ask('2', /How do you like these questions/);
    await ask('5', /A photo of your group/);
    const photo = { name: 'group.png', bytes: Buffer.from('89504e470d0a1a0a', 'hex') };
    await ask({ text: '', files: [photo] }, /Please pay the deposit/, /cannot|can't/i);
    const before = typebot.requestsOf('continue').length;
    await ask('I have paid', /cannot|can't/i);
    assert.equal(typebot.requestsOf('continue').length, before, 'nothing typed counts as paid');

    const said = answersOf('every-input');
    assert.equal(said['NAME'], 'Ann Lee');
    assert.equal(said['PEOPLE'], '5');
    assert.equal(said['EMAIL'], 'ann@example.com');
    assert.equal(said['PHONE'], '+79123456789');
    assert.match(String(said['DAY']), /31\/12\/2030/);
    assert.match(String(said['TIME']), /14:30/);
    assert.equal(said['PLACE'], 'Outside');
    assert.match(String(said['DRINKS']), /Tea.*Orange juice/);
    assert.equal(said['TABLE'], 'In the corner');
    assert.equal(said['RATING'], '5');
    const link = String(said['PHOTO']);
    assert.match(link, /\/bitlane\/file\/[\w-]{32}\/group\.png$/);
    const response = await fetch(link);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), photo.bytes);
    assert.equal(response.headers.get('content-disposition'), "attachment; filename*=UTF-8''group.png");
    assert.equal((await fetch(link.replace(/file\/.{4}/, 'file/AAAA'))).status, 404);
  });

  /** What a click on the last keyboard says, in the person's own name, once it has this button. */
  async function button(label: string): Promise<string> {
    const entry = (): unknown => {
      const keyboard = portal.messages(chat).findLast(({ keyboard }) => keyboard !== undefined)?.keyboard;
      return entriesAt(keyboard, 'BUTTONS').find((one) => textAt(one, 'TEXT') === label);
    };
    await until(() => entry() !== undefined, `the button ${label}`);
    return textAt(entry(), 'ACTION_VALUE') ?? assert.fail(`the button ${label} says nothing`);
  }

  it('talks through every kind of input by its keyboards, where it has any', async () => {
    await start('every-input');
    await ask('Hello', /What is your full name\?/);
    await ask('Ann Lee', /How many people/);
    await ask('7', /e-mail address/);
    await ask('ann@example.com', /Your site/);
    await ask('https://example.com', /phone number/);
    await ask('+7 912 345-67-89', /On which day/);
    await ask('5 марта 2031', /At what time/);
    await ask('9:05', /Inside or outside/);
    await ask(await button('Inside'), /What would you like to drink/);
    await ask(await button('Coffee'), /Which table/);
    await ask(await button('By the window'), /Which menu/);
    await ask(await button('Large: Without fish'), /How do you like these questions/);
    await ask(await button('4'), /A photo of your group/);
    await ask(await button('Skip'), /Please pay the deposit/, /cannot|can't/i);

    const said = answersOf('every-input');
    const expected = {
      PLACE: 'Inside',
      DRINKS: 'Coffee',
      TABLE: 'By the window',
      RATING: '4',
      MENU: 'Large',
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, said[name]])), expected);
    assert.equal(said['MENU_NOTE'], 'Without fish');
    assert.match(String(said['DAY']), /05\/03\/2031/);
    assert.equal(said['PHOTO'] ?? null, null);
  });

  it('talks by buttons', async () => {
    await start('sandbox-bot');
    await ask('Hi', /Hello, \[b\]Ann\[\/b\]/, /What brings you here/);
    await ask(await button('Just looking'), /Then have a look/, /How do you like this/);
    await ask('4', /You may send me a picture/);
    await ask('No file', /Goodbye/);
    assert.equal(typebot.sessionOf('sandbox-bot').isDeleted, true);
    await ask('Hello again', /What brings you here/);
  });

  it('asks once when the bot comes in with the first message, and takes the next one for the answer', async () => {
    await start('sandbox-bot');
    const line = portal.state.lines.get(3) ?? assert.fail('no line');
    Object.assign(line, { welcomeBot: botOn(portal).id, botJoin: 'always' });
    chat = portal.openChannel({ session: 'none' });
    await ask('Hi', /What brings you here/);
    await ask('Just looking', /Then have a look/);
    const texts = answersIn(portal, chat);
    assert.equal(texts.filter((text) => /What brings you here/.test(text)).length, 1);
    assert.ok(!texts.some((text) => /Invalid/.test(text)), texts.join('\n'));
  });

  it('goes on after a deploy, and begins anew with the same words when Typebot has lost the conversation', async () => {
    await start('sandbox-bot');
    await ask('Hi', /What brings you here/);
    const dialog = chat;
    await scene.deployReady(shippedFlow({ 'bitrix-imbot-reply': { typing: false } }), ['bitlane-bot']);
    chat = dialog;
    await ask('a complaint', /describe it/);
    const starts = typebot.requestsOf('start').length;
    typebot.sessionOf('sandbox-bot').isDeleted = true;
    await ask('It is broken', /What brings you here/);
    assert.equal(typebot.requestsOf('start').length, starts + 1);
  });

  it('gives commands to the bot, and as a text where it knows none', async () => {
    await start('sandbox-bot');
    await ask('Hi', /What brings you here/);
    const before = answersIn(portal, chat).length;
    await portal.command(chat, { name: 'help' });
    await until(
      () =>
        answersIn(portal, chat)
          .slice(before)
          .some((text) => /press a button/.test(text)),
      'the help',
    );
  });

  it('says a sentence and brings a person when Typebot is away, if the node is told to', async () => {
    const failing = { onFailure: 'operator', failureText: 'One moment please' };
    await start('sandbox-bot', { 'typebot-chat': failing });
    typebot.always('*', 'bad-gateway');
    await ask('Hi', /One moment please/);
    await until(() => typeof chat.openLine?.session?.operator === 'number', 'a person');
    typebot.always('*', undefined);
    assert.match(scene.watch.status('bitlane-typebot-ask') ?? '', /TYPEBOT_/);
  });

  it('keeps quiet when a person takes the dialog while the bot is at work', async () => {
    await start('sandbox-bot');
    await ask('Hi', /What brings you here/);
    const gate = typebot.hold('sandbox-bot');
    const before = answersIn(portal, chat).length;
    await say(portal, chat, 'a question');
    await typebot.untilRequest(({ body }) => textAt(body, 'message', 'text') === 'A question');
    const operator = portal.state.users.get(7) ?? assert.fail('no operator');
    await say(portal, chat, { text: 'I will take it from here', author: operator, to: [botOn(portal)] });
    gate.open();
    await say(portal, chat, 'Are you there?');
    // What is begun later elsewhere is answered when this would have been.
    const other = portal.openChannel({ bots: [botOn(portal)] });
    await say(portal, other, 'Hi');
    await answered(portal, other, 1);
    assert.equal(answersIn(portal, chat).length, before);
    assert.equal(scene.watch.heard('bitlane-typebot-errors').length, 0);
  });

  it('says at the Check button whether the bot can be talked to', async () => {
    await start('sandbox-bot');
    const form = { id: 'bitlane-typebot', startUrl: '${TYPEBOT_START_URL}', credentials: {} };
    const good = await scene.act('typebot-bot', 'check', form);
    assert.equal(good.ok, true, good.message);
    assert.match(good.message, /"sandbox-bot" is published/);
    const wrong = await scene.act('typebot-bot', 'check', { ...form, startUrl: `${typebot.origin}/nobody` });
    assert.equal(wrong.ok, false);
    assert.match(wrong.message, /no published bot with the name "nobody"/);
    assert.equal(at(wrong.raw, 'details'), undefined);
  });
});
